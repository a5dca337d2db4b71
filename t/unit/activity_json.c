
/*
 * Activities sent as what is hardly JSON, or none: every kind of thing that
 * parsers are known to disagree on, cut off anywhere, nested without end, and
 * ten thousand bodies changed at random.
 */

#include "activities.h"

#include <jansson.h>


#define BODIES  10000

#define BEFORE  "{\"activity\":\"a\",\"properties\":{\"x\":"
#define AFTER   "}}"


/* The value as that of a property. */

static void
assert_value(const bytes_t *value, mytwip_activity_result_t expected)
{
    char    body[512], *p;
    size_t  len;

    len = sizeof(BEFORE) - 1 + value->len + sizeof(AFTER) - 1;
    assert_true(len <= sizeof(body));

    p = body;
    memcpy(p, BEFORE, sizeof(BEFORE) - 1);
    p += sizeof(BEFORE) - 1;
    memcpy(p, value->data, value->len);
    p += value->len;
    memcpy(p, AFTER, sizeof(AFTER) - 1);

    assert_result(body, len, expected);
}


static void
every_form_of_a_value_is_taken(void **state)
{
    unsigned  i;

    static const bytes_t  values[] = {
        BYTES("null"), BYTES(" true "), BYTES("\r\n\tfalse"),

        BYTES("0"), BYTES("-0"), BYTES("-1"), BYTES("10"), BYTES("1e1"),
        BYTES("1E1"), BYTES("1e+1"), BYTES("1e-1"), BYTES("0e0"),
        BYTES("0.0"), BYTES("-0.0"), BYTES("1.25e-3"), BYTES("1e308"),
        BYTES("1e-400"), BYTES("0.000000000000000000000000000000000000001"),
        BYTES("3.14159265358979323846264338327950288419716939937510582097"),
        BYTES("9223372036854775807"), BYTES("-9223372036854775808"),
        BYTES("18446744073709551616.0"),

        BYTES("\"\""), BYTES("\" \""), BYTES("\"/\""), BYTES("\"\\/\""),
        BYTES("\"\\\"\\\\\\b\\f\\n\\r\\t\""), BYTES("\"\\u0020\\u00E9\""),
        BYTES("\"\\u0001\\u001f\\u007F\""), BYTES("\"\x7f\""),
        BYTES("\"\\\\u0000\""), BYTES("\"// /* # */\""),
        BYTES("\"\\uD83D\\uDE00\""), BYTES("\"\\udbff\\udfff\""),
        BYTES("\"\\uFFFE\\uFFFF\\uFEFF\\u2028\\u2029\""),

        /* the ends of what two, three and four bytes can say */
        BYTES("\"\xc2\x80\xdf\xbf\""),
        BYTES("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""),
        BYTES("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
        BYTES("\"\xef\xbb\xbf\"")
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(values); i++) {
        assert_value(&values[i], MYTWIP_ACTIVITY_OK);
    }
}


static void
what_is_no_value_is_refused(void **state)
{
    unsigned  i;

    static const bytes_t  values[] = {
        BYTES(""), BYTES("nul"), BYTES("nullx"), BYTES("Null"), BYTES("TRUE"),
        BYTES("True"), BYTES("undefined"), BYTES("NaN"), BYTES("nan"),
        BYTES("-NaN"), BYTES("Infinity"), BYTES("-Infinity"), BYTES("inf"),
        BYTES("x"), BYTES("&"), BYTES(","), BYTES(":"), BYTES("\\u0031"),

        BYTES("+1"), BYTES("--1"), BYTES("-"), BYTES("- 1"), BYTES("01"),
        BYTES("-01"), BYTES("00"), BYTES("1."), BYTES(".1"), BYTES("-.1"),
        BYTES("1.e1"), BYTES("1e"), BYTES("1e+"), BYTES("1ee1"),
        BYTES("1e1.5"), BYTES("1.2.3"), BYTES("0x1"), BYTES("0b1"),
        BYTES("0o7"), BYTES("1_000"), BYTES("1 000"), BYTES("1,000"),
        BYTES("1n"), BYTES("1f"), BYTES("1\xd9\xa3"), BYTES("\xef\xbc\x91"),
        BYTES("9223372036854775808"), BYTES("-9223372036854775809"),
        BYTES("99999999999999999999999999999999999999999999"),
        BYTES("1e309"), BYTES("-1e309"), BYTES("1e99999999999999999999"),

        BYTES("\""), BYTES("\"\\\""), BYTES("'x'"), BYTES("`x`"),
        BYTES("\"x\"y"), BYTES("\"x\" \"y\""), BYTES("\"x\"+\"y\""),
        BYTES("\xe2\x80\x9cx\xe2\x80\x9d"),
        BYTES("\"\\x41\""), BYTES("\"\\a\""), BYTES("\"\\'\""),
        BYTES("\"\\0\""), BYTES("\"\\v\""), BYTES("\"\\ \""),
        BYTES("\"\\U0041\""), BYTES("\"\\u\""), BYTES("\"\\u004\""),
        BYTES("\"\\u004g\""), BYTES("\"\\u-041\""), BYTES("\"\\u{41}\""),
        BYTES("\"\\\n\""), BYTES("\"\n\""), BYTES("\"\r\""), BYTES("\"\t\""),
        BYTES("\"\x01\""), BYTES("\"\x1f\""), BYTES("\\\"x\\\""),

        /* comments, and what is no white space in JSON */
        BYTES("1//\n"), BYTES("1/**/"), BYTES("/**/1"), BYTES("1#\n"),
        BYTES("1<!---->"), BYTES("1;"), BYTES("1\f"), BYTES("1\v"),
        BYTES("1\xc2\xa0"), BYTES("1\xe2\x80\xa8"), BYTES("1\xef\xbb\xbf"),
        BYTES("1\x7f"), BYTES("1\x1a"),

        BYTES("1,"), BYTES("1,,\"y\":1"), BYTES("1,\"y\""), BYTES("1,\"y\":"),
        BYTES("1 \"y\":1"), BYTES("1;\"y\":1"), BYTES("1,y:1"),
        BYTES("1,'y':1"), BYTES("1,1:1"), BYTES("1,null:1"),
        BYTES("1,\"y\":1,"), BYTES("1,\"y\"::1"), BYTES("1,\"y\",1"),
        BYTES("1,...{}"), BYTES(":1"), BYTES("=1"), BYTES("1}"), BYTES("1]"),
        BYTES("1,\"x\":1"), BYTES("1,\"\\u0078\":1"),

        BYTES("[1,]"), BYTES("[,1]"), BYTES("[1"), BYTES("["), BYTES("]"),
        BYTES("[1}"), BYTES("{\"y\":1]"), BYTES("{"), BYTES("{,}"),
        BYTES("*"), BYTES("<x/>"), BYTES("$x"), BYTES("@"), BYTES("%31")
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(values); i++) {
        assert_value(&values[i], MYTWIP_ACTIVITY_INVALID);
    }
}


static void
half_a_pair_of_surrogates_is_refused(void **state)
{
    unsigned  i;

    static const bytes_t  values[] = {
        BYTES("\"\\uD800\""), BYTES("\"\\uDBFF\""), BYTES("\"\\uDC00\""),
        BYTES("\"\\uDFFF\""), BYTES("\"\\uD800x\""), BYTES("\"\\uD800\\n\""),
        BYTES("\"\\uD800\\u0041\""), BYTES("\"\\uD800\\uD800\""),
        BYTES("\"\\uDC00\\uD800\""), BYTES("\"\\uD800\\uE000\""),
        BYTES("\"\\uD800\\u\""), BYTES("\"\\uD800\\uDC0\""),
        BYTES("\"\\uD83D\\uDE00\\uDE00\""),
        BYTES("\"\\uD800\xed\xb0\x80\""),
        BYTES("1,\"\\uD800\":1"), BYTES("1,\"\\uDC00\":1")
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(values); i++) {
        assert_value(&values[i], MYTWIP_ACTIVITY_INVALID);
    }
}


/* In a value, in a name, and where there is no string. */

static void
what_is_no_utf_8_is_refused(void **state)
{
    int         n;
    char        text[64];
    bytes_t     value;
    unsigned    i, k;

    static const struct {
        const char  *before, *after;
    } places[] = {
        { "\"x", "y\"" },
        { "1,\"x", "y\":1" },
        { "1", "" }
    };

    static const char *const  bad[] = {
        "\x80", "\xbf",                         /* what nothing began */
        "\xc3", "\xe2\x82", "\xf0\x9f\x98",     /* what does not end */
        "\xc3\xc3\xa9", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x28\x8c\xbc",
        "\xf0\x90\x28\xbc", "\xf0\x90\x8c\x28",
        "\xc0\xaf", "\xc1\xbf",                 /* longer than need be */
        "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
        "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80",
        "\xed\xa0\x80", "\xed\xbf\xbf",         /* surrogates */
        "\xed\xa0\xbd\xed\xb8\x80",
        "\xf4\x90\x80\x80", "\xf7\xbf\xbf\xbf", /* beyond U+10FFFF */
        "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80",
        "\xfe", "\xff", "\xff\xfe", "\xfe\xff",
        "\xe9"                                  /* Latin-1 */
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(bad); i++) {
        for (k = 0; k < MYTWIP_TEST_N(places); k++) {
            n = snprintf(text, sizeof(text), "%s%s%s", places[k].before,
                         bad[i], places[k].after);

            value.data = text;
            value.len = (size_t) n;
            assert_value(&value, MYTWIP_ACTIVITY_INVALID);
        }
    }
}


/* As a byte wherever it may be put, and as what a string or a name says. */

static void
nul_is_refused(void **state)
{
    char      body[128];
    size_t    len, at;
    unsigned  i;

    static const bytes_t  values[] = {
        BYTES("\"\\u0000\""), BYTES("\"x\\u0000y\""), BYTES("1,\"\\u0000\":1"),
        BYTES("1,\"y\\u0000\":1"), BYTES("\"\0\""), BYTES("\"x\0y\""),
        BYTES("1,\"y\0\":1"), BYTES("1\0"), BYTES("1.5\0"), BYTES("true\0"),
        BYTES("null\0"), BYTES("\0"), BYTES("\"\\\0\"")
    };

    static const char  whole[] =
        "[{\"activity\":\"a\",\"at\":12,\"properties\":{\"x\":true}}]";

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(values); i++) {
        assert_value(&values[i], MYTWIP_ACTIVITY_INVALID);
    }

    len = sizeof(whole) - 1;

    for (at = 0; at <= len; at++) {
        memcpy(body, whole, at);
        body[at] = '\0';
        memcpy(body + at + 1, whole + at, len - at);

        assert_result(body, len + 1, MYTWIP_ACTIVITY_INVALID);
    }
}


static void
a_body_is_one_object_or_an_array_of_them(void **state)
{
    unsigned  i;

    static const bytes_t  bodies[] = {
        BYTES(""), BYTES(" "), BYTES("\n"), BYTES("\t\r\n  "),
        BYTES("1"), BYTES("-1.5"), BYTES("null"), BYTES("true"),
        BYTES("\"activity\""), BYTES("\"{\\\"activity\\\":\\\"a\\\"}\""),
        BYTES("["), BYTES("]"), BYTES("{"), BYTES("}"), BYTES("[]"),
        BYTES("{}"), BYTES("[{}]"), BYTES("[[]]"), BYTES("[null]"),
        BYTES("[1]"), BYTES("[\"a\"]"), BYTES("\0"), BYTES("\0\0\0\0"),
        BYTES("{\"activity\":\"a\"}x"), BYTES("{\"activity\":\"a\"}}"),
        BYTES("{\"activity\":\"a\"},"), BYTES("{\"activity\":\"a\"};"),
        BYTES("{\"activity\":\"a\"}{\"activity\":\"a\"}"),
        BYTES("{\"activity\":\"a\"}\n{\"activity\":\"a\"}"),
        BYTES("[{\"activity\":\"a\"},]"), BYTES("[,{\"activity\":\"a\"}]"),
        BYTES("[{\"activity\":\"a\"}{\"activity\":\"a\"}]"),
        BYTES("[{\"activity\":\"a\"}]]"), BYTES("[{\"activity\":\"a\"}"),
        BYTES("{\"activity\":\"a\",}"), BYTES("{,\"activity\":\"a\"}"),
        BYTES("{\"activity\":\"a\",\"activity\":\"b\"}"),
        BYTES("{\"activity\":\"a\",\"\\u0061ctivity\":\"a\"}"),
        BYTES("{activity:\"a\"}"), BYTES("{'activity':'a'}"),
        BYTES("{\"activity\"}"), BYTES("{\"activity\":}"),
        BYTES("{\"activity\" \"a\"}"), BYTES("{\"activity\",\"a\"}"),
        BYTES("({\"activity\":\"a\"})"), BYTES("x={\"activity\":\"a\"}"),
        BYTES("// x\n{\"activity\":\"a\"}"), BYTES("{\"activity\":\"a\"}//"),
        BYTES("/* */{\"activity\":\"a\"}"), BYTES("{\"activity\":\"a\"}#"),
        BYTES("activity=a"), BYTES("<activity>a</activity>"),

        /* with a mark of the order of bytes; in UTF-16 and UTF-32 */
        BYTES("\xef\xbb\xbf{\"activity\":\"a\"}"), BYTES("\xef\xbb\xbf"),
        BYTES("\xff\xfe{\0}\0"), BYTES("\xfe\xff\0{\0}"), BYTES("{\0}\0"),
        BYTES("\0{\0}"), BYTES("{\0\0\0}\0\0\0"),
        BYTES("\x1e{\"activity\":\"a\"}\n"), BYTES("\x1f\x8b\x08\0\0\0\0\0")
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(bodies); i++) {
        assert_result(bodies[i].data, bodies[i].len, MYTWIP_ACTIVITY_INVALID);
    }
}


static const char *const  valid[] = {
    "{\"activity\":\"login\"}",
    ("{\"activity\":\"item.reorder\",\"resource\":{\"type\":\"newsletter\","
     "\"id\":12},\"at\":1764022451123,\"properties\":{\"by\":\"arrows\"}}"),
    (" [ { \"activity\" : \"a\" } , { \"at\" : \"2026-11-24T22:05:57.267Z\" ,"
     " \"activity\" : \"b\" } ] "),
    ("[{\"activity\":\"x\",\"resource\":{\"type\":\"t\",\"id\":\"\xc3\xa9\\u20"
     "ac\\ud83d\\ude00\"},\"properties\":{\"a\":-1.5e3,\"b\":true,\"c\":null,"
     "\"d\":\"\\\"\\\\\",\"\":0}}]")
};


static void
no_part_of_a_body_is_taken_for_a_whole(void **state)
{
    size_t    n, len;
    unsigned  i;

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(valid); i++) {
        len = strlen(valid[i]);

        while (valid[i][len - 1] == ' ') {
            len--;
        }

        for (n = 0; n < len; n++) {
            assert_result(valid[i], n, MYTWIP_ACTIVITY_INVALID);
        }

        assert_taken(valid[i]);
    }
}


