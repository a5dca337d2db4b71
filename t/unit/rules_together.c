
/*
 * Rules together decide as rules one by one: those that are left out by the
 * filter would not have matched.
 */

#include "rules.h"


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


int
main(void)
{
    const struct CMUnitTest  without_jit[] = {
        cmocka_unit_test(rules_together_are_rules_one_by_one),
    };

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(rules_together_are_rules_one_by_one),
        cmocka_unit_test(random_rules_are_rules_one_by_one),
        cmocka_unit_test(without_executable_memory_all_is_judged_the_same),
    };

    run_without_machine_code(without_jit);

    return mytwip_test_run(tests);
}
