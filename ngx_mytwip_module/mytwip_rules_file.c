
/*
 * The file of activity rules, read and checked line by line: see
 * mytwip_rules_file.h.  An error says in which line, for a pattern also in
 * which column, and what to do.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mytwip_activity.h"
#include "mytwip_rules_file.h"


#define MYTWIP_RULES_OPTIONS                                                  \
    (PCRE2_DOTALL|PCRE2_DOLLAR_ENDONLY|PCRE2_NEVER_UTF|PCRE2_NEVER_UCP        \
     |PCRE2_NEVER_BACKSLASH_C)

#define MYTWIP_RULES_REASON  128        /* PCRE2's longest is shorter */
#define MYTWIP_RULES_NAME    32         /* nor has PCRE2 longer names */


static int mytwip_rule_list_lines(mytwip_rule_list_t *list, const char *text,
    size_t len, mytwip_error_t *err);
static int mytwip_rule_list_line(mytwip_rule_list_t *list, unsigned line,
    const char *text, size_t len, mytwip_error_t *err);
static int mytwip_rule_list_rule(mytwip_rule_list_t *list,
    mytwip_rule_t *rule, const char *text, size_t len, mytwip_error_t *err);
static int mytwip_rule_list_add(mytwip_rule_list_t *list,
    const mytwip_rule_t *rule, mytwip_error_t *err);
static int mytwip_rule_methods(mytwip_rule_t *rule,
    const mytwip_rule_word_t *word, mytwip_error_t *err);
static int mytwip_rule_compile(const mytwip_rule_list_t *list,
    mytwip_rule_t *rule, size_t column, mytwip_error_t *err);
static int mytwip_rule_resource(mytwip_rule_t *rule,
    const mytwip_rule_word_t *word, mytwip_error_t *err);
static int mytwip_rule_capture(mytwip_rule_t *rule, const char *name,
    size_t len, mytwip_error_t *err);
static size_t mytwip_rule_word(const char *text, size_t len, size_t i,
    mytwip_rule_word_t *word);
static size_t mytwip_rule_blanks(const char *text, size_t len, size_t i);


mytwip_rule_list_t *
mytwip_rule_list_parse(const char *text, size_t len, mytwip_error_t *err)
{
    mytwip_rule_list_t  *list;

    list = malloc(sizeof(mytwip_rule_list_t));

    if (list != NULL) {
        list->n = 0;
        list->captures = 0;
        list->ctx = pcre2_compile_context_create(NULL);
    }

    if (list == NULL || list->ctx == NULL) {
        (void) mytwip_error(err, 0, ENOMEM, "no memory for the rules");
        free(list);
        return NULL;
    }

    /* whatever this PCRE2 was built for */
    (void) pcre2_set_newline(list->ctx, PCRE2_NEWLINE_LF);

    if (mytwip_rule_list_lines(list, text, len, err) == -1) {
        mytwip_rule_list_free(list);
        return NULL;
    }

    return list;
}


void
mytwip_rule_list_free(mytwip_rule_list_t *list)
{
    unsigned  i;

    if (list == NULL) {
        return;
    }

    for (i = 0; i < list->n; i++) {
        pcre2_code_free(list->rule[i].code);
    }

    pcre2_compile_context_free(list->ctx);
    free(list);
}


static int
mytwip_rule_list_lines(mytwip_rule_list_t *list, const char *text, size_t len,
    mytwip_error_t *err)
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

        if (mytwip_rule_list_line(list, ++line, p, n, err) == -1) {
            return -1;
        }

        p += eol ? n + 1 : n;
    }

    if (list->n == 0) {
        return mytwip_error(err, 0, 0, "no rule in the file");
    }

    return 0;
}


static int
mytwip_rule_list_line(mytwip_rule_list_t *list, unsigned line,
    const char *text, size_t len, mytwip_error_t *err)
{
    int            rc;
    size_t         start;
    mytwip_rule_t  rule;

    if (memchr(text, '\0', len) != NULL) {
        return mytwip_error(err, line, 0, "zero byte in the line");
    }

    if (len > MYTWIP_RULES_LINE_MAX) {
        return mytwip_error(err, line, 0, "line is longer than %d bytes",
                            MYTWIP_RULES_LINE_MAX);
    }

    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'
                   || text[len - 1] == '\r'))
    {
        len--;
    }

    start = mytwip_rule_blanks(text, len, 0);

    if (start == len || text[start] == '#') {
        return 0;
    }

    memset(&rule, 0, sizeof(mytwip_rule_t));
    rule.line = line;

    rc = mytwip_rule_list_rule(list, &rule, text, len, err);

    if (rc == 0) {
        rc = mytwip_rule_list_add(list, &rule, err);
    }

    if (rc == -1) {
        pcre2_code_free(rule.code);
    }

    return rc;
}


