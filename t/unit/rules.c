
/*
 * Rules from method and path to activity: which rule decides, what is caught,
 * what a hostile path may cost, and that all is the same without JIT.
 */

#include "rules.h"

#include "mytwip_activity.h"


#define EXAMPLE  MYTWIP_TEST_VECTORS "/../../conf.example/activity.rules"


static void
the_first_rule_that_matches_decides(void **state)
{
    mytwip_rules_t  *rules;

    (void) state;

    /* whatever the filter does with their beginnings */

    rules = rules_of("GET ^/a/b/c$ one\n* ^/a/ two\nGET ^/a/b/c/d$ three\n"
                     "GET b four\n* ^/b five\nGET ^/ six\n* $ seven\n"
                     "* ^/zz$ eight\n");

    assert_asked(rules, "GET", "/a/b/c", "one");
    assert_asked(rules, "PUT", "/a/b/c", "two");
    assert_asked(rules, "GET", "/a/b/c/d", "two");
    assert_asked(rules, "PUT", "/a/b/c/x", "two");
    assert_asked(rules, "PUT", "/a/x", "two");
    assert_asked(rules, "GET", "/b", "four");
    assert_asked(rules, "PUT", "/b", "five");
    assert_asked(rules, "GET", "/a", "six");
    assert_asked(rules, "GET", "/", "six");
    assert_asked(rules, "PUT", "/zz", "seven");
    assert_asked(rules, "PUT", "", "seven");

    mytwip_rules_free(rules);
}


static void
a_rule_is_for_its_methods(void **state)
{
    mytwip_rules_t  *rules;

    (void) state;

    rules = rules_of("GET ^/a$ get\nPUT|PATCH|DELETE ^/a$ change\n"
                     "* ^/b$ any\nPOST ^/a$ post\n* ^/a$ other\n");

    assert_asked(rules, "GET", "/a", "get");
    assert_asked(rules, "PUT", "/a", "change");
    assert_asked(rules, "PATCH", "/a", "change");
    assert_asked(rules, "DELETE", "/a", "change");
    assert_asked(rules, "POST", "/a", "post");
    assert_asked(rules, "HEAD", "/a", "other");
    assert_asked(rules, "PROPPATCH", "/a", "other");
    assert_asked(rules, "REPORT", "/a", "other");
    assert_asked(rules, "GETS", "/a", "other");
    assert_asked(rules, "", "/b", "any");

    mytwip_rules_free(rules);
}


static void
a_capture_is_the_resource(void **state)
{
    mytwip_rules_t  *rules;

    (void) state;

    rules = rules_of("* ^/a/(?<x>\\d+)/(?<y>\\w+)$ a t.y=$y\n"
                     "* ^/b/(\\d+)/(\\w+)$ b T-1=$2\n"
                     "* ^/c/(?:(\\d+)|x(\\w+))$ c c=$1\n"
                     "* ^/d/(?|(?<i>\\d+)|x(?<i>\\w+))$ d d=$i\n"
                     "* ^/e/(?=(?<i>.*)$) e e=$i\n"
                     "* ^/f/((((((((((((.))))))))))))$ f f=$12\n"
                     "* ^/g/(?<i>.) g\n");

    assert_asked(rules, "GET", "/a/12/abc", "a t.y=abc");
    assert_asked(rules, "GET", "/b/12/abc", "b T-1=abc");
    assert_asked(rules, "GET", "/c/12", "c c=12");
    assert_asked(rules, "GET", "/d/12", "d d=12");
    assert_asked(rules, "GET", "/d/xyz", "d d=yz");
    assert_asked(rules, "GET", "/e/f g", "e e=f g");
    assert_asked(rules, "GET", "/f/z", "f f=z");
    assert_asked(rules, "GET", "/g/z", "g");

    mytwip_rules_free(rules);
}


static void
without_a_fit_capture_there_is_no_resource(void **state)
{
    char             path[3 + MYTWIP_ACTIVITY_ID_MAX + 1], answer[512];
    mytwip_rules_t  *rules;

    (void) state;

    rules = rules_of("* ^/a(?:/(?<i>\\d+))?$ a a=$i\n"
                     "* ^/b(?:/(?<i>\\d+))?(?:/(\\w+))$ b b=$i\n"
                     "* ^/c/(?<i>.*)$ c c=$i\n");

    assert_asked(rules, "GET", "/a/1", "a a=1");
    assert_asked(rules, "GET", "/a", "a");
    assert_asked(rules, "GET", "/b/1/x", "b b=1");
    assert_asked(rules, "GET", "/b/x", "b");
    assert_asked(rules, "GET", "/c/x", "c c=x");
    assert_asked(rules, "GET", "/c/", "c");

    /* nor is what the rule before it has caught left over */
    assert_asked(rules, "GET", "/a", "a");

    memset(path, 'x', sizeof(path));
    memcpy(path, "/c/", 3);

    snprintf(answer, sizeof(answer), "c c=%.*s", MYTWIP_ACTIVITY_ID_MAX,
             path + 3);

    assert_string_equal(asked(rules, "GET", path, sizeof(path) - 1), answer);
    assert_string_equal(asked(rules, "GET", path, sizeof(path)), "c");

    mytwip_rules_free(rules);
}


