
/*
 * A User-Agent against the rules that are shipped.  The input is a
 * User-Agent, and, behind a line feed, the value of Sec-Purpose.
 *
 * Judging ends, gives a class that there is, the same each time, and does not
 * look beyond what is judged.
 */

#include "fuzz.h"

#include "mytwip_agent.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                      prefetch;
    char                    *ua, *value;
    size_t                   len;
    unsigned                 agent;
    const uint8_t           *p;
    mytwip_error_t           err;
    static mytwip_agents_t  *agents;

    if (agents == NULL) {
        agents = mytwip_agents_load(MYTWIP_FUZZ_CONF "/agents.rules", &err);
        must(agents != NULL);
    }

    p = fuzz_until(&data, &size, '\n', &len);

    ua = fuzz_copy(p, len);
    value = fuzz_copy(data, size);

    agent = mytwip_agent(agents, ua, len);

    must(agent <= MYTWIP_AGENT_PREFETCH);
    must(agent == mytwip_agent(agents, ua, len));
    must(len != 0 || agent == MYTWIP_AGENT_BOT);
    must(mytwip_agent_name(agent)[0] != '\0');

    if (len > MYTWIP_AGENT_LEN + 1) {
        must(agent == mytwip_agent(agents, ua, MYTWIP_AGENT_LEN + 1));
    }

    prefetch = mytwip_agent_prefetch("sec-purpose", 11, value, size);

    must(prefetch == 0 || prefetch == 1);
    must(mytwip_agent_prefetch("sec-purposes", 12, value, size) == 0);
    must(mytwip_agent_prefetch(value, size, "prefetch", 8) == 0
         || size == 5 || size == 7 || size == 9 || size == 11);

    fuzz_free(ua);
    fuzz_free(value);

    return 0;
}
