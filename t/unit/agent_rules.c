
/*
 * The text of a file of rules for User-Agents: what is taken, and what is said
 * of what is not.
 */

#include "test.h"

#include "mytwip_agent.h"


typedef struct {
    const char    *text;
    unsigned       line;
    const char    *error;
} bad_t;


static mytwip_agents_t *
parsed(const char *text, size_t len)
{
    char             *p;
    mytwip_error_t    err;
    mytwip_agents_t  *agents;

    memset(&err, 0, sizeof(err));

    p = mytwip_test_copy(text, len);
    agents = mytwip_agents_parse(p, len, &err);
    mytwip_test_free(p);

    if (agents == NULL) {
        print_error("line %u: %s\n", err.line, err.text);
    }

    assert_non_null(agents);

    return agents;
}


static unsigned
judged(mytwip_agents_t *agents, const char *ua)
{
    return mytwip_agent(agents, ua, strlen(ua));
}


static void
assert_refused(const char *text, size_t len, unsigned line, const char *error)
{
    char            *p;
    mytwip_error_t   err;

    memset(&err, 0x5a, sizeof(err));

    p = mytwip_test_copy(text, len);
    assert_null(mytwip_agents_parse(p, len, &err));
    mytwip_test_free(p);

    assert_string_equal(err.text, error);
    assert_int_equal(err.line, line);
    assert_int_equal(err.sys, 0);
}


/* n times the text, of which each "%" becomes the number */

static char *
repeated(const char *text, unsigned n, size_t *len)
{
    char        *buf, *p;
    unsigned     i;
    const char  *t;

    buf = malloc(n * (strlen(text) + 8) + 1);
    assert_non_null(buf);

    p = buf;

    for (i = 0; i < n; i++) {
        for (t = text; *t; t++) {
            if (*t == '%') {
                p += sprintf(p, "%u", i);
            } else {
                *p++ = *t;
            }
        }
    }

    *len = (size_t) (p - buf);

    return buf;
}


static void
lines_of_any_form_are_taken(void **state)
{
    unsigned              i;
    mytwip_agents_t      *agents;

    static const char    *texts[] = {
        "bot apple\nhuman pear\n",
        "bot apple\nhuman pear",
        "bot apple\r\nhuman pear\r\n",
        "# bot pear\n\n \t\n  # human apple\nbot apple\nhuman pear\n",
        "  bot\t apple\t\n\thuman   pear  ",
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        agents = parsed(texts[i], strlen(texts[i]));

        assert_int_equal(judged(agents, "an APPLE"), MYTWIP_AGENT_BOT);
        assert_int_equal(judged(agents, "a pear"), MYTWIP_AGENT_HUMAN);
        assert_int_equal(judged(agents, "a fig"), MYTWIP_AGENT_UNKNOWN);

        mytwip_agents_free(agents);
    }
}


static void
a_pattern_keeps_what_is_inside_of_it(void **state)
{
    const char        text[] = "proxy a  b # c\nbot x[ ]\n";
    mytwip_agents_t  *agents;

    (void) state;

    agents = parsed(text, sizeof(text) - 1);

    assert_int_equal(judged(agents, "a  b # c"), MYTWIP_AGENT_PROXY);
    assert_int_equal(judged(agents, "a b # c"), MYTWIP_AGENT_UNKNOWN);
    assert_int_equal(judged(agents, "a  b"), MYTWIP_AGENT_UNKNOWN);
    assert_int_equal(judged(agents, "x "), MYTWIP_AGENT_BOT);
    assert_int_equal(judged(agents, "x"), MYTWIP_AGENT_UNKNOWN);

    mytwip_agents_free(agents);
}


static void
every_class_has_its_name(void **state)
{
    const char        text[] = "human aa\nproxy bb\nbot cc\nprefetch dd\n";
    mytwip_agents_t  *agents;

    (void) state;

    agents = parsed(text, sizeof(text) - 1);

    assert_string_equal(mytwip_agent_name(judged(agents, "aa")), "human");
    assert_string_equal(mytwip_agent_name(judged(agents, "bb")), "proxy");
    assert_string_equal(mytwip_agent_name(judged(agents, "cc")), "bot");
    assert_string_equal(mytwip_agent_name(judged(agents, "dd")), "prefetch");
    assert_string_equal(mytwip_agent_name(judged(agents, "ee")), "unknown");
    assert_string_equal(mytwip_agent_name(5), "unknown");

    mytwip_agents_free(agents);
}


