
/*
 * The judgement of User-Agents: which rule decides, what is cut off, what a
 * hostile one may cost, and that all is the same without JIT.
 */

#include "machine_code.h"

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "mytwip_agent.h"


#define EXAMPLE  MYTWIP_TEST_VECTORS "/../../conf.example/agents.rules"
#define KNOWN    MYTWIP_TEST_VECTORS "/../agents/known.txt"

#define HOSTILE  32768


static mytwip_agents_t *
rules(const char *text)
{
    mytwip_error_t    err;
    mytwip_agents_t  *agents;

    memset(&err, 0, sizeof(err));

    agents = mytwip_agents_parse(text, strlen(text), &err);

    if (agents == NULL) {
        print_error("line %u: %s\n", err.line, err.text);
    }

    assert_non_null(agents);

    return agents;
}


static mytwip_agents_t *
example(void)
{
    mytwip_error_t    err;
    mytwip_agents_t  *agents;

    memset(&err, 0, sizeof(err));

    agents = mytwip_agents_load(EXAMPLE, &err);

    if (agents == NULL) {
        print_error("%s:%u: %s\n", EXAMPLE, err.line, err.text);
    }

    assert_non_null(agents);

    return agents;
}


/* Also that nothing behind the User-Agent is read. */

static unsigned
judged(mytwip_agents_t *agents, const void *ua, size_t len)
{
    void      *p;
    unsigned   agent;

    p = mytwip_test_copy(ua, len);
    agent = mytwip_agent(agents, p, len);
    mytwip_test_free(p);

    return agent;
}


static void
assert_judged(mytwip_agents_t *agents, const char *ua, unsigned agent)
{
    assert_string_equal(mytwip_agent_name(judged(agents, ua, strlen(ua))),
                        mytwip_agent_name(agent));
}


static void
the_first_rule_that_matches_decides(void **state)
{
    mytwip_agents_t  *agents;

    (void) state;

    agents = rules("human apple pie\nbot pie\nproxy apple\nbot fig\n"
                   "human ^fig\nprefetch apple|tart\n");

    assert_judged(agents, "an apple pie", MYTWIP_AGENT_HUMAN);
    assert_judged(agents, "a pie of apples", MYTWIP_AGENT_BOT);
    assert_judged(agents, "apple tart", MYTWIP_AGENT_PROXY);
    assert_judged(agents, "fig", MYTWIP_AGENT_BOT);
    assert_judged(agents, "tart", MYTWIP_AGENT_PREFETCH);
    assert_judged(agents, "bread", MYTWIP_AGENT_UNKNOWN);

    mytwip_agents_free(agents);
}


static void
without_a_user_agent_it_is_a_bot(void **state)
{
    mytwip_agents_t  *agents;

    (void) state;

    agents = rules("human .\n");

    assert_int_equal(mytwip_agent(agents, NULL, 0), MYTWIP_AGENT_BOT);
    assert_int_equal(mytwip_agent(agents, "", 0), MYTWIP_AGENT_BOT);
    assert_int_equal(mytwip_agent(NULL, NULL, 0), MYTWIP_AGENT_BOT);

    mytwip_agents_free(agents);
}


static void
without_rules_nothing_else_is_known(void **state)
{
    (void) state;

    assert_int_equal(mytwip_agent(NULL, "curl", 4), MYTWIP_AGENT_UNKNOWN);
    mytwip_agents_free(NULL);
}


static void
letters_are_alike_unless_a_rule_says_otherwise(void **state)
{
    mytwip_agents_t  *agents;

    (void) state;

    /* and what one says of that is not for the next */

    agents = rules("bot (?-i)Exact\nbot exercise\nbot ex(?-i)It\nbot exotic");

    assert_judged(agents, "Exact", MYTWIP_AGENT_BOT);
    assert_judged(agents, "exact", MYTWIP_AGENT_UNKNOWN);
    assert_judged(agents, "EXERCISE", MYTWIP_AGENT_BOT);
    assert_judged(agents, "EXIt", MYTWIP_AGENT_BOT);
    assert_judged(agents, "exit", MYTWIP_AGENT_UNKNOWN);
    assert_judged(agents, "EXOTIC", MYTWIP_AGENT_BOT);

    mytwip_agents_free(agents);
}


