
/*
 * Which requests are an activity, and of what: rules from method and path.
 *
 * The rules are a file with one a line:
 *
 *     METHOD REGEX activity [resource-type=$capture]
 *
 *     METHOD         GET, POST ..., several as in "GET|HEAD", or "*" for any
 *     REGEX          PCRE2's, of the path: nginx's normalised URI, unescaped
 *                    and without arguments; a blank is \x20 or [ ]; case
 *                    matters, "." is any byte, "$" is the very end
 *     activity       a slug
 *     resource-type  a slug; $capture is a named group of REGEX, or $1, $2 ...
 *
 * Empty lines and those that begin with "#" are skipped; a word that begins
 * with "#" behind the activity begins a comment.
 *
 * THE FIRST RULE THAT MATCHES DECIDES.  A group that took no part in the
 * match, that is empty, or longer than MYTWIP_ACTIVITY_ID_MAX bytes leaves the
 * activity without a resource.  What a resource's id has for bytes is up to
 * whoever asked: they need not be UTF-8.
 *
 * Refused is what hides from a reader, the one here or a person, what a
 * pattern is: \Q, \E, comments, callouts, \C and whatever begins with "(*".
 *
 * What a path may cost is limited: one of more than MYTWIP_RULES_PATH bytes,
 * or that drives a rule to the limits of matching, is no activity; it is
 * counted.
 *
 * Asking writes to the match data that a set of rules has for itself: a set
 * belongs to one thread.
 */

#ifndef _MYTWIP_RULES_H_INCLUDED_
#define _MYTWIP_RULES_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "mytwip_error.h"


#define MYTWIP_RULES_PATH      512          /* bytes judged */

#define MYTWIP_RULES_FILE_MAX  131072
#define MYTWIP_RULES_LINE_MAX  1024

#ifndef MYTWIP_RULES_MAX                    /* t/fuzz takes fewer */
#define MYTWIP_RULES_MAX       1024         /* rules */
#endif


typedef struct mytwip_rules_s  mytwip_rules_t;


typedef struct {
    const char    *activity;                /* these two live as the rules */
    size_t         activity_len;
    const char    *resource_type;           /* NULL without a resource */
    size_t         resource_type_len;
    const char    *resource_id;             /* in the path */
    size_t         resource_id_len;
} mytwip_rule_match_t;


/*
 * Reads the file; returns NULL with *err filled (line and text) on any error.
 * What it returns is freed by mytwip_rules_free().
 */
mytwip_rules_t *mytwip_rules_load(const char *path, mytwip_error_t *err);
void mytwip_rules_free(mytwip_rules_t *rules);

/* The same from a buffer: the parser alone, for tests and fuzzers. */
mytwip_rules_t *mytwip_rules_parse(const char *text, size_t len,
    mytwip_error_t *err);

/*
 * Whether all rules are machine code.  If not, because PCRE2 was built without
 * JIT or the system lets nobody make machine code, each matches the same, but
 * slower.
 */
int mytwip_rules_jit(const mytwip_rules_t *rules);

/* Returns 1 with *match filled, or 0: no rule matches, or a limit was hit. */
int mytwip_rules_match(mytwip_rules_t *rules, const void *method,
    size_t method_len, const void *path, size_t path_len,
    mytwip_rule_match_t *match);

/* How many requests have hit a limit. */
uint64_t mytwip_rules_limited(const mytwip_rules_t *rules);


#endif /* _MYTWIP_RULES_H_INCLUDED_ */
