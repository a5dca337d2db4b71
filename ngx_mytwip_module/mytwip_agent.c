
/*
 * The rules for User-Agents, compiled at start and asked once a request: see
 * mytwip_agent.h for what they are, mytwip_agent_rules for their file.
 * Judging allocates nothing and logs nothing.
 *
 * Most of what asks says the same as somebody before.  A verdict is therefore
 * found again by the User-Agent itself, letter by letter: no hash decides, so
 * nobody can have another's User-Agent judged as his own.
 *
 * Rules of one class that follow each other may be asked in any order, and
 * that is what makes them cheap.  Those that can match at the beginning only
 * are an alternation of their own, which is tried once; of the others, which
 * are tried at each letter of a User-Agent, those that begin with the same
 * letter are one alternative: "c(?:rawl|heck)".
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mytwip_agent.h"
#include "mytwip_agent_rules.h"
#include "mytwip_file.h"


/*
 * How often a match may try again.  PCRE2 counts from each place in the
 * User-Agent anew; without JIT it counts each alternative, with JIT it counts
 * only where a rule repeats something or goes back.
 */
#define MYTWIP_AGENT_TRIES      10000
#define MYTWIP_AGENT_TRIES_JIT  1000

#define MYTWIP_AGENT_HEAP       1024        /* KiB, without JIT */
#define MYTWIP_AGENT_STACK      65536       /* with JIT */

#ifndef MYTWIP_AGENT_PLACES                 /* t/fuzz has fewer */
#define MYTWIP_AGENT_PLACES     1024        /* a power of two */
#endif

#define MYTWIP_AGENT_KNOWN      254         /* bytes of a User-Agent there */


typedef struct {
    unsigned                agent;
    unsigned                jit;            /* code has been compiled by it */
    pcre2_code             *code;
    pcre2_match_context    *ctx;            /* the limits */
} mytwip_agent_block_t;


/* a User-Agent that was judged; the next one of the same place replaces it */

typedef struct {
    uint8_t                 len;            /* 0: nobody has been here */
    uint8_t                 agent;
    char                    text[MYTWIP_AGENT_KNOWN];
} mytwip_agent_place_t;


struct mytwip_agents_s {
    pcre2_match_data       *match;
    pcre2_jit_stack        *stack;          /* NULL if there is no JIT */
    unsigned                n;
    mytwip_agent_block_t    block[2 * MYTWIP_AGENTS_BLOCKS];
    mytwip_agent_place_t    place[MYTWIP_AGENT_PLACES];
};


static mytwip_agents_t *mytwip_agents_create(mytwip_agent_rules_t *rules,
    mytwip_error_t *err);
static int mytwip_agents_compile(mytwip_agents_t *agents,
    mytwip_agent_rules_t *rules, mytwip_error_t *err);
static int mytwip_agents_block(mytwip_agents_t *agents,
    const mytwip_agent_rules_t *rules, mytwip_agent_rule_t *rule, unsigned n,
    unsigned anchored, mytwip_error_t *err);
static int mytwip_agents_limits(mytwip_agents_t *agents,
    mytwip_agent_block_t *block);
static char *mytwip_agent_join(mytwip_agent_rule_t *rule, unsigned n,
    unsigned anchored, size_t *len);
static char *mytwip_agent_group(char *p, const char *text, size_t len);
static int mytwip_agent_first(const mytwip_agent_rule_t *rule);
static size_t mytwip_agent_hash(const char *text, size_t len);
static int mytwip_agent_in(const char *const *names, const void *text,
    size_t len);


mytwip_agents_t *
mytwip_agents_load(const char *path, mytwip_error_t *err)
{
    char             *text;
    size_t            len;
    mytwip_agents_t  *agents;

    text = mytwip_file_read(path, MYTWIP_AGENTS_FILE_MAX, 0, &len, err);
    if (text == NULL) {
        return NULL;
    }

    agents = mytwip_agents_parse(text, len, err);

    free(text);

    return agents;
}


