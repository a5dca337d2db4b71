
/*
 * The file of rules, read and checked line by line: see mytwip_agent_rules.h.
 * An error says in which line and column, and what to do.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mytwip_agent_rules.h"


#define MYTWIP_AGENT_OPTIONS                                                  \
    (PCRE2_CASELESS|PCRE2_DOTALL|PCRE2_DOLLAR_ENDONLY|PCRE2_NO_AUTO_CAPTURE   \
     |PCRE2_NEVER_UTF|PCRE2_NEVER_UCP|PCRE2_NEVER_BACKSLASH_C)

#define MYTWIP_AGENT_REASON  128        /* PCRE2's longest is shorter */


static int mytwip_agent_rules_lines(mytwip_agent_rules_t *rules,
    const char *text, size_t len, mytwip_error_t *err);
static int mytwip_agent_rules_line(mytwip_agent_rules_t *rules, unsigned line,
    const char *text, size_t len, mytwip_error_t *err);
static int mytwip_agent_rules_add(mytwip_agent_rules_t *rules,
    const mytwip_agent_rule_t *rule, mytwip_error_t *err);
static int mytwip_agent_class(const char *name, size_t len);
static int mytwip_agent_rule_syntax(const mytwip_agent_rule_t *rule,
    mytwip_error_t *err);
static int mytwip_agent_rule_compile(const mytwip_agent_rules_t *rules,
    mytwip_agent_rule_t *rule, mytwip_error_t *err);
static int mytwip_agent_rule_fit(const mytwip_agent_rule_t *rule,
    const pcre2_code *code, mytwip_error_t *err);
static int mytwip_agent_rule_closed(const mytwip_agent_rules_t *rules,
    const mytwip_agent_rule_t *rule, mytwip_error_t *err);
static int mytwip_agent_callout(pcre2_callout_enumerate_block *block,
    void *data);
static size_t mytwip_agent_blanks(const char *text, size_t len);
static size_t mytwip_agent_word(const char *text, size_t len);


mytwip_agent_rules_t *
mytwip_agent_rules_parse(const char *text, size_t len, mytwip_error_t *err)
{
    mytwip_agent_rules_t  *rules;

    rules = malloc(sizeof(mytwip_agent_rules_t));

    if (rules != NULL) {
        rules->n = 0;
        rules->ctx = pcre2_compile_context_create(NULL);
    }

    if (rules == NULL || rules->ctx == NULL) {
        (void) mytwip_error(err, 0, ENOMEM,
                            "no memory to read the rules");
        free(rules);
        return NULL;
    }

    /* whatever this PCRE2 was built for; no header has a line end anyway */
    (void) pcre2_set_newline(rules->ctx, PCRE2_NEWLINE_LF);

    if (mytwip_agent_rules_lines(rules, text, len, err) == -1) {
        mytwip_agent_rules_free(rules);
        return NULL;
    }

    return rules;
}


static int
mytwip_agent_rules_lines(mytwip_agent_rules_t *rules, const char *text,
    size_t len, mytwip_error_t *err)
{
    size_t       n;
    unsigned     line;
    const char  *p, *end, *eol;

    line = 0;
    p = text;
    end = text + len;

    while (p < end) {
        eol = memchr(p, '\n', (size_t) (end - p));
        n = (size_t) ((eol ? eol : end) - p);

        if (mytwip_agent_rules_line(rules, ++line, p, n, err) == -1) {
            return -1;
        }

        p += eol ? n + 1 : n;
    }

    if (rules->n == 0) {
        return mytwip_error(err, 0, 0, "no rule in the file");
    }

    return 0;
}


static int
mytwip_agent_rules_line(mytwip_agent_rules_t *rules, unsigned line,
    const char *text, size_t len, mytwip_error_t *err)
{
    int                  agent;
    size_t               start, n;
    mytwip_agent_rule_t  rule;

    if (memchr(text, '\0', len) != NULL) {
        return mytwip_error(err, line, 0, "zero byte in the line");
    }

    if (len > MYTWIP_AGENTS_LINE_MAX) {
        return mytwip_error(err, line, 0, "line is longer than %d bytes",
                            MYTWIP_AGENTS_LINE_MAX);
    }

    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'
                   || text[len - 1] == '\r'))
    {
        len--;
    }

    start = mytwip_agent_blanks(text, len);

    if (start == len || text[start] == '#') {
        return 0;
    }

    n = mytwip_agent_word(text + start, len - start);

    agent = mytwip_agent_class(text + start, n);
    if (agent == -1) {
        return mytwip_error(err, line, 0, "unknown class, \"human\","
                            " \"proxy\", \"bot\" or \"prefetch\" is"
                            " expected");
    }

    start += n;
    start += mytwip_agent_blanks(text + start, len - start);

    if (start == len) {
        return mytwip_error(err, line, 0, "no pattern after the class");
    }

    memset(&rule, 0, sizeof(mytwip_agent_rule_t));

    rule.line = line;
    rule.agent = (unsigned) agent;
    rule.column = start;
    rule.len = len - start;
    rule.pattern = text + start;

    if (mytwip_agent_rule_syntax(&rule, err) == -1
        || mytwip_agent_rule_compile(rules, &rule, err) == -1)
    {
        return -1;
    }

    return mytwip_agent_rules_add(rules, &rule, err);
}


