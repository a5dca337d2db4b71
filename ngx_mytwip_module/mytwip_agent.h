
/*
 * Who asks, a person or a machine: the class of a request, by its User-Agent
 * and what else it says of itself.  Nothing of either is stored, and nothing
 * ties it to a request: a set of rules remembers up to a thousand User-Agents,
 * in memory, with its verdict, until it is told to forget them.
 *
 * The rules are a file with one a line, "class pattern": class is human,
 * proxy, bot or prefetch; pattern is PCRE2's, goes on to the end of the line,
 * and takes letters of either case alike unless it says (?-i).  Blanks at
 * both ends of a line are ignored: a pattern's own is written "[ ]" there.
 * Empty lines and those that begin with "#" are skipped.
 *
 * THE FIRST RULE THAT MATCHES DECIDES, as with regex locations of nginx;
 * where none does, nothing is known: MYTWIP_AGENT_UNKNOWN.
 *
 * Refused is what cannot stand beside other rules, or costs more than it gives
 * here: a pattern that may match nothing at all, one that is there twice,
 * named groups (others do not capture), references, recursion, callouts, \C,
 * and whatever begins with "(*".
 *
 * The order of judgement, of which the caller sees to the first two:
 *
 *     HEAD                                 bot: it does not want the image
 *     a header by mytwip_agent_prefetch()  prefetch
 *     no User-Agent, or an empty one       bot: all browsers send one
 *     the rules                            what the first that matches says
 *
 * What a User-Agent may cost is limited.  Its first MYTWIP_AGENT_LEN bytes
 * are judged, and "$" matches only if that is all of it.  One that drives a
 * rule to the limits of matching is a bot's: no person's browser sends what
 * takes so long to read.
 *
 * Asking writes to the match data and the memory that a set of rules has for
 * itself: a set belongs to one thread.
 */

#ifndef _MYTWIP_AGENT_H_INCLUDED_
#define _MYTWIP_AGENT_H_INCLUDED_


#include <stddef.h>

#include "mytwip_error.h"
#include "mytwip_event.h"


#define MYTWIP_AGENT_LEN        384         /* bytes judged */

#define MYTWIP_AGENTS_FILE_MAX  131072
#define MYTWIP_AGENTS_LINE_MAX  1024
#define MYTWIP_AGENTS_MAX       1024        /* rules */
#define MYTWIP_AGENTS_BLOCKS    32          /* runs of rules of one class */


typedef struct mytwip_agents_s  mytwip_agents_t;


/*
 * Reads the file; returns NULL with *err filled (line and text) on any error.
 * What it returns is freed by mytwip_agents_free().
 */
mytwip_agents_t *mytwip_agents_load(const char *path, mytwip_error_t *err);
void mytwip_agents_free(mytwip_agents_t *agents);

/* The same from a buffer: the parser alone, for tests and fuzzers. */
mytwip_agents_t *mytwip_agents_parse(const char *text, size_t len,
    mytwip_error_t *err);

/*
 * Whether all rules are machine code.  If not, because PCRE2 was built without
 * JIT or the system lets nobody make machine code, each is judged the same,
 * and some fifteen times slower.
 */
int mytwip_agents_jit(const mytwip_agents_t *agents);

/* Forgets the User-Agents that were judged; to be called now and then. */
void mytwip_agents_forget(mytwip_agents_t *agents);

/*
 * Returns MYTWIP_AGENT_*.  Without rules, agents NULL, it knows only what a
 * missing User-Agent means.
 */
unsigned mytwip_agent(mytwip_agents_t *agents, const void *ua, size_t len);

/*
 * The same of a User-Agent that is not empty, by the rules, without looking
 * whether it has been judged before: what the first of its kind costs.
 */
unsigned mytwip_agent_judge(mytwip_agents_t *agents, const void *ua,
    size_t len);

/*
 * Whether this header of a request says that it is made ahead of need:
 * Sec-Purpose, Purpose, X-Purpose or X-Moz, with prefetch, prerender, preview
 * or instant among its values.
 */
int mytwip_agent_prefetch(const void *name, size_t name_len,
    const void *value, size_t value_len);

/* "unknown", "human", "proxy", "bot", "prefetch" */
const char *mytwip_agent_name(unsigned agent);


#endif /* _MYTWIP_AGENT_H_INCLUDED_ */
