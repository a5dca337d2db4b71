
/*
 * Activities: which events are taken and as what, where each limit is, and
 * which element and reason a refusal names.  What is no proper JSON is in
 * activity_json.c.
 */

#include "activities.h"

#include <jansson.h>


#define NO_SLUG   "activity is not a slug of at most N letters, digits and"   \
                  " \"._-\""
#define NO_TYPE   "resource.type is not a slug of at most N letters, digits"  \
                  " and \"._-\""
#define NO_PAIR   "resource is not an object of type and id"
#define NO_ID     "resource.id is not an integer or a string of N to N bytes"
#define NO_TIME   "at is neither a time as in RFC N nor milliseconds since N"
#define NOT_FLAT  "properties is not flat: values are strings, numbers,"      \
                  " booleans or null"
#define UNKNOWN   "unknown member; activity, resource, at and properties are" \
                  " expected"

#define RESOURCE(members)    EVENT("\"resource\":{" members "}")
#define PROPERTIES(members)  EVENT("\"properties\":{" members "}")


/* how many allocations Jansson may still make */
static unsigned  allowed;


static void
an_event_is_stored_as_compact_json(void **state)
{
    (void) state;

    assert_stored_as("{\"activity\":\"login\"}", "{\"activity\":\"login\"}");
    assert_stored_as("\r\n\t [ {\"activity\" : \"login\"} ] \n",
                     "{\"activity\":\"login\"}");
    assert_stored_as("{ \"activity\": \"item.reorder\",\n"
                     "  \"resource\": { \"type\": \"newsletter\","
                     " \"id\": 12 },\n"
                     "  \"at\": \"2026-11-24T22:05:57.267Z\",\n"
                     "  \"properties\": { \"by\": \"arrows\" } }",
                     "{\"activity\":\"item.reorder\",\"resource\":"
                     "{\"type\":\"newsletter\",\"id\":12},"
                     "\"at\":\"2026-11-24T22:05:57.267Z\","
                     "\"properties\":{\"by\":\"arrows\"}}");

    /* whatever was escaped and needs it no more, or needs it again */
    assert_stored_as("{\"\\u0061ctivity\":\"\\u0061\"}",
                     "{\"activity\":\"a\"}");
    assert_stored_as(PROPERTIES("\"\\u00e9\\/\":\"\\ud83d\\ude00\\t\\u0001\""),
                     PROPERTIES("\"\xc3\xa9/\":\"\xf0\x9f\x98\x80\\t"
                                "\\u0001\""));
}


/* 0.1 is no double, but that is nobody's business */

static void
numbers_are_stored_as_they_were_sent(void **state)
{
    unsigned  i;

    static const char *const  as_sent[] = {
        PROPERTIES("\"x\":0.1"),
        PROPERTIES("\"x\":-12.345"),
        PROPERTIES("\"x\":1e20"),
        PROPERTIES("\"x\":9223372036854775807"),
        PROPERTIES("\"x\":-9223372036854775808"),
        RESOURCE("\"type\":\"t\",\"id\":9223372036854775807"),
        RESOURCE("\"type\":\"t\",\"id\":-1"),
        RESOURCE("\"type\":\"t\",\"id\":\"007\"")
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(as_sent); i++) {
        assert_stored_as(as_sent[i], as_sent[i]);
    }

    assert_stored_as(PROPERTIES("\"x\":1E+2"), PROPERTIES("\"x\":100.0"));
    assert_stored_as(PROPERTIES("\"x\":1e-999"), PROPERTIES("\"x\":0.0"));
}


static void
events_keep_their_order(void **state)
{
    static const char  body[] =
        "[{\"activity\":\"b\"},{\"activity\":\"a\"},{\"activity\":\"a\"}]";

    (void) state;

    assert_int_equal(parse(body, sizeof(body) - 1), MYTWIP_ACTIVITY_OK);
    assert_int_equal(list.n, 3);
    assert_string_equal(list.event[0].text, "{\"activity\":\"b\"}");
    assert_string_equal(list.event[1].text, "{\"activity\":\"a\"}");
    assert_string_equal(list.event[2].text, "{\"activity\":\"a\"}");

    mytwip_activities_free(&list);
}