/* The text once more and once more, as often as a body holds it. */

static void
assert_repeated(const char *before, const char *text, const char *after)
{
    char    *body, *p;
    size_t   n, len;

    len = strlen(text);
    n = (MYTWIP_ACTIVITY_BODY_MAX - strlen(before) - strlen(after)) / len;

    body = malloc(MYTWIP_ACTIVITY_BODY_MAX + 1);
    assert_non_null(body);

    p = body + sprintf(body, "%s", before);

    while (n--) {
        memcpy(p, text, len);
        p += len;
    }

    p += sprintf(p, "%s", after);

    assert_result(body, (size_t) (p - body), MYTWIP_ACTIVITY_INVALID);

    free(body);
}


static void
what_nests_without_end_is_refused(void **state)
{
    char  *body;

    (void) state;

    assert_repeated("", "[", "");
    assert_string_equal(without_numbers(err.text),
                        "too deep: line N, column N");
    assert_repeated("", "{\"activity\":", "");
    assert_repeated("", "[{\"activity\":", "");
    assert_repeated(BEFORE, "[", "");
    assert_repeated(BEFORE, "{\"x\":", "");
    assert_repeated("", "]", "");
    assert_repeated("", "}", "");

    /* and what ends, too */

    body = filled("", '[', MYTWIP_ACTIVITY_BODY_MAX, "");
    memset(body + MYTWIP_ACTIVITY_BODY_MAX / 2, ']',
           MYTWIP_ACTIVITY_BODY_MAX / 2);
    assert_result(body, MYTWIP_ACTIVITY_BODY_MAX, MYTWIP_ACTIVITY_INVALID);

    memset(body + 1000, ']', 1000);
    assert_result(body, 2000, MYTWIP_ACTIVITY_INVALID);
    free(body);
}


