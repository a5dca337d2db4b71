
/*
 * The file of mytwip_activity_rules, read into a list of rules that are each
 * compiled and known to be good; mytwip_rules asks them.  See mytwip_rules.h
 * for what the file is.
 *
 * Two things are read off a pattern, so that few rules have to be run: what a
 * path must begin with, and which pairs of neighbouring letters it must have.
 * Either may be less than the truth, never more.
 */

#ifndef _MYTWIP_RULES_FILE_H_INCLUDED_
#define _MYTWIP_RULES_FILE_H_INCLUDED_


#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "mytwip_rules.h"


#define MYTWIP_RULES_HEAD      64           /* bytes kept of a beginning */

#define MYTWIP_RULES_ANY       0xffffffffu
#define MYTWIP_RULES_OTHER     0x80000000u  /* what no rule can name */


typedef struct {
    size_t          len;
    const char     *data;                   /* in the text that was parsed */
} mytwip_rule_word_t;


/* pairs of neighbouring letters, each hashed to a bit */

typedef struct {
    uint64_t        bits[2];
} mytwip_rule_pairs_t;


typedef struct {
    unsigned               line;
    unsigned               methods;         /* one bit each */
    unsigned               capture;         /* of the resource's id, or 0 */
    mytwip_rule_word_t     pattern;
    mytwip_rule_word_t     activity;
    mytwip_rule_word_t     type;            /* of the resource */
    pcre2_code            *code;
    mytwip_rule_pairs_t    pairs;           /* must be in the path */
    size_t                 head_len;
    char                   head[MYTWIP_RULES_HEAD];     /* must begin it */
} mytwip_rule_t;


typedef struct {
    pcre2_compile_context *ctx;
    unsigned               n;
    unsigned               captures;        /* the most that a rule has */
    mytwip_rule_t          rule[MYTWIP_RULES_MAX];      /* in order */
} mytwip_rule_list_t;


/*
 * The text has to stay as long as the list, which points into it.  Returns
 * NULL with *err filled on any error.
 */
mytwip_rule_list_t *mytwip_rule_list_parse(const char *text, size_t len,
    mytwip_error_t *err);
void mytwip_rule_list_free(mytwip_rule_list_t *list);

/* The bit of a method; MYTWIP_RULES_OTHER if it is none of those known. */
unsigned mytwip_rule_method(const void *name, size_t len);

/*
 * Finds the end of the pattern that begins at line + start: the first blank
 * that is not in brackets.  Returns -1 with *err filled if there is in it what
 * is not allowed.
 */
int mytwip_rule_pattern(mytwip_rule_t *rule, const char *line, size_t len,
    size_t start, mytwip_error_t *err);

/* Fills pairs and head from the pattern. */
void mytwip_rule_literals(mytwip_rule_t *rule);


/* Adds the pairs of a text. */

static inline void
mytwip_rule_pairs(mytwip_rule_pairs_t *pairs, const char *text, size_t len)
{
    size_t    i;
    uint32_t  hash;

    for (i = 1; i < len; i++) {
        hash = ((uint32_t) (uint8_t) text[i - 1] << 8 | (uint8_t) text[i])
               * 0x9e3779b1u;

        pairs->bits[hash >> 31] |= (uint64_t) 1 << (hash >> 25 & 63);
    }
}


#endif /* _MYTWIP_RULES_FILE_H_INCLUDED_ */