static void
a_slug_is_letters_digits_and_some_marks(void **state)
{
    char      *copy;
    unsigned   i;

    static const struct {
        bytes_t  text;
        int      slug;
    } cases[] = {
        { BYTES("a"), 1 },
        { BYTES("Z"), 1 },
        { BYTES("0"), 1 },
        { BYTES("item.reorder"), 1 },
        { BYTES("a-b_c.9-"), 1 },
        { BYTES(""), 0 },
        { BYTES("."), 0 },
        { BYTES("-a"), 0 },
        { BYTES("_a"), 0 },
        { BYTES("a b"), 0 },
        { BYTES("a/b"), 0 },
        { BYTES("a:b"), 0 },
        { BYTES("a\n"), 0 },
        { BYTES("a\0"), 0 },
        { BYTES("\xc3\xa9t\xc3\xa9"), 0 },
        { BYTES("a\xff"), 0 },
        { BYTES("a@"), 0 },
        { BYTES("a["), 0 },
        { BYTES("a`"), 0 },
        { BYTES("a{"), 0 }
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(cases); i++) {
        copy = mytwip_test_copy(cases[i].text.data, cases[i].text.len);

        assert_int_equal(mytwip_activity_slug(copy, cases[i].text.len),
                         cases[i].slug);

        mytwip_test_free(copy);
    }
}


static void
an_activity_needs_a_slug(void **state)
{
    (void) state;

    assert_refused("{}", -1, "activity is missing");
    assert_refused("{\"at\":1}", -1, "activity is missing");
    assert_refused("{\"activity\":null}", -1, NO_SLUG);
    assert_refused("{\"activity\":1}", -1, NO_SLUG);
    assert_refused("{\"activity\":[\"a\"]}", -1, NO_SLUG);
    assert_refused("{\"activity\":{\"a\":1}}", -1, NO_SLUG);
    assert_refused("{\"activity\":\"\"}", -1, NO_SLUG);
    assert_refused("{\"activity\":\"a b\"}", -1, NO_SLUG);
    assert_refused("{\"activity\":\"\\u00e9\"}", -1, NO_SLUG);
}


static void
no_other_member_is_taken(void **state)
{
    (void) state;

    assert_refused(EVENT("\"reader\":\"x\""), -1, UNKNOWN);
    assert_refused(EVENT("\"\":1"), -1, UNKNOWN);
    assert_refused(EVENT("\"At\":1"), -1, UNKNOWN);
    assert_refused(EVENT("\"activity \":\"a\""), -1, UNKNOWN);
}


static void
a_claim_of_who_it_was_is_left_out(void **state)
{
    (void) state;

    assert_stored_as("{\"user\":7,\"activity\":\"a\",\"user_id\":[{}]}",
                     "{\"activity\":\"a\"}");
    assert_refused("{\"user\":7}", -1, "activity is missing");
}


static void
what_is_null_is_not_there(void **state)
{
    (void) state;

    assert_stored_as("{\"activity\":\"a\",\"resource\":null,\"at\":null,"
                     "\"properties\":null}", "{\"activity\":\"a\"}");
    assert_refused("{\"activity\":null}", -1, NO_SLUG);
}


static void
a_resource_is_a_type_and_an_id(void **state)
{
    (void) state;

    assert_taken(RESOURCE("\"type\":\"t\",\"id\":0"));
    assert_taken(RESOURCE("\"id\":\"\xc3\xa9 / x\",\"type\":\"T.1\""));

    assert_refused(EVENT("\"resource\":\"t:1\""), -1, NO_PAIR);
    assert_refused(EVENT("\"resource\":[\"t\",1]"), -1, NO_PAIR);
    assert_refused(RESOURCE(""), -1, NO_PAIR);
    assert_refused(RESOURCE("\"type\":\"t\""), -1, NO_PAIR);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":1,\"x\":1"), -1, NO_PAIR);
    assert_refused(RESOURCE("\"x\":\"t\",\"id\":1"), -1,
                   "resource.type is missing");
    assert_refused(RESOURCE("\"type\":\"\",\"id\":1"), -1, NO_TYPE);
    assert_refused(RESOURCE("\"type\":1,\"id\":1"), -1, NO_TYPE);
    assert_refused(RESOURCE("\"type\":\"t\",\"x\":1"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":\"\""), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":null"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":true"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":1.0"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":1e3"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":[1]"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":{}"), -1, NO_ID);
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":9223372036854775808"), -1,
                   "a number is out of range: line N, column N");
    assert_refused(RESOURCE("\"type\":\"t\",\"id\":-9223372036854775809"), -1,
                   "a number is out of range: line N, column N");
}