static void
what_fills_a_body_is_refused(void **state)
{
    char  *body;

    (void) state;

    assert_repeated("", " ", "");
    assert_repeated("", "\"", "");
    assert_repeated("", "\\", "");
    assert_repeated("", "1", "");
    assert_repeated("{\"activity\":\"", "\\u0061", "\"}");
    assert_repeated("{\"activity\":\"a\",\"at\":", "1", "}");
    assert_repeated("{\"activity\":\"a\",\"at\":1.", "1", "}");
    assert_repeated("{\"activity\":\"a\",\"at\":1e", "1", "}");
    assert_repeated("{\"activity\":\"a\",\"at\":\"2026-11-24T22:05:57.", "0",
                    "Z\"}");
    assert_repeated("{\"activity\":\"a\",\"resource\":{\"type\":\"t\",\"id\":"
                    "\"", "x", "\"}}");
    assert_repeated("{\"activity\":\"a\",\"", "x", "\":1}");
    assert_repeated("{\"activity\":\"a\",\"properties\":{\"x\":1", ",\"x\":1",
                    "}}");
    assert_repeated("{\"activity\":\"a\",\"properties\":{\"x\":[0", ",[],{}",
                    "]}}");

    body = filled("[0", ',', 60000, "]");
    assert_refused(body, -1, "not JSON: line N, column N");
    free(body);
}