static void
any_byte_may_come(void **state)
{
    mytwip_agents_t  *agents;

    (void) state;

    agents = rules("bot bot$\nproxy ^\\x00\nhuman \\xff\\xfe.\n");

    assert_int_equal(judged(agents, "a\0bot", 5), MYTWIP_AGENT_BOT);
    assert_int_equal(judged(agents, "bot\0", 4), MYTWIP_AGENT_UNKNOWN);
    assert_int_equal(judged(agents, "bot\n", 4), MYTWIP_AGENT_UNKNOWN);
    assert_int_equal(judged(agents, "\0", 1), MYTWIP_AGENT_PROXY);
    assert_int_equal(judged(agents, "\xff\xfe\n", 3), MYTWIP_AGENT_HUMAN);
    assert_int_equal(judged(agents, "\xc3\xa9\xf0", 3), MYTWIP_AGENT_UNKNOWN);

    mytwip_agents_free(agents);
}


static void
what_is_too_long_is_judged_by_its_beginning(void **state)
{
    char              ua[HOSTILE];
    mytwip_agents_t  *agents;

    (void) state;

    agents = rules("bot bot\nhuman ^a+$\nproxy ^b+\n");

    memset(ua, 'a', sizeof(ua));

    memcpy(ua + MYTWIP_AGENT_LEN - 3, "bot", 3);
    assert_int_equal(judged(agents, ua, sizeof(ua)), MYTWIP_AGENT_BOT);

    memset(ua, 'a', sizeof(ua));

    memcpy(ua + MYTWIP_AGENT_LEN - 2, "bot", 3);
    assert_int_equal(judged(agents, ua, sizeof(ua)), MYTWIP_AGENT_UNKNOWN);

    /* the end of what is judged is not the end of the User-Agent */

    memset(ua, 'a', sizeof(ua));

    assert_int_equal(judged(agents, ua, MYTWIP_AGENT_LEN),
                     MYTWIP_AGENT_HUMAN);
    assert_int_equal(judged(agents, ua, MYTWIP_AGENT_LEN + 1),
                     MYTWIP_AGENT_UNKNOWN);

    memset(ua, 'b', sizeof(ua));

    assert_int_equal(judged(agents, ua, sizeof(ua)), MYTWIP_AGENT_PROXY);

    mytwip_agents_free(agents);
}


/*
 * Verdicts are remembered in fewer places than there are User-Agents here, and
 * each is asked for twice, the second time after all the others.
 */

static void
a_verdict_is_that_of_the_same_user_agent(void **state)
{
    int               len;
    char              ua[64];
    unsigned          i, round;
    mytwip_agents_t  *agents;

    (void) state;

    agents = rules("bot [13579]$\nhuman [02468]$\n");

    for (round = 0; round < 2; round++) {
        for (i = 0; i < 20000; i++) {
            len = snprintf(ua, sizeof(ua), "%*u", 1 + (int) i % 40, i);

            assert_int_equal(judged(agents, ua, (size_t) len),
                             i % 2 ? MYTWIP_AGENT_BOT : MYTWIP_AGENT_HUMAN);
        }
    }

    /* and nothing else that begins or ends alike */

    assert_judged(agents, "seen 1", MYTWIP_AGENT_BOT);
    assert_judged(agents, "seen 1 ", MYTWIP_AGENT_UNKNOWN);
    assert_judged(agents, "seen 2", MYTWIP_AGENT_HUMAN);
    assert_judged(agents, "seen 1", MYTWIP_AGENT_BOT);

    mytwip_agents_free(agents);
}


/*
 * Rules are not tried one by one but put together: each of many texts has to
 * be judged as by one rule after the other.
 */

