
/*
 * Who asks, a person or a machine: the class of a request, by its User-Agent
 * and what else it says of itself.  Nothing of either is kept.
 *
 * The rules are a file with one a line, "class pattern": class is human,
 * proxy, bot or prefetch; pattern is PCRE2's, goes on to the end of the line,
 * and takes letters of either case alike unless it says (?-i).  Blanks at
 * both ends of a line are ignored, as are empty lines and those that begin
 * with "#".  THE FIRST RULE THAT MATCHES DECIDES, as with regex locations of
 * nginx; where none does, nothing is known: MYTWIP_AGENT_UNKNOWN.
 *
 * Lines of one class that follow each other are compiled into one
 * alternation.  Refused is what an alternation cannot take, or what costs
 * more than it gives here: a pattern that may match nothing at all, named
 * groups (others do not capture), references, recursion, callouts, \C, and
 * whatever begins with "(*".
 *
 * Order of judgement:
 *
 *   HEAD                                       bot: nobody looks
 *   a header by mytwip_agent_prefetch()        prefetch
 *   no User-Agent, or an empty one             bot: browsers have one
 *   the rules                                  the first that matches
 *
 * The caller sees to the first two.
 *
 * What a User-Agent may cost is limited: its first MYTWIP_AGENT_LEN bytes are
 * judged, where "$" matches only if nothing was cut off, and one that drives
 * a rule to its match limit is a bot's.
 *
 * Judging writes to the rules' match data: a set belongs to one thread.
 */

#ifndef _MYTWIP_AGENT_H_INCLUDED_
#define _MYTWIP_AGENT_H_INCLUDED_


#include <stddef.h>

#include "mytwip_error.h"
#include "mytwip_event.h"


#define MYTWIP_AGENT_LEN        512         /* bytes judged */

#define MYTWIP_AGENTS_FILE_MAX  131072
#define MYTWIP_AGENTS_LINE_MAX  1024
#define MYTWIP_AGENTS_MAX       1024        /* rules */
#define MYTWIP_AGENTS_BLOCKS    32          /* changes of class in a file */


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
 * Whether the rules are machine code.  If not, because PCRE2 was built
 * without or the system lets nobody make any, all is the same but slower, by
 * ten times and more.
 */
int mytwip_agents_jit(const mytwip_agents_t *agents);

/* Returns MYTWIP_AGENT_*.  With NULL for the rules only "" is judged. */
unsigned mytwip_agent(mytwip_agents_t *agents, const void *ua, size_t len);

/*
 * Whether this header of a request says that it was made ahead of need:
 * Sec-Purpose, Purpose, X-Purpose or X-Moz with prefetch, prerender, preview
 * or instant among its values.
 */
int mytwip_agent_prefetch(const void *name, size_t name_len,
    const void *value, size_t value_len);

/* "unknown", "human", "proxy", "bot", "prefetch" */
const char *mytwip_agent_name(unsigned agent);


#endif /* _MYTWIP_AGENT_H_INCLUDED_ */