/* The form only: whether there is such a day is for PostgreSQL to say. */

static void
a_time_has_the_form_of_rfc_3339(void **state)
{
    char      body[128];
    unsigned  i;

    static const char *const  taken[] = {
        "0",
        "1764022451123",
        "253402300799999",
        "\"2026-11-24T22:05:57Z\"",
        "\"2026-11-24T22:05:57.2Z\"",
        "\"2026-11-24T22:05:57.123456789Z\"",
        "\"2026-11-24T22:05:57+05:30\"",
        "\"2026-11-24T22:05:57.267-00:00\"",
        "\"2026-13-45T25:61:61Z\""
    };

    static const char *const  refused[] = {
        "true", "[]", "{}", "-1", "1.5", "1764022451123.0",
        "253402300800000", "9223372036854775807",
        "\"\"", "\"now\"", "\"infinity\"", "\"1764022451123\"",
        "\"2026-11-24\"",
        "\"2026-11-24T22:05:57\"",
        "\"2026-11-24 22:05:57Z\"",
        "\"2026-11-24t22:05:57z\"",
        "\"2026-11-24T22:05Z\"",
        "\"2026-11-24T22:05:57.Z\"",
        "\"2026-11-24T22:05:57.\"",
        "\"2026-11-24T22:05:57.1234567890Z\"",
        "\"2026-11-24T22:05:57,2Z\"",
        "\"2026-11-24T22:05:57ZZ\"",
        "\"2026-11-24T22:05:57 Z\"",
        "\"2026-11-24T22:05:57+0100\"",
        "\"2026-11-24T22:05:57+01\"",
        "\"2026-11-24T22:05:57+20:00\"",
        "\"2026-11-24T22:05:57+01:60\"",
        "\"2026-11-24T22:05:57+01:0x\"",
        "\"2026-11-24T22:05:57+01:00:00\"",
        "\"2026-11-24T22:05:57*01:00\"",
        "\"+026-11-24T22:05:57Z\"",
        "\"12026-11-24T22:05:57Z\"",
        "\" 2026-11-24T22:05:57Z\"",
        "\"2026-1x-24T22:05:57Z\"",
        "\"2026/11/24T22:05:57Z\""
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(taken); i++) {
        snprintf(body, sizeof(body), EVENT("\"at\":%s"), taken[i]);
        assert_stored_as(body, body);
    }

    for (i = 0; i < MYTWIP_TEST_N(refused); i++) {
        snprintf(body, sizeof(body), EVENT("\"at\":%s"), refused[i]);
        assert_refused(body, -1, NO_TIME);
    }
}


static void
properties_are_flat(void **state)
{
    (void) state;

    assert_taken(PROPERTIES(""));
    assert_taken(PROPERTIES("\"\":\"\",\"b\":true,\"c\":false,\"d\":null,"
                            "\"e\":-1,\"f\":1.5"));

    assert_refused(EVENT("\"properties\":[]"), -1,
                   "properties is not an object");
    assert_refused(EVENT("\"properties\":\"{}\""), -1,
                   "properties is not an object");
    assert_refused(PROPERTIES("\"x\":1,\"y\":[]"), -1, NOT_FLAT);
    assert_refused(PROPERTIES("\"x\":1,\"y\":{}"), -1, NOT_FLAT);
}