static void
rules_together_are_rules_one_by_one(void **state)
{
    char                  ua[12], *text;
    size_t                len;
    unsigned              i, k, n, alone;
    mytwip_agents_t      *together, *one[16];

    static const char    *texts[] = {
        "bot abc", "bot a?cb", "bot ab*cc", "bot ^abb", "bot aBa", "bot bca",
        "bot a\\E?bb", "bot a(?#a)?bca", "bot b{2}c", "bot bc(?-i)B",
        "bot b|cbc", "bot (?-i)cC", "bot c.c$", "bot cc(?<!bcc)a",
        "bot .a+b+c", "bot C[bc]b"
    };

    (void) state;

    assert_int_equal(MYTWIP_TEST_N(texts), MYTWIP_TEST_N(one));

    text = calloc(MYTWIP_TEST_N(texts), 32);
    assert_non_null(text);

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        one[i] = rules(texts[i]);
        strcat(strcat(text, texts[i]), "\n");
    }

    together = rules(text);
    free(text);

    srandom(1);
    n = 0;

    for (k = 0; k < 20000; k++) {
        len = 1 + (size_t) random() % sizeof(ua);

        for (i = 0; i < len; i++) {
            ua[i] = "aabbccABC x"[random() % 11];
        }

        alone = MYTWIP_AGENT_UNKNOWN;

        for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
            if (mytwip_agent(one[i], ua, len) == MYTWIP_AGENT_BOT) {
                alone = MYTWIP_AGENT_BOT;
                n++;
            }
        }

        if (mytwip_agent(together, ua, len) != alone) {
            fail_msg("\"%.*s\" is %s together", (int) len, ua,
                     alone ? "unknown" : "a bot");
        }
    }

    /* else nothing has been tried */
    assert_in_range(n, 20000, 200000);

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        mytwip_agents_free(one[i]);
    }

    mytwip_agents_free(together);
}


/* Each of these would take years. */

static void
who_drives_a_rule_to_its_limits_is_a_bot(void **state)
{
    char                  ua[HOSTILE];
    unsigned              i;
    mytwip_agents_t      *agents;

    static const char    *texts[] = {
        "human (?:a+)+[xy]", "human ^(?:a+)+[xy]", "human ^(?:a|aa)+[xy]",
        "human ^(?:a|ab?)*[xy]", "human ^(?:.*.*.*.*.*.*a)+[xy]",
        "human ^(?:a?){99}(?:a?){99}(?:a?){99}(?:a?){99}[xy]",
        "human ^(?:(?:a*)*)*[xy]", "human ^.*a.*a.*a.*a.*a.*a.*[xy]"
    };

    (void) state;

    memset(ua, 'a', sizeof(ua));

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        agents = rules(texts[i]);

        assert_int_equal(judged(agents, ua, sizeof(ua)), MYTWIP_AGENT_BOT);

        /* and the next is judged as ever */
        assert_judged(agents, "aaaaaax", MYTWIP_AGENT_HUMAN);
        assert_judged(agents, "b", MYTWIP_AGENT_UNKNOWN);

        mytwip_agents_free(agents);
    }
}


static void
random_bytes_are_judged(void **state)
{
    char             *ua;
    size_t            i, k, len;
    unsigned          agent;
    mytwip_agents_t  *agents;

    (void) state;

    agents = example();
    srandom(2);

    for (k = 0; k < 5000; k++) {
        len = (size_t) random() % (k % 50 ? 200 : HOSTILE);
        ua = malloc(len + 1);
        assert_non_null(ua);

        for (i = 0; i < len; i++) {
            ua[i] = (char) random();
        }

        /* half of them begin like a browser, to come further */
        if (k % 2 && len > 13) {
            memcpy(ua, "Mozilla/5.0 (", 13);
        }

        agent = judged(agents, ua, len);
        assert_in_range(agent, MYTWIP_AGENT_UNKNOWN, MYTWIP_AGENT_PREFETCH);
        assert_int_equal(judged(agents, ua, len), agent);

        free(ua);
    }

    mytwip_agents_free(agents);
}


static void
the_example_knows_who_is_known(void **state)
{
    char              line[1024], *tab;
    FILE             *f;
    size_t            len;
    unsigned          n, wrong;
    mytwip_agents_t  *agents;

    (void) state;

    agents = example();

    f = fopen(KNOWN, "r");
    assert_non_null(f);

    n = 0;
    wrong = 0;

    while (fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = '\0';

        tab = strchr(line, '\t');
        if (line[0] == '#' || tab == NULL) {
            continue;
        }

        *tab++ = '\0';
        len = strlen(tab);
        n++;

        if (strcmp(line, mytwip_agent_name(mytwip_agent(agents, tab, len)))) {
            print_error("not %s: %s\n", line, tab);
            wrong++;
        }
    }

    assert_int_equal(fclose(f), 0);
    assert_in_range(n, 90, 1000);
    assert_int_equal(wrong, 0);

    mytwip_agents_free(agents);
}


