
/*
 * What the tests of activities share: a parser that is always watched for what
 * it promises of every body.
 */

#ifndef _MYTWIP_TEST_ACTIVITIES_H_INCLUDED_
#define _MYTWIP_TEST_ACTIVITIES_H_INCLUDED_


#include "test.h"

#include "mytwip_activity.h"


/* a string of bytes that may hold NUL */
#define BYTES(literal)  { literal, sizeof(literal) - 1 }

#define EVENT(members)  "{\"activity\":\"a\"," members "}"


typedef struct {
    const char  *data;
    size_t       len;
} bytes_t;


static mytwip_activities_t      list;
static mytwip_activity_error_t  err;


/* The text with N for each number in it. */

static inline const char *
without_numbers(const char *text)
{
    char         *p;
    static char   form[sizeof(err.text)];

    for (p = form; *text; text++) {

        if (*text < '0' || *text > '9') {
            *p++ = *text;

        } else if (p == form || p[-1] != 'N') {
            *p++ = 'N';
        }
    }

    *p = '\0';

    return form;
}


/* What is said has no word of the body: there are these sentences only. */

static inline void
assert_known_text(void)
{
    unsigned     i;
    const char  *form;

    static const char *const  known[] = {
        "body is larger than N bytes",
        "more than N events",
        "no event in the array",
        "not an object",
        "not JSON: a NUL byte",
        "not JSON: line N, column N",
        "not UTF-N: line N, column N",
        "a member is given twice: line N, column N",
        "a number is out of range: line N, column N",
        "too deep: line N, column N",
        "a NUL character: line N, column N",
        "unknown member; activity, resource, at and properties are expected",
        "activity is missing",
        "activity is not a slug of at most N letters, digits and \"._-\"",
        "resource is not an object of type and id",
        "resource.type is missing",
        "resource.type is not a slug of at most N letters, digits and \"._-\"",
        "resource.id is not an integer or a string of N to N bytes",
        "at is neither a time as in RFC N nor milliseconds since N",
        "properties is not an object",
        ("properties is not flat: values are strings, numbers, booleans or"
         " null"),
        "properties is larger than N bytes"
    };

    assert_non_null(memchr(err.text, '\0', sizeof(err.text)));

    form = without_numbers(err.text);

    for (i = 0; i < MYTWIP_TEST_N(known); i++) {
        if (strcmp(form, known[i]) == 0) {
            return;
        }
    }

    fail_msg("said: %s", err.text);
}


/*
 * Parses a copy that ends where it ends.  All of a body is taken, with nothing
 * to complain of, or nothing, with a reason.
 */

static inline mytwip_activity_result_t
parse(const char *body, size_t len)
{
    void                      *copy;
    unsigned                   i;
    mytwip_activity_result_t   rc;

    memset(&list, 0xa5, sizeof(list));
    memset(&err, 0xa5, sizeof(err));

    copy = mytwip_test_copy(body, len);
    rc = mytwip_activities_parse(copy, len, &list, &err);
    mytwip_test_free(copy);

    switch (rc) {

    case MYTWIP_ACTIVITY_OK:
        assert_in_range(list.n, 1, MYTWIP_ACTIVITY_MAX);
        assert_string_equal(err.text, "");

        for (i = 0; i < list.n; i++) {
            assert_int_equal(list.event[i].len, strlen(list.event[i].text));
        }

        break;

    case MYTWIP_ACTIVITY_INVALID:
    case MYTWIP_ACTIVITY_TOO_LARGE:
        assert_int_equal(list.n, 0);
        assert_known_text();
        assert_true(err.element >= -1 && err.element < MYTWIP_ACTIVITY_MAX);
        break;

    case MYTWIP_ACTIVITY_FAILED:
        assert_int_equal(list.n, 0);
        break;

    default:
        fail_msg("an undocumented result: %d", rc);
    }

    return rc;
}


static inline void
assert_result(const char *body, size_t len, mytwip_activity_result_t expected)
{
    mytwip_activity_result_t  rc;

    rc = parse(body, len);

    if (rc != expected) {
        fail_msg("%d and not %d (%s): %.*s", rc, expected, err.text,
                 (int) (len < 300 ? len : 300), body);
    }

    if (rc == MYTWIP_ACTIVITY_OK) {
        mytwip_activities_free(&list);
        assert_int_equal(list.n, 0);
    }
}


static inline void
assert_taken(const char *body)
{
    assert_result(body, strlen(body), MYTWIP_ACTIVITY_OK);
}


static inline void
assert_stored_as(const char *body, const char *text)
{
    assert_int_equal(parse(body, strlen(body)), MYTWIP_ACTIVITY_OK);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.event[0].text, text);

    mytwip_activities_free(&list);
}


/* The reason is expected without its numbers. */

static inline void
assert_refused(const char *body, int element, const char *reason)
{
    assert_result(body, strlen(body), MYTWIP_ACTIVITY_INVALID);
    assert_string_equal(without_numbers(err.text), reason);
    assert_int_equal(err.element, element);
}


/* Memory of len bytes c between two strings. */

static inline char *
filled(const char *before, char c, size_t len, const char *after)
{
    char    *text;
    size_t   n;

    n = strlen(before);
    text = malloc(n + len + strlen(after) + 1);
    assert_non_null(text);

    memcpy(text, before, n);
    memset(text + n, c, len);
    strcpy(text + n + len, after);

    return text;
}


static inline void
assert_filled(const char *before, size_t len, const char *after,
    mytwip_activity_result_t expected)
{
    char  *body;

    body = filled(before, 'x', len, after);
    assert_result(body, strlen(body), expected);
    free(body);
}


#endif /* _MYTWIP_TEST_ACTIVITIES_H_INCLUDED_ */