static int
mytwip_agent_rules_add(mytwip_agent_rules_t *rules,
    const mytwip_agent_rule_t *rule, mytwip_error_t *err)
{
    unsigned  i;

    for (i = 0; i < rules->n; i++) {
        if (rules->rule[i].len == rule->len
            && memcmp(rules->rule[i].pattern, rule->pattern, rule->len) == 0)
        {
            return mytwip_error(err, rule->line, 0, "pattern is there"
                                " twice, first in line %u",
                                rules->rule[i].line);
        }
    }

    if (rules->n == MYTWIP_AGENTS_MAX) {
        return mytwip_error(err, rule->line, 0, "more than %d rules",
                            MYTWIP_AGENTS_MAX);
    }

    rules->rule[rules->n++] = *rule;

    return 0;
}


/* Returns the class of this name, or -1. */

static int
mytwip_agent_class(const char *name, size_t len)
{
    unsigned     agent;
    const char  *class;

    for (agent = MYTWIP_AGENT_HUMAN; agent <= MYTWIP_AGENT_PREFETCH; agent++) {
        class = mytwip_agent_name(agent);

        if (strlen(class) == len && memcmp(class, name, len) == 0) {
            return (int) agent;
        }
    }

    return -1;
}


/*
 * Refuses what compiles alone, and in an alternation would act on the rules
 * beside it.  Inside of [...] and \Q...\E it is stricter than it had to be:
 * there, all of this can be written otherwise.
 */

static int
mytwip_agent_rule_syntax(const mytwip_agent_rule_t *rule, mytwip_error_t *err)
{
    size_t       i, left;
    const char  *p, *what;

    what = NULL;

    for (i = 0; i < rule->len; i++) {
        p = rule->pattern + i;
        left = rule->len - i;

        if (left > 1 && p[0] == '\\') {

            if (p[1] == 'g') {
                what = "\"\\g\"";
                break;
            }

            /* \c takes one more, which may be a backslash */
            i += (p[1] == 'c') ? 2 : 1;

        } else if (left > 1 && p[0] == '(' && p[1] == '*') {
            what = "\"(*\"";
            break;

        } else if (left > 2 && p[0] == '(' && p[1] == '?'
                   && (p[2] == 'R' || p[2] == '0'))
        {
            what = "recursion";
            break;
        }
    }

    if (what == NULL) {
        return 0;
    }

    return mytwip_error(err, rule->line, 0, "column %zu: %s is not"
                        " allowed in a rule", rule->column + i + 1,
                        what);
}


static int
mytwip_agent_rule_compile(const mytwip_agent_rules_t *rules,
    mytwip_agent_rule_t *rule, mytwip_error_t *err)
{
    int          rc;
    size_t       offset;
    uint32_t     options;
    pcre2_code  *code;
    PCRE2_UCHAR  reason[MYTWIP_AGENT_REASON];

    code = mytwip_agent_compile(rules, rule->pattern, rule->len, &rc, &offset);
    if (code == NULL) {
        (void) pcre2_get_error_message(rc, reason, sizeof(reason));

        return mytwip_error(err, rule->line, 0, "column %zu: %s",
                            rule->column + offset + 1,
                            (const char *) reason);
    }

    options = 0;
    (void) pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);

    rule->anchored = (options & PCRE2_ANCHORED) != 0;

    rc = mytwip_agent_rule_fit(rule, code, err);

    pcre2_code_free(code);

    return (rc == 0) ? mytwip_agent_rule_closed(rules, rule, err) : -1;
}


static int
mytwip_agent_rule_fit(const mytwip_agent_rule_t *rule, const pcre2_code *code,
    mytwip_error_t *err)
{
    uint32_t     empty, captures;
    const char  *what;

    empty = 0;
    captures = 0;

    (void) pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
    (void) pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);

    if (captures) {
        what = "captures, a group without a name would not";

    } else if (pcre2_callout_enumerate(code, mytwip_agent_callout, NULL)) {
        what = "has a callout";

    } else if (empty) {
        what = "may match nothing at all, and so anything";

    } else {
        return 0;
    }

    return mytwip_error(err, rule->line, 0, "pattern %s", what);
}


/* What a rule leaves open would swallow the rules after it. */

static int
mytwip_agent_rule_closed(const mytwip_agent_rules_t *rules,
    const mytwip_agent_rule_t *rule, mytwip_error_t *err)
{
    int          rc;
    char         group[MYTWIP_AGENTS_LINE_MAX + sizeof("(?:)")];
    size_t       offset;
    pcre2_code  *code;

    (void) snprintf(group, sizeof(group), "(?:%.*s)", (int) rule->len,
                    rule->pattern);

    code = mytwip_agent_compile(rules, group, strlen(group), &rc, &offset);
    if (code == NULL) {
        return mytwip_error(err, rule->line, 0, "pattern leaves \"\\Q\""
                            " or a comment open");
    }

    pcre2_code_free(code);

    return 0;
}


static int
mytwip_agent_callout(pcre2_callout_enumerate_block *block, void *data)
{
    (void) block;
    (void) data;

    return 1;
}


void
mytwip_agent_rules_free(mytwip_agent_rules_t *rules)
{
    if (rules != NULL) {
        pcre2_compile_context_free(rules->ctx);
        free(rules);
    }
}


pcre2_code *
mytwip_agent_compile(const mytwip_agent_rules_t *rules, const char *pattern,
    size_t len, int *error, size_t *offset)
{
    return pcre2_compile((PCRE2_SPTR) pattern, len, MYTWIP_AGENT_OPTIONS,
                         error, offset, rules->ctx);
}


static size_t
mytwip_agent_blanks(const char *text, size_t len)
{
    size_t  n;

    for (n = 0; n < len && (text[n] == ' ' || text[n] == '\t'); n++) {
        /* void */
    }

    return n;
}


static size_t
mytwip_agent_word(const char *text, size_t len)
{
    size_t  n;

    for (n = 0; n < len && text[n] != ' ' && text[n] != '\t'; n++) {
        /* void */
    }

    return n;
}