static int
mytwip_rule_list_rule(mytwip_rule_list_t *list, mytwip_rule_t *rule,
    const char *text, size_t len, mytwip_error_t *err)
{
    size_t               i, column;
    mytwip_rule_word_t   word;

    i = mytwip_rule_word(text, len, 0, &word);

    if (mytwip_rule_methods(rule, &word, err) == -1) {
        return -1;
    }

    column = mytwip_rule_blanks(text, len, i);

    if (column == len) {
        return mytwip_error(err, rule->line, 0,
                            "no pattern after the method");
    }

    if (mytwip_rule_pattern(rule, text, len, column, err) == -1
        || mytwip_rule_compile(list, rule, column, err) == -1)
    {
        return -1;
    }

    i = column + rule->pattern.len;
    i = mytwip_rule_word(text, len, i, &rule->activity);

    if (rule->activity.len == 0) {
        return mytwip_error(err, rule->line, 0,
                            "no activity after the pattern");
    }

    if (!mytwip_activity_slug(rule->activity.data, rule->activity.len)) {
        return mytwip_error(err, rule->line, 0, "activity is not a slug"
                            " of at most %d letters, digits and"
                            " \"._-\"", MYTWIP_ACTIVITY_SLUG_MAX);
    }

    i = mytwip_rule_word(text, len, i, &word);

    if (word.len > 0 && word.data[0] != '#') {

        if (mytwip_rule_resource(rule, &word, err) == -1) {
            return -1;
        }

        (void) mytwip_rule_word(text, len, i, &word);
    }

    if (word.len > 0 && word.data[0] != '#') {
        return mytwip_error(err, rule->line, 0, "more after the"
                            " resource; in a pattern, a blank is"
                                  " written \\x20 or [ ]");
    }

    return 0;
}


static int
mytwip_rule_list_add(mytwip_rule_list_t *list, const mytwip_rule_t *rule,
    mytwip_error_t *err)
{
    uint32_t        n;
    unsigned        i;
    mytwip_rule_t  *before;

    for (i = 0; i < list->n; i++) {
        before = &list->rule[i];

        if (before->pattern.len == rule->pattern.len
            && memcmp(before->pattern.data, rule->pattern.data,
                      rule->pattern.len) == 0
            && (rule->methods & ~before->methods) == 0)
        {
            return mytwip_error(err, rule->line, 0, "rule has no effect:"
                                " line %u has its pattern and methods",
                                before->line);
        }
    }

    if (list->n == MYTWIP_RULES_MAX) {
        return mytwip_error(err, rule->line, 0, "more than %d rules",
                            MYTWIP_RULES_MAX);
    }

    n = 0;
    (void) pcre2_pattern_info(rule->code, PCRE2_INFO_CAPTURECOUNT, &n);

    if (list->captures < n) {
        list->captures = n;
    }

    list->rule[list->n++] = *rule;

    return 0;
}


static int
mytwip_rule_methods(mytwip_rule_t *rule, const mytwip_rule_word_t *word,
    mytwip_error_t *err)
{
    size_t       n, left;
    unsigned     method;
    const char  *p, *bar;

    if (word->len == 1 && word->data[0] == '*') {
        rule->methods = MYTWIP_RULES_ANY;
        return 0;
    }

    p = word->data;
    left = word->len;

    for ( ;; ) {
        bar = memchr(p, '|', left);
        n = bar ? (size_t) (bar - p) : left;

        method = mytwip_rule_method(p, n);

        if (method == MYTWIP_RULES_OTHER) {
            return mytwip_error(err, rule->line, 0, "unknown method"
                                " \"%.*s\"; methods are written as in"
                                      " \"GET\", \"GET|POST\" or \"*\"",
                                      (int) (n > 32 ? 32 : n), p);
        }

        if (rule->methods & method) {
            return mytwip_error(err, rule->line, 0, "method %.*s is"
                                " there twice", (int) n, p);
        }

        rule->methods |= method;

        if (bar == NULL) {
            return 0;
        }

        p += n + 1;
        left -= n + 1;
    }
}


