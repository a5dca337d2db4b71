
/*
 * What can be read off a pattern without running it: where it ends in its
 * line, how each path that it matches begins, and which pairs of letters each
 * has: see mytwip_rules_file.h.
 *
 * Only letters that stand for themselves, outside of all groups, are
 * believed, and only if no alternative, option or quantifier may undo them.
 * What is not understood is passed over.
 */

#include <string.h>

#include "mytwip_rules_file.h"


/* letters that follow each other in the pattern, and so in the path */

typedef struct {
    size_t                 len;
    unsigned               head:1;          /* nothing else came before */
    char                   text[MYTWIP_RULES_LINE_MAX];
} mytwip_rule_run_t;


static const char *mytwip_rule_refused(const char *p, size_t left);
static size_t mytwip_rule_token(const char *p, size_t left);
static size_t mytwip_rule_brackets(const char *p, size_t left);
static int mytwip_rule_plain(const mytwip_rule_t *rule);
static int mytwip_rule_letter(const char *p, size_t n);
static unsigned mytwip_rule_named(unsigned named, const char *p, int letter);
static void mytwip_rule_run(mytwip_rule_t *rule, mytwip_rule_run_t *run,
    char next);
static int mytwip_rule_alnum(char c);


int
mytwip_rule_pattern(mytwip_rule_t *rule, const char *line, size_t len,
    size_t start, mytwip_error_t *err)
{
    size_t       i, n;
    const char  *what;

    for (i = start; i < len; i += n) {

        if (line[i] == ' ' || line[i] == '\t') {
            break;
        }

        what = mytwip_rule_refused(line + i, len - i);

        if (what != NULL) {
            return mytwip_error(err, rule->line, 0, "column %zu: %s is"
                                " not allowed in a rule", i + 1, what);
        }

        n = mytwip_rule_token(line + i, len - i);

        if (n == 0) {
            return mytwip_error(err, rule->line, 0, "column %zu: \"[\""
                                " is not closed", i + 1);
        }
    }

    rule->pattern.data = line + start;
    rule->pattern.len = i - start;

    return 0;
}


/* In brackets, too: there, all of this can be written otherwise. */

static const char *
mytwip_rule_refused(const char *p, size_t left)
{
    size_t                    i, end;

    static const char *const  what[] = { "\\Q", "\\E", "(*", "(?#", "(?C" };

    static const char *const  name[] = {
        "\"\\Q\"", "\"\\E\"", "\"(*\"", "a comment", "a callout"
    };

    end = (p[0] == '[') ? mytwip_rule_brackets(p, left) : 1;

    do {
        for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
            if (strlen(what[i]) <= left
                && memcmp(p, what[i], strlen(what[i])) == 0)
            {
                return name[i];
            }
        }

        /* the second of two backslashes begins nothing */
        i = (p[0] == '\\' && left > 1) ? 2 : 1;

        p += i;
        left -= i;
        end -= (end < i) ? end : i;

    } while (end > 0);

    return NULL;
}


/* The length of what PCRE2 takes as one; 0 if it does not end. */

static size_t
mytwip_rule_token(const char *p, size_t left)
{
    size_t  n;

    if (p[0] == '[') {
        return mytwip_rule_brackets(p, left);
    }

    if (p[0] != '\\') {
        return 1;
    }

    /* \c takes one more, which may be a backslash or a bracket */
    n = (left > 1 && p[1] == 'c') ? 3 : 2;

    if (n > left) {
        n = left;
    }

    /* a blank cannot be escaped: it ends the pattern */
    while (p[n - 1] == ' ' || p[n - 1] == '\t') {
        n--;
    }

    return n;
}


static size_t
mytwip_rule_brackets(const char *p, size_t left)
{
    size_t       i;
    const char  *end;

    i = 1;

    if (i < left && p[i] == '^') {
        i++;
    }

    /* as the first, it is one of the letters */
    if (i < left && p[i] == ']') {
        i++;
    }

    while (i < left && p[i] != ']') {

        if (p[i] == '\\') {
            i += (i + 1 < left && p[i + 1] == 'c') ? 3 : 2;
            continue;
        }

        /* [:alpha:] */
        if (p[i] == '[' && i + 2 < left && p[i + 1] == ':') {
            end = memchr(p + i + 2, ']', left - i - 2);

            if (end != NULL && end > p + i + 2 && end[-1] == ':') {
                i = (size_t) (end - p) + 1;
                continue;
            }
        }

        i++;
    }

    return (i < left) ? i + 1 : 0;
}