static void
a_pattern_is_of_bytes(void **state)
{
    mytwip_rules_t       *rules;
    mytwip_rule_match_t   match;

    (void) state;

    rules = rules_of("* ^/a[ ]b$ blank\n* ^/c\\x20[^ ][ \\t]d$ more\n"
                     "* ^/e.f$ byte\n* ^/g$ end\n* ^/[][:digit:] ]h$ digit\n"
                     "* ^/i\\c[$ control\n* ^/\xc3\xa9$ raw\n"
                     "* ^/[[\\]]k#$ bracket\n* ^/l[\\\\Q]$ back\n");

    assert_asked(rules, "GET", "/a b", "blank");
    assert_asked(rules, "GET", "/c x\td", "more");
    assert_asked(rules, "GET", "/e\nf", "byte");
    assert_asked(rules, "GET", "/e\xff" "f", "byte");
    assert_asked(rules, "GET", "/g\n", "-");
    assert_asked(rules, "GET", "/G", "-");
    assert_asked(rules, "GET", "/7h", "digit");
    assert_asked(rules, "GET", "/ h", "digit");
    assert_asked(rules, "GET", "/]h", "digit");
    assert_asked(rules, "GET", "/dh", "-");
    assert_asked(rules, "GET", "/i\x1b", "control");
    assert_asked(rules, "GET", "/\xc3\xa9", "raw");
    assert_asked(rules, "GET", "/]k#", "bracket");
    assert_asked(rules, "GET", "/lQ", "back");
    assert_string_equal(asked(rules, "GET", "/e\0f", 4), "byte");
    assert_string_equal(asked(rules, "GET", "/g\0", 3), "-");
    assert_asked(rules, "GET", "", "-");

    assert_int_equal(mytwip_rules_limited(rules), 0);

    mytwip_rules_free(rules);

    rules = rules_of("* ^/a a\n* ^$ nothing\n");
    assert_int_equal(mytwip_rules_match(rules, NULL, 0, NULL, 0, &match), 1);
    mytwip_rules_free(rules);
}


static void
a_path_that_is_too_long_is_counted(void **state)
{
    char             path[MYTWIP_RULES_PATH + 1];
    mytwip_rules_t  *rules;

    (void) state;

    rules = rules_of("* ^/x*$ a\n* . b\n");

    memset(path, 'x', sizeof(path));
    path[0] = '/';

    assert_string_equal(asked(rules, "GET", path, sizeof(path) - 1), "a");
    assert_int_equal(mytwip_rules_limited(rules), 0);

    assert_string_equal(asked(rules, "GET", path, sizeof(path)), "-");
    assert_int_equal(mytwip_rules_limited(rules), 1);

    mytwip_rules_free(rules);
}


/* Each of these would take years. */

static void
a_path_that_hits_a_limit_is_counted(void **state)
{
    char                 path[MYTWIP_RULES_PATH], text[128];
    unsigned             i;
    mytwip_rules_t      *rules;

    static const char   *texts[] = {
        "(?:a+)+[xy]", "^.(?:a+)+[xy]", "^.(?:a|aa)+[xy]",
        "^.(?:a|ab?)*[xy]", "^(?:.*.*.*.*.*.*a)+[xy]",
        "^.(?:a?){99}(?:a?){99}(?:a?){99}(?:a?){99}[xy]",
        "^.(?:(?:a*)*)*[xy]", "^.*a.*a.*a.*a.*a.*a.*[xy]"
    };

    (void) state;

    memset(path, 'a', sizeof(path));
    path[0] = '/';

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        snprintf(text, sizeof(text), "* %s hostile\n* ^/ all\n", texts[i]);
        rules = rules_of(text);

        assert_string_equal(asked(rules, "GET", path, sizeof(path)), "-");
        assert_int_equal(mytwip_rules_limited(rules), 1);

        /* and the next is judged as ever */
        assert_asked(rules, "GET", "/aaaaaax", "hostile");
        assert_asked(rules, "GET", "/b", "all");
        assert_int_equal(mytwip_rules_limited(rules), 1);

        mytwip_rules_free(rules);
    }
}


/* PCRE2's own limit, of ten million, is far above this. */

static void
a_limit_is_hit_soon(void **state)
{
    mytwip_rules_t  *rules;

    (void) state;

    rules = rules_of("* ^.(?:a+)+[xy] hostile\n* ^/ all\n");

    assert_asked(rules, "GET", "/aaaaaa", "all");
    assert_int_equal(mytwip_rules_limited(rules), 0);

    assert_asked(rules, "GET", "/aaaaaaaaaaaaaaaaaa", "-");
    assert_int_equal(mytwip_rules_limited(rules), 1);

    mytwip_rules_free(rules);
}