unsigned
mytwip_rule_method(const void *name, size_t len)
{
    unsigned            i;

    /* those that nginx knows, the usual ones first */

    static const struct {
        size_t          len;
        const char     *name;
    } methods[] = {
        { 3, "GET" }, { 4, "POST" }, { 4, "HEAD" }, { 3, "PUT" },
        { 5, "PATCH" }, { 6, "DELETE" }, { 7, "OPTIONS" }, { 4, "COPY" },
        { 4, "LOCK" }, { 4, "MOVE" }, { 5, "MKCOL" }, { 5, "TRACE" },
        { 6, "UNLOCK" }, { 7, "CONNECT" }, { 8, "PROPFIND" },
        { 9, "PROPPATCH" }
    };

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].len == len && memcmp(methods[i].name, name, len) == 0) {
            return 1u << i;
        }
    }

    return MYTWIP_RULES_OTHER;
}


static int
mytwip_rule_compile(const mytwip_rule_list_t *list, mytwip_rule_t *rule,
    size_t column, mytwip_error_t *err)
{
    int          rc;
    size_t       offset;
    PCRE2_UCHAR  reason[MYTWIP_RULES_REASON];

    rule->code = pcre2_compile((PCRE2_SPTR) rule->pattern.data,
                               rule->pattern.len, MYTWIP_RULES_OPTIONS, &rc,
                               &offset, list->ctx);

    if (rule->code == NULL) {
        (void) pcre2_get_error_message(rc, reason, sizeof(reason));

        return mytwip_error(err, rule->line, 0, "column %zu: %s",
                            column + offset + 1, (const char *) reason);
    }

    mytwip_rule_literals(rule);

    return 0;
}


static int
mytwip_rule_resource(mytwip_rule_t *rule, const mytwip_rule_word_t *word,
    mytwip_error_t *err)
{
    size_t       n;
    const char  *equal;

    equal = memchr(word->data, '=', word->len);

    if (equal == NULL) {
        return mytwip_error(err, rule->line, 0, "unknown form after the"
                            " activity, \"resource-type=$capture\" is"
                            " expected");
    }

    n = (size_t) (equal - word->data);

    if (!mytwip_activity_slug(word->data, n)) {
        return mytwip_error(err, rule->line, 0, "resource type is not a"
                            " slug of at most %d letters, digits and"
                            " \"._-\"", MYTWIP_ACTIVITY_SLUG_MAX);
    }

    rule->type.data = word->data;
    rule->type.len = n++;

    if (n == word->len || word->data[n] != '$') {
        return mytwip_error(err, rule->line, 0, "resource is not a"
                            " capture, \"$name\" or \"$1\" is expected");
    }

    return mytwip_rule_capture(rule, word->data + n + 1, word->len - n - 1,
                               err);
}


static int
mytwip_rule_capture(mytwip_rule_t *rule, const char *name, size_t len,
    mytwip_error_t *err)
{
    int           rc;
    char          buf[MYTWIP_RULES_NAME + 1];
    size_t        i;
    uint32_t      n, captures;

    n = 0;
    captures = 0;
    (void) pcre2_pattern_info(rule->code, PCRE2_INFO_CAPTURECOUNT, &captures);

    for (i = 0; i < len && name[i] >= '0' && name[i] <= '9'; i++) {
        if (n <= captures) {
            n = n * 10 + (uint32_t) (name[i] - '0');
        }
    }

    if (i > 0 && i == len) {
        rc = (n <= captures) ? (int) n : PCRE2_ERROR_NOSUBSTRING;

    } else if (len <= MYTWIP_RULES_NAME) {
        memcpy(buf, name, len);
        buf[len] = '\0';

        rc = pcre2_substring_number_from_name(rule->code, (PCRE2_SPTR) buf);

    } else {
        rc = PCRE2_ERROR_NOSUBSTRING;
    }

    /* $0 would be all that has matched */

    if (rc > 0) {
        rule->capture = (unsigned) rc;
        return 0;
    }

    return mytwip_error(err, rule->line, 0, "pattern has %s capture"
                        " $%.*s", rc == PCRE2_ERROR_NOUNIQUESUBSTRING
                                  ? "more than one" : "no",
                        (int) (len > MYTWIP_RULES_NAME
                               ? MYTWIP_RULES_NAME : len), name);
}


/* Returns where the next word from i on ends; its length is 0 if none is. */

static size_t
mytwip_rule_word(const char *text, size_t len, size_t i,
    mytwip_rule_word_t *word)
{
    size_t  start;

    start = mytwip_rule_blanks(text, len, i);

    for (i = start; i < len && text[i] != ' ' && text[i] != '\t'; i++) {
        /* void */
    }

    word->data = text + start;
    word->len = i - start;

    return i;
}


static size_t
mytwip_rule_blanks(const char *text, size_t len, size_t i)
{
    while (i < len && (text[i] == ' ' || text[i] == '\t')) {
        i++;
    }

    return i;
}
