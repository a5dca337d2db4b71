
/*
 * Rules from method and path to activity: which rule decides, what is caught,
 * what a hostile path may cost, that all is the same without JIT, and that
 * rules which are left out by the filter would not have matched.
 */

#include "test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "mytwip_activity.h"
#include "mytwip_rules.h"


#define EXAMPLE  MYTWIP_TEST_VECTORS "/../../conf.example/activity.rules"

#define SKIPPED  77


/* what came of the tests without machine code */

static struct {
    int    status;
    FILE  *said;
} without;


static mytwip_rules_t *
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

static const char *
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


/*
 * Patterns in which a letter is not what it seems, each with some of its
 * kind: asked of PCRE2 one after the other they decide as in a set of rules,
 * where the filter leaves most of them out.
 */

static const char  *tricky[] = {
    "^/ab?c$", "^/ab*/c", "^/a{0,1}bc$", "^/ab{2}", "^/a+b", "^/ab??c",
    "^/ab|^/c", "^/a(?:b|c)a$", "^(?:/a|/b)c", "^/(?i)AB$", "^(?i)/aB",
    "^/a(?i:B)c", "(?i)BCA$", "a(?-i)bb", "^/\\x61b$", "^/a\\x62c",
    "^/\\1c(a)?", "^/\\141b", "^/a\\.b", "^/a\\.?b", "^/a.b$", "^/[ab]c$",
    "^/[]a]b", "^/[^]a]b$", "bc$", "/a$", "b{1}c{1}$", "a\\x2fb",
    "a\\p{Lu}b", "a\\pLb", "\\p{^Lu}c$", "\\p{Ll}c/", "(?<n>a)b\\k<n>$",
    "(?<n>a)\\k'n'c", "(?<n>b)\\g{n}a", "(?<n>b)c\\g<n>a", "(b)a\\g1",
    "(?P<n>c)(?P=n)a", "(?P<n>[ab])c(?P>n)$", "(?<n>[ab])(?&n)c$",
    "a(?=b)", "a(?!b)c", "(?<=a)bc", "(?<!a)bc", "^/a(?(?=b)bc|ca)",
    "(a)?b(?(1)c|a)b", "^/a\\Kb", "\\Bb\\b", "^/ab$|x", "a$", "^", "^$|^/$",
    "^/aa\\/", "^/a\\-b", "a\\{b", "^/a{b", "a{,2}b", "a}b", "^/ab/{0}c",
    "(?m)^c", "(?m)a$", "(?s).c$", "(?x)a#b", "(?|a(b)|b(c))a", "(?>a+)b",
    "a++b", "^/(?:a/b/c|b)", "^\\/a\\/b", "^/a/b/?$", "^/a/b(?:/c)?$",
    "[[:alpha:]]b[[:digit:]]", "^/\\cAb", "a\\db", "\\d\\x{61}b", "cc|bb",
    "\\N{2}c$", "ca\\Z", "^/c\\z", "a\\N.c", "b\\o{141}c"
};


static pcre2_code *
alone(const char *pattern)
{
    int          error;
    size_t       offset;
    pcre2_code  *code;

    code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
                         PCRE2_DOTALL|PCRE2_DOLLAR_ENDONLY, &error, &offset,
                         NULL);

    if (code == NULL) {
        print_error("%s: error %d at %zu\n", pattern, error, offset);
    }

    assert_non_null(code);

    return code;
}


/* Of PCRE2 itself: the first from i on that matches, or their number. */

static unsigned
first_of(pcre2_code *const *code, unsigned n, unsigned i,
    pcre2_match_data *data, const char *path, size_t len)
{
    for ( /* void */ ; i < n; i++) {
        if (pcre2_match(code[i], (PCRE2_SPTR) path, len, 0, 0, data, NULL)
            >= 0)
        {
            break;
        }
    }

    return i;
}


static size_t
random_path(char *path, size_t size)
{
    size_t  i, len;

    len = 1 + (size_t) random() % size;

    path[0] = '/';

    for (i = 1; i < len; i++) {
        path[i] = "aaaabbbbcccc//ABC.-{}12\n\x01\xe9"[random() % 26];
    }

    return len;
}


static void
rules_together_are_rules_one_by_one(void **state)
{
    char               path[12], text[MYTWIP_TEST_N(tricky) * 64], *p;
    char               answer[16];
    size_t             len;
    unsigned           i, k, first, matched, from;
    pcre2_code        *code[MYTWIP_TEST_N(tricky)];
    mytwip_rules_t    *rules;
    pcre2_match_data  *data;

    (void) state;

    data = pcre2_match_data_create(16, NULL);
    assert_non_null(data);

    for (i = 0; i < MYTWIP_TEST_N(tricky); i++) {
        code[i] = alone(tricky[i]);
    }

    srandom(5);
    matched = 0;

    /* without those before it, each is seen */

    for (from = 0; from < MYTWIP_TEST_N(tricky); from++) {
        p = text;

        for (i = from; i < MYTWIP_TEST_N(tricky); i++) {
            p += sprintf(p, "* %s r%u\n", tricky[i], i);
        }

        rules = rules_of(text);

        for (k = 0; k < 10000 / (from ? 20 : 1); k++) {
            len = random_path(path, sizeof(path));

            first = first_of(code, MYTWIP_TEST_N(tricky), from, data, path,
                             len);
            matched += first < MYTWIP_TEST_N(tricky);

            snprintf(answer, sizeof(answer),
                     first < MYTWIP_TEST_N(tricky) ? "r%u" : "-", first);

            assert_string_equal(asked(rules, "GET", path, len), answer);
        }

        mytwip_rules_free(rules);
    }

    /* else nothing has been tried */
    assert_in_range(matched, 10000, 1000000);

    for (i = 0; i < MYTWIP_TEST_N(tricky); i++) {
        pcre2_code_free(code[i]);
    }

    pcre2_match_data_free(data);
}