static size_t
below(size_t n)
{
    return (size_t) random() % n;
}


/* One change of a body of *len bytes, of which there is room for size. */

static void
mutate(char *body, size_t *len, size_t size)
{
    size_t          at, n, rest;
    const bytes_t  *piece;

    static const bytes_t  pieces[] = {
        BYTES("\""), BYTES("\\"), BYTES("{"), BYTES("}"), BYTES("["),
        BYTES("]"), BYTES(","), BYTES(":"), BYTES("\0"), BYTES("\\u0000"),
        BYTES("\\ud800"), BYTES("\xff"), BYTES("\xc3\xa9"), BYTES("1e999"),
        BYTES("99999999999999999999"), BYTES("-"), BYTES("."), BYTES("null"),
        BYTES("true"), BYTES("\"activity\":\"a\""), BYTES("\"x\":1,"),
        BYTES("\"\""), BYTES(" "), BYTES("\n"), BYTES("{\"activity\":\"b\"},"),
        BYTES("[[[[[[[[")
    };

    at = below(*len + 1);
    rest = *len - at;
    n = rest ? 1 + below(rest < 20 ? rest : 20) : 0;

    switch (below(5)) {

    case 0:                                     /* another byte */
        if (rest) {
            body[at] = (char) random();
        }

        break;

    case 1:                                     /* a part less */
        memmove(body + at, body + at + n, rest - n);
        *len -= n;
        break;

    case 2:                                     /* a part twice */
        if (*len + n <= size) {
            memmove(body + at + n, body + at, rest);
            *len += n;
        }

        break;

    case 3:                                     /* something put in */
        piece = &pieces[below(MYTWIP_TEST_N(pieces))];

        if (*len + piece->len <= size) {
            memmove(body + at + piece->len, body + at, rest);
            memcpy(body + at, piece->data, piece->len);
            *len += piece->len;
        }

        break;

    default:                                    /* another behind it */
        n = below(MYTWIP_TEST_N(valid));
        at = below(strlen(valid[n]));
        rest = strlen(valid[n]) - at;

        if (below(4) == 0 && *len + rest <= size) {
            memcpy(body + *len, valid[n] + at, rest);
            *len += rest;
        }
    }
}