/* More of it than the filter keeps. */

static void
a_beginning_may_be_long(void **state)
{
    char             text[512], path[128], x[91];
    mytwip_rules_t  *rules;

    (void) state;

    memset(x, 'x', sizeof(x) - 1);
    x[sizeof(x) - 1] = '\0';

    snprintf(text, sizeof(text), "* ^/%sa a\n* ^/%.63sb b\n* ^/%sc c\n", x, x,
             x);
    rules = rules_of(text);

    snprintf(path, sizeof(path), "/%sa", x);
    assert_asked(rules, "GET", path, "a");

    snprintf(path, sizeof(path), "/%.63sb", x);
    assert_asked(rules, "GET", path, "b");

    snprintf(path, sizeof(path), "/%sc", x);
    assert_asked(rules, "GET", path, "c");

    assert_asked(rules, "GET", x, "-");

    mytwip_rules_free(rules);
}


static mytwip_rules_t *
example(void)
{
    mytwip_error_t   err;
    mytwip_rules_t  *rules;

    memset(&err, 0, sizeof(err));

    rules = mytwip_rules_load(EXAMPLE, &err);

    if (rules == NULL) {
        print_error("%s:%u: %s\n", EXAMPLE, err.line, err.text);
    }

    assert_non_null(rules);

    return rules;
}


static void
the_example_knows_what_it_says(void **state)
{
    mytwip_rules_t  *rules;

    (void) state;

    rules = example();

    assert_asked(rules, "POST", "/login", "login");
    assert_asked(rules, "GET", "/login", "-");
    assert_asked(rules, "POST", "/newsletters", "newsletter.create");
    assert_asked(rules, "GET", "/newsletters/7",
                 "newsletter.view newsletter=7");
    assert_asked(rules, "PATCH", "/newsletters/7",
                 "newsletter.edit newsletter=7");
    assert_asked(rules, "PATCH", "/newsletters/7/items/12/position",
                 "item.reorder item=12");
    assert_asked(rules, "PUT", "/newsletters/7/items/12", "item.edit item=12");
    assert_asked(rules, "POST", "/newsletters/7/issues/3/send",
                 "issue.send issue=3");
    assert_asked(rules, "GET", "/newsletters/7/issues/3/report.csv",
                 "report.view issue=3");
    assert_asked(rules, "GET", "/search", "search");
    assert_asked(rules, "GET", "/search/readers", "search section=readers");
    assert_asked(rules, "GET", "/style.css", "-");

    mytwip_rules_free(rules);
}


/* whether it is as it was meant: with machine code, or without */

static void
there_is_no_machine_code(void **state)
{
    mytwip_rules_t  *rules;

    (void) state;

    rules = example();
    assert_false(mytwip_rules_jit(rules));
    mytwip_rules_free(rules);
}


static void
there_is_machine_code_if_pcre2_can(void **state)
{
    uint32_t         jit;
    mytwip_rules_t  *rules;

    (void) state;

    assert_int_equal(pcre2_config(PCRE2_CONFIG_JIT, &jit), 0);

    rules = example();
    assert_int_equal(mytwip_rules_jit(rules), jit);
    mytwip_rules_free(rules);
}


int
main(void)
{
    const struct CMUnitTest  without_jit[] = {
        cmocka_unit_test(there_is_no_machine_code),
        cmocka_unit_test(the_first_rule_that_matches_decides),
        cmocka_unit_test(a_rule_is_for_its_methods),
        cmocka_unit_test(a_capture_is_the_resource),
        cmocka_unit_test(without_a_fit_capture_there_is_no_resource),
        cmocka_unit_test(a_pattern_is_of_bytes),
        cmocka_unit_test(a_path_that_is_too_long_is_counted),
        cmocka_unit_test(a_path_that_hits_a_limit_is_counted),
        cmocka_unit_test(a_limit_is_hit_soon),
        cmocka_unit_test(the_example_knows_what_it_says),
    };

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_first_rule_that_matches_decides),
        cmocka_unit_test(a_rule_is_for_its_methods),
        cmocka_unit_test(a_capture_is_the_resource),
        cmocka_unit_test(without_a_fit_capture_there_is_no_resource),
        cmocka_unit_test(a_pattern_is_of_bytes),
        cmocka_unit_test(a_path_that_is_too_long_is_counted),
        cmocka_unit_test(a_path_that_hits_a_limit_is_counted),
        cmocka_unit_test(a_limit_is_hit_soon),
        cmocka_unit_test(a_beginning_may_be_long),
        cmocka_unit_test(the_example_knows_what_it_says),
        cmocka_unit_test(there_is_machine_code_if_pcre2_can),
        cmocka_unit_test(without_executable_memory_all_is_judged_the_same),
    };

    run_without_machine_code(without_jit);

    return mytwip_test_run(tests);
}