static void
text_is_taken_up_to_its_limit(void **state)
{
    (void) state;

    assert_filled("{\"activity\":\"", MYTWIP_ACTIVITY_SLUG_MAX, "\"}",
                  MYTWIP_ACTIVITY_OK);
    assert_filled("{\"activity\":\"", MYTWIP_ACTIVITY_SLUG_MAX + 1, "\"}",
                  MYTWIP_ACTIVITY_INVALID);

    assert_filled("{\"activity\":\"a\",\"resource\":{\"id\":1,\"type\":\"",
                  MYTWIP_ACTIVITY_SLUG_MAX, "\"}}", MYTWIP_ACTIVITY_OK);
    assert_filled("{\"activity\":\"a\",\"resource\":{\"id\":1,\"type\":\"",
                  MYTWIP_ACTIVITY_SLUG_MAX + 1, "\"}}",
                  MYTWIP_ACTIVITY_INVALID);

    assert_filled("{\"activity\":\"a\",\"resource\":{\"type\":\"t\",\"id\":\"",
                  MYTWIP_ACTIVITY_ID_MAX, "\"}}", MYTWIP_ACTIVITY_OK);
    assert_filled("{\"activity\":\"a\",\"resource\":{\"type\":\"t\",\"id\":\"",
                  MYTWIP_ACTIVITY_ID_MAX + 1, "\"}}",
                  MYTWIP_ACTIVITY_INVALID);
}


/* As compact JSON: white space is free, and what must be escaped is not. */

static void
properties_are_taken_up_to_their_limit(void **state)
{
    char    *body;
    size_t   most, i;

    (void) state;

    most = MYTWIP_ACTIVITY_PROPERTIES_MAX - strlen("{\"x\":\"\"}");

    assert_filled("{\"activity\":\"a\",\"properties\":{\"x\":\"", most, "\"}}",
                  MYTWIP_ACTIVITY_OK);
    assert_filled("{\"activity\":\"a\",\"properties\":{\"x\":\"", most + 1,
                  "\"}}", MYTWIP_ACTIVITY_TOO_LARGE);
    assert_int_equal(err.element, -1);
    assert_filled("{\"activity\":\"a\",\"properties\":{\"", most + 1,
                  "\":\"\"}}", MYTWIP_ACTIVITY_OK);
    assert_filled("{\"activity\":\"a\",\"properties\":{\"", most + 2,
                  "\":\"\"}}", MYTWIP_ACTIVITY_TOO_LARGE);

    body = filled("{\"activity\":\"a\",\"properties\":{", ' ', 9000,
                  "\"x\":1}}");
    assert_taken(body);
    free(body);

    /* six bytes each, as they are stored */

    for (i = most / 6; i <= most / 6 + 1; i++) {
        body = filled("{\"activity\":\"a\",\"properties\":{\"x\":\"", 'x',
                      6 * i, "\"}}");

        for (char *p = strstr(body, "xxxxxx"); p; p = strstr(p, "xxxxxx")) {
            memcpy(p, "\\u0001", 6);
        }

        assert_result(body, strlen(body),
                      6 * i <= most ? MYTWIP_ACTIVITY_OK
                                    : MYTWIP_ACTIVITY_TOO_LARGE);
        free(body);
    }
}


static void
a_body_is_taken_up_to_its_limit(void **state)
{
    char    *body;
    size_t   len;

    static const char  event[] = "{\"activity\":\"a\"}";

    (void) state;

    body = filled(event, ' ', MYTWIP_ACTIVITY_BODY_MAX, "");
    len = MYTWIP_ACTIVITY_BODY_MAX;

    assert_result(body, len, MYTWIP_ACTIVITY_OK);
    assert_result(body, len + 1, MYTWIP_ACTIVITY_TOO_LARGE);
    assert_int_equal(err.element, -1);

    free(body);
}


/* An array of n events: the one at bad is not, if there is such a one. */

static char *
array(unsigned n, unsigned bad)
{
    char      *body, *p;
    unsigned   i;

    body = malloc(4 + n * 32);
    assert_non_null(body);

    p = body + sprintf(body, "[");

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s{\"activity\":\"%s%u\"}", i ? "," : "",
                     i == bad ? "bad " : "a", i);
    }

    strcpy(p, "]");

    return body;
}