static void
what_is_wrong_is_said_of_its_line_and_column(void **state)
{
    unsigned            i;

    static const bad_t  bad[] = {
        { "", 0, "no rule in the file" },
        { "# bot x\n\n", 0, "no rule in the file" },
        { "bot x\nmachine x\n", 2, "unknown class, \"human\", \"proxy\","
          " \"bot\" or \"prefetch\" is expected" },
        { "Bot x\n", 1, "unknown class, \"human\", \"proxy\","
          " \"bot\" or \"prefetch\" is expected" },
        { "unknown x\n", 1, "unknown class, \"human\", \"proxy\","
          " \"bot\" or \"prefetch\" is expected" },
        { "bots\n", 1, "unknown class, \"human\", \"proxy\","
          " \"bot\" or \"prefetch\" is expected" },
        { "\n\nbot\n", 3, "no pattern after the class" },
        { "bot \t \r\n", 1, "no pattern after the class" },

        { "bot fine\nbot  a(b\n", 2, "column 9: missing closing parenthesis" },
        { "bot a)(?:b\n", 1, "column 6: unmatched closing parenthesis" },
        { "bot *\n", 1, "column 5: quantifier does not follow a repeatable"
          " item" },
        { "bot a\\\n", 1, "column 7: \\ at end of pattern" },
        { "bot [z-a]\n", 1, "column 8: range out of order in character"
          " class" },
        { "bot a\\Cb\n", 1, "column 8: using \\C is disabled by the"
          " application" },
        { "bot (a)\\1\n", 1, "column 9: reference to non-existent"
          " subpattern" },

        { "bot (?<name>a)\n", 1, "pattern captures, a group without a name"
          " would not" },
        { "bot (?-n)(a)b\n", 1, "pattern captures, a group without a name"
          " would not" },
        { "bot a(?C1)b\n", 1, "pattern has a callout" },
        { "bot a*\n", 1, "pattern may match nothing at all, and so anything" },
        { "bot ^\n", 1, "pattern may match nothing at all, and so anything" },
        { "bot ^(?!Mozilla)\n", 1, "pattern may match nothing at all, and so"
          " anything" },
        { "bot a|\n", 1, "pattern may match nothing at all, and so anything" },

        { "bot a(*COMMIT)b\n", 1, "column 6: \"(*\" is not allowed in a"
          " rule" },
        { "bot (*UTF)b\n", 1, "column 5: \"(*\" is not allowed in a rule" },
        { "bot (*NO_JIT)b\n", 1, "column 5: \"(*\" is not allowed in a"
          " rule" },
        { "bot \\\\(*ACCEPT)\n", 1, "column 7: \"(*\" is not allowed in a"
          " rule" },
        { "bot \\Qa\\\\E(*F)\n", 1, "column 11: \"(*\" is not allowed in a"
          " rule" },
        { "bot \\c\\(*F)\n", 1, "column 8: \"(*\" is not allowed in a rule" },
        { "bot a(?R)?b\n", 1, "column 6: recursion is not allowed in a"
          " rule" },
        { "bot a(?0)?b\n", 1, "column 6: recursion is not allowed in a"
          " rule" },
        { "bot a\\g<0>?b\n", 1, "column 6: \"\\g\" is not allowed in a"
          " rule" },

        { "bot \\Qa\nbot b\n", 1, "pattern leaves \"\\Q\" or a comment"
          " open" },
        { "bot (?x)a # b\n", 1, "pattern leaves \"\\Q\" or a comment open" },

        { "bot x\n\nbot y\nbot x\n", 4, "pattern is there twice, first in"
          " line 1" },
        { "bot x\nproxy x\n", 2, "pattern is there twice, first in line 1" },
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(bad); i++) {
        assert_refused(bad[i].text, strlen(bad[i].text), bad[i].line,
                       bad[i].error);
    }
}


static void
what_only_looks_forbidden_is_taken(void **state)
{
    unsigned              i;
    mytwip_agents_t      *agents;

    static const char    *texts[] = {
        "bot a\\(*b", "bot (a|b)c", "bot \\Qa+\\E", "bot a[*(]b",
        "bot (?x) a b", "bot \\\\gx", "bot ab\\*", "bot (?=a)ab", "bot a++b",
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        agents = parsed(texts[i], strlen(texts[i]));
        mytwip_agents_free(agents);
    }
}


static void
a_zero_byte_is_refused(void **state)
{
    const char  text[] = "bot x\n# comm\0ent\n";

    (void) state;

    assert_refused(text, sizeof(text) - 1, 2, "zero byte in the line");
}


static void
the_length_of_a_line_is_limited(void **state)
{
    char    *text;
    size_t   len;

    (void) state;

    text = repeated("b", MYTWIP_AGENTS_LINE_MAX + 1, &len);
    memcpy(text, "bot ", 4);

    mytwip_agents_free(parsed(text, len - 1));

    assert_refused(text, len, 1, "line is longer than 1024 bytes");

    free(text);
}


static void
the_number_of_rules_is_limited(void **state)
{
    char             *text;
    size_t            len;
    mytwip_agents_t  *agents;

    (void) state;

    text = repeated("bot x%y\n", MYTWIP_AGENTS_MAX, &len);
    agents = parsed(text, len);
    free(text);

    assert_int_equal(judged(agents, "x0y"), MYTWIP_AGENT_BOT);
    assert_int_equal(judged(agents, "x1023y"), MYTWIP_AGENT_BOT);
    assert_int_equal(judged(agents, "x1024y"), MYTWIP_AGENT_UNKNOWN);

    mytwip_agents_free(agents);

    text = repeated("bot x%y\n", MYTWIP_AGENTS_MAX + 1, &len);
    assert_refused(text, len, 1025, "more than 1024 rules");
    free(text);
}