void
mytwip_rule_literals(mytwip_rule_t *rule)
{
    int                 c;
    size_t              i, n;
    unsigned            depth, named;
    const char         *p;
    mytwip_rule_run_t   run;

    if (!mytwip_rule_plain(rule)) {
        return;
    }

    p = rule->pattern.data;

    depth = 0;
    named = 0;

    run.len = 0;
    run.head = (p[0] == '^');

    for (i = run.head; i < rule->pattern.len; i += n) {
        n = mytwip_rule_token(p + i, rule->pattern.len - i);
        c = mytwip_rule_letter(p + i, n);

        named = mytwip_rule_named(named, p + i, c);

        if (c != -1 && depth == 0 && named == 0) {
            run.text[run.len++] = (char) c;
            continue;
        }

        mytwip_rule_run(rule, &run, p[i]);

        if (p[i] == '(') {
            depth++;

        } else if (p[i] == ')') {
            depth--;
        }
    }

    mytwip_rule_run(rule, &run, '\0');
}


/*
 * Whether all of the pattern is in force wherever it stands: one alternative,
 * no options such as (?i), no names behind \g and \k.
 */

static int
mytwip_rule_plain(const mytwip_rule_t *rule)
{
    size_t       i, n;
    unsigned     depth;
    const char  *p, *end;

    depth = 0;
    end = rule->pattern.data + rule->pattern.len;

    for (p = rule->pattern.data; p < end; p += n) {
        n = mytwip_rule_token(p, (size_t) (end - p));
        i = (size_t) (end - p);

        switch (p[0]) {

        case '\\':
            if (n > 1 && (p[1] == 'g' || p[1] == 'k')) {
                return 0;
            }

            break;

        case '|':
            if (depth == 0) {
                return 0;
            }

            break;

        case '(':
            if (i > 2 && p[1] == '?' && strchr(":=!<>|P'&(", p[2]) == NULL) {
                return 0;
            }

            depth++;
            break;

        case ')':
            depth--;
            break;
        }
    }

    return 1;
}


/* The letter that a token stands for, or -1. */

static int
mytwip_rule_letter(const char *p, size_t n)
{
    if (n == 2 && p[0] == '\\') {
        return ((uint8_t) p[1] > 127 || mytwip_rule_alnum(p[1])) ? -1 : p[1];
    }

    if (n != 1 || strchr("\\^$.[|()?*+{}", p[0]) != NULL) {
        return -1;
    }

    return (uint8_t) p[0];
}


/*
 * Whether a token is in braces, as in a{1,2} and \p{^Lu}: 2; or else belongs
 * to the escape before it, as the letters do in \x41, \012 and \pL: 1.
 */

static unsigned
mytwip_rule_named(unsigned named, const char *p, int letter)
{
    if (named == 2) {
        return (p[0] == '}') ? 0 : 2;
    }

    if (p[0] == '{') {
        return 2;
    }

    if (p[0] == '\\' && letter == -1) {
        return 1;
    }

    return named && letter != -1 && mytwip_rule_alnum((char) letter);
}


/* A run ends where what is next is not a letter. */

static void
mytwip_rule_run(mytwip_rule_t *rule, mytwip_rule_run_t *run, char next)
{
    if (run->len > 0 && (next == '?' || next == '*' || next == '+'
                         || next == '{'))
    {
        /* its last letter may be there never, or more than once */
        run->len--;
    }

    mytwip_rule_pairs(&rule->pairs, run->text, run->len);

    if (run->head) {
        rule->head_len = (run->len < MYTWIP_RULES_HEAD) ? run->len
                                                        : MYTWIP_RULES_HEAD;
        memcpy(rule->head, run->text, rule->head_len);
    }

    run->len = 0;
    run->head = 0;
}


static int
mytwip_rule_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}