/* What was taken is a text for each event, which would be taken again. */

static void
assert_taken_whole(const char *body, size_t len)
{
    char    *text;
    json_t  *root;

    root = json_loadb(body, len, 0, NULL);
    assert_non_null(root);
    assert_int_equal(list.n, json_is_array(root) ? json_array_size(root) : 1);
    json_decref(root);

    text = strdup(list.event[list.n - 1].text);
    assert_non_null(text);
    mytwip_activities_free(&list);

    assert_stored_as(text, text);

    free(text);
}


static void
bodies_changed_at_random_are_taken_or_refused(void **state)
{
    char      body[1024];
    size_t    len, times;
    unsigned  i, results[MYTWIP_ACTIVITY_FAILED + 1];

    (void) state;

    memset(results, 0, sizeof(results));
    srandom(5);

    for (i = 0; i < BODIES; i++) {
        strcpy(body, valid[below(MYTWIP_TEST_N(valid))]);
        len = strlen(body);

        for (times = below(5); times; times--) {
            mutate(body, &len, sizeof(body));
        }

        switch (parse(body, len)) {

        case MYTWIP_ACTIVITY_OK:
            results[MYTWIP_ACTIVITY_OK]++;
            assert_taken_whole(body, len);
            break;

        case MYTWIP_ACTIVITY_INVALID:
            results[MYTWIP_ACTIVITY_INVALID]++;
            break;

        default:
            fail_msg("body %u: %s", i, err.text);
        }
    }

    /* neither was the rule */
    assert_in_range(results[MYTWIP_ACTIVITY_OK], BODIES / 10, BODIES);
    assert_in_range(results[MYTWIP_ACTIVITY_INVALID], BODIES / 10, BODIES);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_form_of_a_value_is_taken),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(half_a_pair_of_surrogates_is_refused),
        cmocka_unit_test(what_is_no_utf_8_is_refused),
        cmocka_unit_test(nul_is_refused),
        cmocka_unit_test(a_body_is_one_object_or_an_array_of_them),
        cmocka_unit_test(no_part_of_a_body_is_taken_for_a_whole),
        cmocka_unit_test(what_nests_without_end_is_refused),
        cmocka_unit_test(what_fills_a_body_is_refused),
        cmocka_unit_test(bodies_changed_at_random_are_taken_or_refused)
    };

    return mytwip_test_run(tests);
}