mytwip_agents_t *
mytwip_agents_parse(const char *text, size_t len, mytwip_error_t *err)
{
    mytwip_agents_t       *agents;
    mytwip_agent_rules_t  *rules;

    rules = mytwip_agent_rules_parse(text, len, err);
    if (rules == NULL) {
        return NULL;
    }

    agents = mytwip_agents_create(rules, err);

    mytwip_agent_rules_free(rules);

    return agents;
}


static mytwip_agents_t *
mytwip_agents_create(mytwip_agent_rules_t *rules, mytwip_error_t *err)
{
    mytwip_agents_t  *agents;

    agents = calloc(1, sizeof(mytwip_agents_t));

    if (agents != NULL) {
        /* room for the whole match, which nobody looks at */
        agents->match = pcre2_match_data_create(1, NULL);
    }

    if (agents == NULL || agents->match == NULL) {
        (void) mytwip_error(err, 0, ENOMEM, "no memory for the rules");
        free(agents);
        return NULL;
    }

    agents->stack = pcre2_jit_stack_create(MYTWIP_AGENT_STACK,
                                           MYTWIP_AGENT_STACK, NULL);

    if (mytwip_agents_compile(agents, rules, err) == -1) {
        mytwip_agents_free(agents);
        return NULL;
    }

    return agents;
}


static int
mytwip_agents_compile(mytwip_agents_t *agents, mytwip_agent_rules_t *rules,
    mytwip_error_t *err)
{
    unsigned              i, n, blocks;
    mytwip_agent_rule_t  *rule;

    blocks = 0;

    for (i = 0; i < rules->n; i += n) {
        rule = &rules->rule[i];

        if (blocks++ == MYTWIP_AGENTS_BLOCKS) {
            return mytwip_error(err, rule->line, 0, "class changes more"
                                " than %d times",
                                MYTWIP_AGENTS_BLOCKS - 1);
        }

        for (n = 1; i + n < rules->n; n++) {
            if (rule[n].agent != rule->agent) {
                break;
            }
        }

        if (mytwip_agents_block(agents, rules, rule, n, 1, err) == -1
            || mytwip_agents_block(agents, rules, rule, n, 0, err) == -1)
        {
            return -1;
        }
    }

    return 0;
}


/* Compiles those of n rules that are anchored, or those that are not. */

static int
mytwip_agents_block(mytwip_agents_t *agents, const mytwip_agent_rules_t *rules,
    mytwip_agent_rule_t *rule, unsigned n, unsigned anchored,
    mytwip_error_t *err)
{
    int                    rc;
    char                  *pattern;
    size_t                 len, offset;
    mytwip_agent_block_t  *block;

    pattern = mytwip_agent_join(rule, n, anchored, &len);
    if (pattern == NULL) {
        return mytwip_error(err, 0, ENOMEM, "no memory for the rules");
    }

    if (len == 0) {
        free(pattern);
        return 0;
    }

    block = &agents->block[agents->n];

    block->agent = rule->agent;
    block->code = mytwip_agent_compile(rules, pattern, len, &rc, &offset);

    free(pattern);

    if (block->code == NULL) {
        /* each has been compiled before */
        return mytwip_error(err, rule->line, 0, "rules of one class"
                            " from line %u to line %u are too large"
                            " together", rule->line, rule[n - 1].line);
    }

    agents->n++;

    if (mytwip_agents_limits(agents, block) == -1) {
        return mytwip_error(err, 0, ENOMEM, "no memory for the rules");
    }

    return 0;
}


static int
mytwip_agents_limits(mytwip_agents_t *agents, mytwip_agent_block_t *block)
{
    block->ctx = pcre2_match_context_create(NULL);
    if (block->ctx == NULL) {
        return -1;
    }

    /*
     * No JIT in this PCRE2, or no memory that is both writable and executable
     * (SELinux, MemoryDenyWriteExecute= of systemd)?  Then without.
     */
    block->jit = agents->stack != NULL
                 && pcre2_jit_compile(block->code, PCRE2_JIT_COMPLETE) == 0;

    if (block->jit) {
        pcre2_jit_stack_assign(block->ctx, NULL, agents->stack);
        (void) pcre2_set_match_limit(block->ctx, MYTWIP_AGENT_TRIES_JIT);

    } else {
        (void) pcre2_set_match_limit(block->ctx, MYTWIP_AGENT_TRIES);
        (void) pcre2_set_depth_limit(block->ctx, MYTWIP_AGENT_TRIES);
        (void) pcre2_set_heap_limit(block->ctx, MYTWIP_AGENT_HEAP);
    }

    return 0;
}