static void
the_number_of_changes_of_class_is_limited(void **state)
{
    char             *text;
    size_t            len;
    mytwip_agents_t  *agents;

    (void) state;

    /* anchored and not, so that each run of a class is compiled twice */

    text = repeated("bot ^a%a\nbot b%b\nhuman ^c%c\nhuman d%d\n",
                    MYTWIP_AGENTS_BLOCKS / 2, &len);
    agents = parsed(text, len);
    free(text);

    assert_int_equal(judged(agents, "d15d"), MYTWIP_AGENT_HUMAN);
    assert_int_equal(judged(agents, "a15a"), MYTWIP_AGENT_BOT);

    mytwip_agents_free(agents);

    text = repeated("bot ^a%a\nbot b%b\nhuman ^c%c\nhuman d%d\n",
                    MYTWIP_AGENTS_BLOCKS / 2 + 1, &len);
    assert_refused(text, len, 65, "class changes more than 31 times");
    free(text);
}


static void
rules_too_large_for_pcre2_are_refused(void **state)
{
    char    *text;
    size_t   len;

    (void) state;

    assert_refused("bot (?:(?:ab){999}){999}", 24, 1,
                   "column 25: regular expression is too large");

    text = repeated("bot [ab]%(?:ab){999}\n", 20, &len);
    assert_refused(text, len, 1, "rules of one class from line 1 to line 20"
                   " are too large together");
    free(text);
}


/*
 * Rules made of pieces at random: what is taken alone is taken beside others,
 * and together they match what one of them matches.
 */

static void
what_is_taken_alone_is_taken_beside_others(void **state)
{
    char                  text[64 * 300], pattern[64], ua[8];
    size_t                len, n;
    unsigned              i, k, taken, alone, bots;
    mytwip_error_t        err;
    mytwip_agents_t      *agents, *one[300];

    static const char    *pieces[] = {
        "a", "b", "A", "\\E", "\\Q", "\\", "(", "(?:", "(?#", ")", "[", "]",
        "|", "*", "+", "?", "{2}", "#", "(?x)", "(?-i)", "(?n)", "(?^)", "c",
        "\\K", "\\c", "\\b", "^", "$", "(?=", "(?<!a", "(?>", "(?|", "\\1",
        "\\N{", "}", "\\x{", "(?C", "(*", "(?R)", "\\G", "(?<n>", "-", "\xff"
    };

    (void) state;

    srandom(3);

    text[0] = '\0';
    taken = 0;

    for (k = 0; k < 50000 && taken < MYTWIP_TEST_N(one); k++) {
        strcpy(pattern, "bot ");

        for (i = 0; i < 2 + k % 5; i++) {
            strcat(pattern, pieces[(size_t) random()
                                   % MYTWIP_TEST_N(pieces)]);
        }

        strcat(pattern, "\n");

        agents = mytwip_agents_parse(pattern, strlen(pattern), &err);

        if (agents == NULL || strstr(text, pattern) != NULL) {
            mytwip_agents_free(agents);
            continue;
        }

        one[taken++] = agents;
        strcat(text, pattern);
    }

    assert_int_equal(taken, MYTWIP_TEST_N(one));

    agents = parsed(text, strlen(text));
    bots = 0;

    for (k = 0; k < 3000; k++) {
        len = 1 + (size_t) random() % sizeof(ua);

        for (n = 0; n < len; n++) {
            ua[n] = "aabbcA#|)~~~~~~~"[random() % 16];
        }

        alone = MYTWIP_AGENT_UNKNOWN;

        for (i = 0; i < taken && alone == MYTWIP_AGENT_UNKNOWN; i++) {
            alone = mytwip_agent(one[i], ua, len);
        }

        if (mytwip_agent(agents, ua, len) != alone) {
            fail_msg("\"%.*s\" is not a %s together", (int) len, ua,
                     mytwip_agent_name(alone));
        }

        bots += (alone == MYTWIP_AGENT_BOT);
    }

    /* else there was nothing to tell apart */
    assert_in_range(bots, 100, 2900);

    for (i = 0; i < taken; i++) {
        mytwip_agents_free(one[i]);
    }

    mytwip_agents_free(agents);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(lines_of_any_form_are_taken),
        cmocka_unit_test(a_pattern_keeps_what_is_inside_of_it),
        cmocka_unit_test(every_class_has_its_name),
        cmocka_unit_test(what_is_wrong_is_said_of_its_line_and_column),
        cmocka_unit_test(what_only_looks_forbidden_is_taken),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(the_length_of_a_line_is_limited),
        cmocka_unit_test(the_number_of_rules_is_limited),
        cmocka_unit_test(the_number_of_changes_of_class_is_limited),
        cmocka_unit_test(rules_too_large_for_pcre2_are_refused),
        cmocka_unit_test(what_is_taken_alone_is_taken_beside_others),
    };

    return mytwip_test_run(tests);
}
