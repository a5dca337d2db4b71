
/*
 * The file of mytwip_agents, and a User-Agent.  The input is the file, a zero,
 * and the User-Agent.
 *
 * The rules that are compiled into a few large patterns judge as they would
 * one by one: the first that matches decides.  An input of odd length is
 * judged without machine code.
 */

#include "fuzz.h"

#include "mytwip_agent.h"
#include "mytwip_agent_rules.h"


static int expensive(const char *text, size_t len);
static int one_by_one(const mytwip_agent_rules_t *rules, const char *ua,
    size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                    expected;
    char                  *text, *ua;
    size_t                 len;
    unsigned               agent;
    const uint8_t         *p;
    mytwip_error_t         err;
    mytwip_agents_t       *agents;
    mytwip_agent_rules_t  *rules;

    memset(&err, 0, sizeof(err));
    fuzz_jit(size % 2 == 0);

    p = fuzz_until(&data, &size, '\0', &len);

    text = fuzz_copy(p, len);
    ua = fuzz_copy(data, size);

    agents = mytwip_agents_parse(text, len, &err);

    if (agents == NULL) {
        must(err.text[0] != '\0');
        must(memchr(err.text, '\0', sizeof(err.text)) != NULL);

    } else {
        rules = mytwip_agent_rules_parse(text, len, &err);
        must(rules != NULL && rules->n >= 1);

        agent = mytwip_agent(agents, ua, size);
        must(agent <= MYTWIP_AGENT_PREFETCH);
        must(agent == mytwip_agent(agents, ua, size));

        expected = one_by_one(rules, ua, size);
        must(expected == -1 || agent == (unsigned) expected
             || (agent == MYTWIP_AGENT_BOT && expensive(text, len)));

        mytwip_agent_rules_free(rules);
        mytwip_agents_free(agents);
    }

    fuzz_free(text);
    fuzz_free(ua);

    return 0;
}


/*
 * Whether rules may go over the limits, which is a bot's, where one by one
 * they would not: PCRE2 sees that "(a+)+t" needs a "t", but not that this and
 * another rule do.  More than one repetition may cost more than its length.
 */

static int
expensive(const char *text, size_t len)
{
    size_t    i;
    unsigned  n;

    n = 0;

    for (i = 0; i < len; i++) {
        n += strchr("*+?{", text[i]) != NULL;
    }

    return n > 1;
}


/* Returns -1 where a rule is too expensive to say. */

static int
one_by_one(const mytwip_agent_rules_t *rules, const char *ua, size_t len)
{
    int                   rc, agent, error;
    size_t                offset;
    uint32_t              options;
    unsigned              i;
    pcre2_code           *code;
    pcre2_match_data     *match;
    pcre2_match_context  *limits;

    if (len == 0) {
        return MYTWIP_AGENT_BOT;
    }

    options = 0;

    if (len > MYTWIP_AGENT_LEN) {
        len = MYTWIP_AGENT_LEN;
        options = PCRE2_NOTEOL;
    }

    agent = MYTWIP_AGENT_UNKNOWN;
    match = pcre2_match_data_create(1, NULL);
    limits = pcre2_match_context_create(NULL);
    must(match != NULL && limits != NULL);

    /* well below what the whole may cost */
    (void) pcre2_set_match_limit(limits, 50);

    for (i = 0; i < rules->n; i++) {
        code = mytwip_agent_compile(rules, rules->rule[i].pattern,
                                    rules->rule[i].len, &error, &offset);
        must(code != NULL);

        rc = pcre2_match(code, (PCRE2_SPTR) ua, len, 0, options, match,
                         limits);

        pcre2_code_free(code);

        if (rc >= 0) {
            agent = (int) rules->rule[i].agent;
            break;
        }

        if (rc != PCRE2_ERROR_NOMATCH) {
            agent = -1;
            break;
        }
    }

    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);

    return agent;
}