/*
 * Returns an alternation of those of n rules that are anchored, or of those
 * that are not; *len is 0 if there is none.  Each is in a group, so that what
 * it sets, such as (?-i), ends with it.
 */

static char *
mytwip_agent_join(mytwip_agent_rule_t *rule, unsigned n, unsigned anchored,
    size_t *len)
{
    int        first;
    char      *pattern, *p;
    size_t     size;
    unsigned   i, k;

    size = 1;

    for (i = 0; i < n; i++) {
        size += sizeof("|c(?:|(?:))") - 1 + rule[i].len;
    }

    pattern = malloc(size);
    if (pattern == NULL) {
        return NULL;
    }

    p = pattern;

    for (i = 0; i < n; i++) {

        if (rule[i].anchored != anchored || rule[i].joined) {
            continue;
        }

        if (p != pattern) {
            *p++ = '|';
        }

        first = mytwip_agent_first(&rule[i]);

        if (first == -1) {
            p = mytwip_agent_group(p, rule[i].pattern, rule[i].len);
            continue;
        }

        *p++ = (char) first;
        p = stpcpy(p, "(?:");

        for (k = i; k < n; k++) {

            if (rule[k].anchored != anchored
                || mytwip_agent_first(&rule[k]) != first)
            {
                continue;
            }

            if (k != i) {
                *p++ = '|';
            }

            p = mytwip_agent_group(p, rule[k].pattern + 1, rule[k].len - 1);
            rule[k].joined = 1;
        }

        *p++ = ')';
    }

    *len = (size_t) (p - pattern);

    return pattern;
}


static char *
mytwip_agent_group(char *p, const char *text, size_t len)
{
    p = stpcpy(p, "(?:");

    memcpy(p, text, len);
    p[len] = ')';

    return p + len + 1;
}


/*
 * Returns the letter, in lower case, that a rule begins with and can be parted
 * from: no "?" belongs to it, not even behind "\E" or a comment, and no "|" is
 * in the rule.  Else -1.
 */

static int
mytwip_agent_first(const mytwip_agent_rule_t *rule)
{
    int          c;
    const char  *p;

    p = rule->pattern;

    if (rule->len < 2 || strchr("?*+{\\(", p[1]) != NULL
        || memchr(p, '|', rule->len) != NULL)
    {
        return -1;
    }

    c = p[0] | 0x20;

    return (c >= 'a' && c <= 'z') ? c : -1;
}


void
mytwip_agents_free(mytwip_agents_t *agents)
{
    unsigned  i;

    if (agents == NULL) {
        return;
    }

    for (i = 0; i < agents->n; i++) {
        pcre2_match_context_free(agents->block[i].ctx);
        pcre2_code_free(agents->block[i].code);
    }

    pcre2_jit_stack_free(agents->stack);
    pcre2_match_data_free(agents->match);
    free(agents);
}


int
mytwip_agents_jit(const mytwip_agents_t *agents)
{
    unsigned  i;

    for (i = 0; i < agents->n; i++) {
        if (!agents->block[i].jit) {
            return 0;
        }
    }

    return 1;
}


unsigned
mytwip_agent(mytwip_agents_t *agents, const void *ua, size_t len)
{
    unsigned               agent;
    mytwip_agent_place_t  *place;

    if (len == 0) {
        return MYTWIP_AGENT_BOT;
    }

    if (agents == NULL) {
        return MYTWIP_AGENT_UNKNOWN;
    }

    if (len > MYTWIP_AGENT_KNOWN) {
        return mytwip_agent_judge(agents, ua, len);
    }

    place = &agents->place[mytwip_agent_hash(ua, len)];

    if (place->len == len && memcmp(place->text, ua, len) == 0) {
        return place->agent;
    }

    agent = mytwip_agent_judge(agents, ua, len);

    /* of what nothing is known may be for want of memory: ask again */

    if (agent != MYTWIP_AGENT_UNKNOWN) {
        place->agent = (uint8_t) agent;
        place->len = (uint8_t) len;
        memcpy(place->text, ua, len);
    }

    return agent;
}