static void
a_hundred_events_are_taken(void **state)
{
    char  *body;

    (void) state;

    assert_refused("[]", -1, "no event in the array");

    body = array(MYTWIP_ACTIVITY_MAX, UINT32_MAX);
    assert_int_equal(parse(body, strlen(body)), MYTWIP_ACTIVITY_OK);
    assert_int_equal(list.n, MYTWIP_ACTIVITY_MAX);
    assert_string_equal(list.event[99].text, "{\"activity\":\"a99\"}");
    mytwip_activities_free(&list);
    free(body);

    body = array(MYTWIP_ACTIVITY_MAX + 1, UINT32_MAX);
    assert_result(body, strlen(body), MYTWIP_ACTIVITY_TOO_LARGE);
    assert_int_equal(err.element, -1);
    free(body);
}


/* The sanitizer sees what is left of the events before it. */

static void
the_first_bad_element_is_named(void **state)
{
    char      *body;
    unsigned   i;

    (void) state;

    for (i = 0; i < MYTWIP_ACTIVITY_MAX; i++) {
        body = array(MYTWIP_ACTIVITY_MAX, i);
        assert_refused(body, (int) i, NO_SLUG);
        free(body);
    }

    assert_refused("[{\"activity\":\"a\"},{},{\"activity\":1}]", 1,
                   "activity is missing");
    assert_refused("[{\"activity\":\"a\"},null]", 1, "not an object");
    assert_refused("[[{\"activity\":\"a\"}]]", 0, "not an object");
    assert_refused("[{\"activity\":\"a\"},{\"activity\":\"a\"]", -1,
                   "not JSON: line N, column N");

    assert_filled("[{\"activity\":\"a\"},{\"activity\":\"a\",\"properties\":"
                  "{\"x\":\"", 5000, "\"}}]", MYTWIP_ACTIVITY_TOO_LARGE);
    assert_int_equal(err.element, 1);
}


static void *
limited_malloc(size_t size)
{
    return allowed && allowed-- ? malloc(size) : NULL;
}


/* Jansson may say of a string that it is no JSON; nothing is lost by that. */

static void
without_memory_nothing_is_taken(void **state)
{
    unsigned                  n, failed;
    json_free_t               old_free;
    json_malloc_t             old_malloc;
    mytwip_activity_result_t  rc;

    static const char  body[] =
        "[{\"activity\":\"a\",\"resource\":{\"type\":\"t\",\"id\":\"long"
        " enough to outgrow what a string begins with\"}},{\"activity\":\"b\","
        "\"at\":1,\"properties\":{\"x\":1.5,\"y\":true,\"z\":\"\\u00e9\"}}]";

    (void) state;

    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(limited_malloc, free);

    failed = 0;

    for (n = 0; n < 1000; n++) {
        allowed = n;
        rc = parse(body, sizeof(body) - 1);

        if (rc == MYTWIP_ACTIVITY_OK) {
            break;
        }

        if (rc == MYTWIP_ACTIVITY_FAILED) {
            failed++;

        } else {
            assert_string_equal(without_numbers(err.text),
                                "not JSON: line N, column N");
        }
    }

    json_set_alloc_funcs(old_malloc, old_free);

    assert_in_range(n, 10, 999);
    assert_true(failed > n / 2);
    assert_int_equal(list.n, 2);

    mytwip_activities_free(&list);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(an_event_is_stored_as_compact_json),
        cmocka_unit_test(numbers_are_stored_as_they_were_sent),
        cmocka_unit_test(events_keep_their_order),
        cmocka_unit_test(a_slug_is_letters_digits_and_some_marks),
        cmocka_unit_test(an_activity_needs_a_slug),
        cmocka_unit_test(no_other_member_is_taken),
        cmocka_unit_test(a_claim_of_who_it_was_is_left_out),
        cmocka_unit_test(what_is_null_is_not_there),
        cmocka_unit_test(a_resource_is_a_type_and_an_id),
        cmocka_unit_test(a_time_has_the_form_of_rfc_3339),
        cmocka_unit_test(properties_are_flat),
        cmocka_unit_test(text_is_taken_up_to_its_limit),
        cmocka_unit_test(properties_are_taken_up_to_their_limit),
        cmocka_unit_test(a_body_is_taken_up_to_its_limit),
        cmocka_unit_test(a_hundred_events_are_taken),
        cmocka_unit_test(the_first_bad_element_is_named),
        cmocka_unit_test(without_memory_nothing_is_taken)
    };

    return mytwip_test_run(tests);
}
