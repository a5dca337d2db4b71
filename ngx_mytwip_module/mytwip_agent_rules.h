
/*
 * The file of mytwip_agents, read into a list of rules that are each known to
 * be good; mytwip_agent compiles and asks them.  See mytwip_agent.h for what
 * the file is.
 */

#ifndef _MYTWIP_AGENT_RULES_H_INCLUDED_
#define _MYTWIP_AGENT_RULES_H_INCLUDED_


#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "mytwip_agent.h"


typedef struct {
    unsigned                 line;
    unsigned                 agent;
    unsigned                 anchored:1;    /* can match at the start only */
    unsigned                 joined:1;      /* mytwip_agent_join() was here */
    size_t                   column;        /* of the pattern, from 0 */
    size_t                   len;
    const char              *pattern;       /* in the text that was parsed */
} mytwip_agent_rule_t;


typedef struct {
    pcre2_compile_context   *ctx;
    unsigned                 n;
    mytwip_agent_rule_t      rule[MYTWIP_AGENTS_MAX];       /* in order */
} mytwip_agent_rules_t;


/*
 * The text has to stay as long as the rules, which point into it.  Returns
 * NULL with *err filled on any error.
 */
mytwip_agent_rules_t *mytwip_agent_rules_parse(const char *text, size_t len,
    mytwip_error_t *err);
void mytwip_agent_rules_free(mytwip_agent_rules_t *rules);

/*
 * Compiles a pattern as all are.  Returns NULL with PCRE2's error code and the
 * offset in the pattern.
 */
pcre2_code *mytwip_agent_compile(const mytwip_agent_rules_t *rules,
    const char *pattern, size_t len, int *error, size_t *offset);


#endif /* _MYTWIP_AGENT_RULES_H_INCLUDED_ */
