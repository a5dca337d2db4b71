
/*
 * What the tests of rules share: rules from a text, and what they say of a
 * request.
 */

#ifndef _MYTWIP_TEST_RULES_H_INCLUDED_
#define _MYTWIP_TEST_RULES_H_INCLUDED_


#include "machine_code.h"

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "mytwip_rules.h"


static inline mytwip_rules_t *
rules_of(const char *text)
{
    char            *p;
    mytwip_error_t   err;
    mytwip_rules_t  *rules;

    memset(&err, 0, sizeof(err));

    /* nothing is needed of the text after it has been parsed */

    p = mytwip_test_copy(text, strlen(text));
    rules = mytwip_rules_parse(p, strlen(text), &err);
    mytwip_test_free(p);

    if (rules == NULL) {
        print_error("line %u: %s\n", err.line, err.text);
    }

    assert_non_null(rules);

    return rules;
}


/*
 * What a request is, as "activity", "activity type=id" or "-".  Also that
 * nothing behind method and path is read, and that the id is in the path.
 */

static inline const char *
asked(mytwip_rules_t *rules, const char *method, const void *path, size_t len)
{
    int                   rc;
    char                 *m, *p;
    mytwip_rule_match_t   match;

    static char           buf[512];

    memset(&match, 0x5a, sizeof(match));

    m = mytwip_test_copy(method, strlen(method));
    p = mytwip_test_copy(path, len);

    rc = mytwip_rules_match(rules, m, strlen(method), p, len, &match);

    if (rc == 0) {
        strcpy(buf, "-");

    } else if (match.resource_type == NULL) {
        assert_null(match.resource_id);
        assert_int_equal(match.resource_id_len, 0);

        snprintf(buf, sizeof(buf), "%.*s", (int) match.activity_len,
                 match.activity);

    } else {
        assert_true(match.resource_id >= p);
        assert_true(match.resource_id + match.resource_id_len <= p + len);

        snprintf(buf, sizeof(buf), "%.*s %.*s=%.*s",
                 (int) match.activity_len, match.activity,
                 (int) match.resource_type_len, match.resource_type,
                 (int) match.resource_id_len, match.resource_id);
    }

    mytwip_test_free(m);
    mytwip_test_free(p);

    return buf;
}


#define assert_asked(rules, method, path, answer)                             \
    assert_string_equal(asked(rules, method, path, strlen(path)), answer)


#endif /* _MYTWIP_TEST_RULES_H_INCLUDED_ */