/* whether it is as it was meant: with machine code, or without */

static void
there_is_no_machine_code(void **state)
{
    mytwip_agents_t  *agents;

    (void) state;

    agents = example();
    assert_false(mytwip_agents_jit(agents));
    mytwip_agents_free(agents);
}


static void
there_is_machine_code_if_pcre2_can(void **state)
{
    uint32_t          jit;
    mytwip_agents_t  *agents;

    (void) state;

    assert_int_equal(pcre2_config(PCRE2_CONFIG_JIT, &jit), 0);

    agents = example();
    assert_int_equal(mytwip_agents_jit(agents), jit);
    mytwip_agents_free(agents);
}


static int
ahead(const char *name, const char *value)
{
    int    yes;
    char  *n, *v;

    n = mytwip_test_copy(name, strlen(name));
    v = mytwip_test_copy(value, strlen(value));

    yes = mytwip_agent_prefetch(n, strlen(name), v, strlen(value));

    mytwip_test_free(n);
    mytwip_test_free(v);

    return yes;
}


static void
a_header_may_say_that_it_is_ahead_of_need(void **state)
{
    (void) state;

    assert_true(ahead("Sec-Purpose", "prefetch"));
    assert_true(ahead("sec-purpose", "prefetch;prerender"));
    assert_true(ahead("Sec-Purpose", "prefetch;anonymous-client-ip"));
    assert_true(ahead("Purpose", "Prefetch"));
    assert_true(ahead("purpose", "\tprerender "));
    assert_true(ahead("X-Purpose", "preview"));
    assert_true(ahead("X-Purpose", ": preview, instant"));
    assert_true(ahead("X-Moz", "prefetch"));

    assert_false(ahead("Sec-Purpose", ""));
    assert_false(ahead("Sec-Purpose", "navigate"));
    assert_false(ahead("Sec-Purpose", "prefetching"));
    assert_false(ahead("Sec-Purpose", "no-prefetch"));
    assert_false(ahead("X-Moz", "livebookmarks"));
    assert_false(ahead("Sec-Fetch-Purpose", "prefetch"));
    assert_false(ahead("Sec-Purpos", "prefetch"));
    assert_false(ahead("", "prefetch"));

    assert_false(mytwip_agent_prefetch("purpose", 7, "pre\0prefetchx", 13));
    assert_true(mytwip_agent_prefetch("purpose", 7, "pre\0prefetch", 12));
}


int
main(void)
{
    const struct CMUnitTest  without_jit[] = {
        cmocka_unit_test(there_is_no_machine_code),
        cmocka_unit_test(the_first_rule_that_matches_decides),
        cmocka_unit_test(what_is_too_long_is_judged_by_its_beginning),
        cmocka_unit_test(rules_together_are_rules_one_by_one),
        cmocka_unit_test(who_drives_a_rule_to_its_limits_is_a_bot),
        cmocka_unit_test(the_example_knows_who_is_known),
    };

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_first_rule_that_matches_decides),
        cmocka_unit_test(without_a_user_agent_it_is_a_bot),
        cmocka_unit_test(without_rules_nothing_else_is_known),
        cmocka_unit_test(letters_are_alike_unless_a_rule_says_otherwise),
        cmocka_unit_test(any_byte_may_come),
        cmocka_unit_test(what_is_too_long_is_judged_by_its_beginning),
        cmocka_unit_test(a_verdict_is_that_of_the_same_user_agent),
        cmocka_unit_test(rules_together_are_rules_one_by_one),
        cmocka_unit_test(who_drives_a_rule_to_its_limits_is_a_bot),
        cmocka_unit_test(random_bytes_are_judged),
        cmocka_unit_test(the_example_knows_who_is_known),
        cmocka_unit_test(there_is_machine_code_if_pcre2_can),
        cmocka_unit_test(without_executable_memory_all_is_judged_the_same),
        cmocka_unit_test(a_header_may_say_that_it_is_ahead_of_need),
    };

    run_without_machine_code(without_jit);

    return mytwip_test_run(tests);
}