/* Rules by chance of few pieces: beginnings in all their relations. */

static void
random_rules_are_rules_one_by_one(void **state)
{
    char                 path[24], text[4096], pattern[128], answer[16], *p;
    size_t               len;
    unsigned             i, k, n, first, matched;
    pcre2_code          *code[20];
    mytwip_rules_t      *rules;
    pcre2_match_data    *data;

    static const char   *pieces[] = {
        "/a", "/b", "/ab", "/abc", "a", "b", "c", "\\w+", "(\\d+)", "c?", "b*",
        "(?:/a)?", "[^/]+", "/", "/a/", "b{1,2}", "(?:a|bc)", "\\.", "|/b", "$"
    };

    (void) state;

    data = pcre2_match_data_create(16, NULL);
    assert_non_null(data);

    srandom(6);
    matched = 0;

    for (k = 0; k < 500; k++) {
        p = text;

        for (i = 0; i < MYTWIP_TEST_N(code); i++) {
            strcpy(pattern, random() % 4 ? "^" : "(?:)");

            for (n = 1 + (unsigned) random() % 5; n > 0; n--) {
                strcat(pattern, pieces[random() % MYTWIP_TEST_N(pieces)]);
            }

            /* two of the same are refused; this one matters to nobody */
            sprintf(pattern + strlen(pattern), "(?!\\x%02x)", i);

            code[i] = alone(pattern);
            p += sprintf(p, "* %s r%u\n", pattern, i);
        }

        rules = rules_of(text);

        for (n = 0; n < 40; n++) {
            len = random_path(path, sizeof(path));
            first = first_of(code, MYTWIP_TEST_N(code), 0, data, path, len);
            matched += first < MYTWIP_TEST_N(code);

            snprintf(answer, sizeof(answer),
                     first < MYTWIP_TEST_N(code) ? "r%u" : "-", first);

            assert_string_equal(asked(rules, "GET", path, len), answer);
        }

        mytwip_rules_free(rules);

        for (i = 0; i < MYTWIP_TEST_N(code); i++) {
            pcre2_code_free(code[i]);
        }
    }

    assert_in_range(matched, 5000, 20000);

    pcre2_match_data_free(data);
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


/* From here on, nobody in this process gets memory that is executable. */

static int
forbid_machine_code(void)
{
    struct sock_fprog          prog;

    static struct sock_filter  filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };

    prog.len = MYTWIP_TEST_N(filter);
    prog.filter = filter;

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}


/* Runs tests in a process of their own, before there is another cmocka. */

static void
run_without_machine_code(void)
{
    pid_t                    pid;

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(there_is_no_machine_code),
        cmocka_unit_test(the_first_rule_that_matches_decides),
        cmocka_unit_test(a_rule_is_for_its_methods),
        cmocka_unit_test(a_capture_is_the_resource),
        cmocka_unit_test(without_a_fit_capture_there_is_no_resource),
        cmocka_unit_test(a_pattern_is_of_bytes),
        cmocka_unit_test(a_path_that_is_too_long_is_counted),
        cmocka_unit_test(a_path_that_hits_a_limit_is_counted),
        cmocka_unit_test(a_limit_is_hit_soon),
        cmocka_unit_test(rules_together_are_rules_one_by_one),
        cmocka_unit_test(the_example_knows_what_it_says),
    };

    without.said = tmpfile();
    if (without.said == NULL) {
        return;
    }

    pid = fork();

    if (pid == 0) {
        if (dup2(fileno(without.said), STDOUT_FILENO) == -1) {
            _exit(1);
        }

        if (!forbid_machine_code()) {
            _exit(SKIPPED);
        }

        exit(mytwip_test_run(tests) ? 1 : 0);
    }

    if (pid == -1 || waitpid(pid, &without.status, 0) != pid) {
        without.status = -1;
    }
}


static void
without_executable_memory_all_is_judged_the_same(void **state)
{
    char  line[1024];

    (void) state;

    if (WIFEXITED(without.status) && WEXITSTATUS(without.status) == SKIPPED) {
        print_message("# no seccomp here to forbid machine code with\n");
        skip();
    }

    assert_non_null(without.said);

    if (without.status != 0) {
        rewind(without.said);

        while (fgets(line, sizeof(line), without.said)) {
            print_message("#     %s", line);
        }
    }

    (void) fclose(without.said);

    assert_int_equal(without.status, 0);
}


int
main(void)
{
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
        cmocka_unit_test(rules_together_are_rules_one_by_one),
        cmocka_unit_test(random_rules_are_rules_one_by_one),
        cmocka_unit_test(the_example_knows_what_it_says),
        cmocka_unit_test(there_is_machine_code_if_pcre2_can),
        cmocka_unit_test(without_executable_memory_all_is_judged_the_same),
    };

    run_without_machine_code();

    return mytwip_test_run(tests);
}