void
mytwip_agents_forget(mytwip_agents_t *agents)
{
    memset(agents->place, 0, sizeof(agents->place));
}


/* Only chooses a place: it need not be good, and is to be quick. */

static size_t
mytwip_agent_hash(const char *text, size_t len)
{
    size_t    i;
    uint64_t  hash, word;

    hash = len;

    for (i = 0; i + 8 <= len; i += 8) {
        memcpy(&word, text + i, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }

    for ( /* void */ ; i < len; i++) {
        hash = (hash ^ (uint8_t) text[i]) * 0x9e3779b97f4a7c15u;
    }

    return (hash >> 40) & (MYTWIP_AGENT_PLACES - 1);
}


unsigned
mytwip_agent_judge(mytwip_agents_t *agents, const void *ua, size_t len)
{
    int                     rc;
    uint32_t                options;
    mytwip_agent_block_t   *block, *end;

    options = 0;

    if (len > MYTWIP_AGENT_LEN) {
        len = MYTWIP_AGENT_LEN;
        options = PCRE2_NOTEOL;
    }

    end = agents->block + agents->n;

    for (block = agents->block; block < end; block++) {

        if (block->jit) {
            rc = pcre2_jit_match(block->code, ua, len, 0, options,
                                 agents->match, block->ctx);
        } else {
            rc = pcre2_match(block->code, ua, len, 0, options, agents->match,
                             block->ctx);
        }

        switch (rc) {

        case PCRE2_ERROR_NOMATCH:
            break;

        case PCRE2_ERROR_MATCHLIMIT:
        case PCRE2_ERROR_DEPTHLIMIT:
        case PCRE2_ERROR_HEAPLIMIT:
        case PCRE2_ERROR_JIT_STACKLIMIT:
            /* whoever sent this wants to keep us busy */
            return MYTWIP_AGENT_BOT;

        default:
            return (rc >= 0) ? block->agent : MYTWIP_AGENT_UNKNOWN;
        }
    }

    return MYTWIP_AGENT_UNKNOWN;
}


int
mytwip_agent_prefetch(const void *name, size_t name_len, const void *value,
    size_t value_len)
{
    size_t                    i, n;
    const char               *p;

    static const char *const  headers[] = {
        "sec-purpose", "purpose", "x-purpose", "x-moz", NULL
    };

    static const char *const  values[] = {
        "prefetch", "prerender", "preview", "instant", NULL
    };

    if (!mytwip_agent_in(headers, name, name_len)) {
        return 0;
    }

    p = value;

    for (i = 0; i < value_len; i += n + 1) {

        for (n = 0; i + n < value_len; n++) {
            if (strchr(" \t,;", p[i + n]) != NULL) {
                break;
            }
        }

        if (mytwip_agent_in(values, p + i, n)) {
            return 1;
        }
    }

    return 0;
}


static int
mytwip_agent_in(const char *const *names, const void *text, size_t len)
{
    for ( /* void */ ; *names; names++) {
        if (strlen(*names) == len && strncasecmp(*names, text, len) == 0) {
            return 1;
        }
    }

    return 0;
}


const char *
mytwip_agent_name(unsigned agent)
{
    static const char *const  names[] = {
        [MYTWIP_AGENT_UNKNOWN] = "unknown",
        [MYTWIP_AGENT_HUMAN] = "human",
        [MYTWIP_AGENT_PROXY] = "proxy",
        [MYTWIP_AGENT_BOT] = "bot",
        [MYTWIP_AGENT_PREFETCH] = "prefetch"
    };

    return names[agent < sizeof(names) / sizeof(names[0])
                 ? agent : MYTWIP_AGENT_UNKNOWN];
}
