
/*
 * Activity rules, compiled at start and asked once a request: see
 * mytwip_rules.h for what they are, mytwip_rules_file for their file.  Asking
 * allocates nothing and logs nothing.
 *
 * Of a few hundred rules hardly any is run.  The beginnings that rules insist
 * on are in order, each with the rules that it admits, its own and those of
 * shorter beginnings of it; the longest one that a path has is found by
 * halving.  Of the rules that are left, one is run if the path has all pairs
 * of neighbouring letters that it needs, as far as one bit a pair can tell.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mytwip_activity.h"
#include "mytwip_file.h"
#include "mytwip_rules.h"
#include "mytwip_rules_file.h"


/*
 * How often a match may try again: there is room for a repetition that goes
 * over the longest path and all the way back, and not for one in another.
 * PCRE2 counts from each place in the path anew, and two repetitions one after
 * the other hardly at all, so that the path has to be short as well.
 */
#define MYTWIP_RULES_TRIES  (2 * MYTWIP_RULES_PATH)

#define MYTWIP_RULES_HEAP   1024        /* KiB, without JIT */
#define MYTWIP_RULES_STACK  65536       /* with JIT */


/* what decides whether a rule is run */

typedef struct {
    mytwip_rule_pairs_t       pairs;
    unsigned                  methods;
    unsigned                  jit;          /* code has been compiled by it */
} mytwip_rules_filter_t;


typedef struct {
    const char               *text;         /* paths here begin with this */
    size_t                    len;
    unsigned                  shorter;      /* the longest that begins it */
    unsigned                  n;
    uint16_t                 *rule;         /* of these, in order */
} mytwip_rules_head_t;


struct mytwip_rules_s {
    char                     *text;         /* of the file */
    mytwip_rule_list_t       *list;
    pcre2_match_data         *match;
    pcre2_jit_stack          *stack;        /* NULL if there is no JIT */
    pcre2_match_context      *limits;
    uint64_t                  limited;
    uint16_t                 *candidates;   /* of all heads */
    unsigned                  heads;        /* the first is the empty one */
    mytwip_rules_head_t       head[MYTWIP_RULES_MAX + 1];
    mytwip_rules_filter_t     filter[MYTWIP_RULES_MAX];
};


static int mytwip_rules_create(mytwip_rules_t *rules);
static void mytwip_rules_compile(mytwip_rules_t *rules);
static void mytwip_rules_sort(mytwip_rules_t *rules);
static size_t mytwip_rules_fill(mytwip_rules_t *rules, uint16_t *candidates);
static int mytwip_rules_compare(const void *one, const void *two);
static int mytwip_rules_order(const char *one, size_t one_len,
    const char *two, size_t two_len);
static const mytwip_rules_head_t *mytwip_rules_find(
    const mytwip_rules_t *rules, const char *path, size_t len);
static int mytwip_rules_run(mytwip_rules_t *rules, unsigned i,
    const char *path, size_t len);
static void mytwip_rules_result(mytwip_rules_t *rules,
    const mytwip_rule_t *rule, const char *path, mytwip_rule_match_t *match);


mytwip_rules_t *
mytwip_rules_load(const char *path, mytwip_error_t *err)
{
    char            *text;
    size_t           len;
    mytwip_rules_t  *rules;

    text = mytwip_file_read(path, MYTWIP_RULES_FILE_MAX, 0, &len, err);
    if (text == NULL) {
        return NULL;
    }

    rules = mytwip_rules_parse(text, len, err);

    free(text);

    return rules;
}


mytwip_rules_t *
mytwip_rules_parse(const char *text, size_t len, mytwip_error_t *err)
{
    mytwip_rules_t  *rules;

    rules = calloc(1, sizeof(mytwip_rules_t));

    if (rules != NULL) {
        /* a byte more, as it may be empty */
        rules->text = malloc(len + 1);
    }

    if (rules == NULL || rules->text == NULL) {
        (void) mytwip_error(err, 0, ENOMEM, "no memory for the rules");
        mytwip_rules_free(rules);
        return NULL;
    }

    memcpy(rules->text, text, len);

    rules->list = mytwip_rule_list_parse(rules->text, len, err);
    if (rules->list == NULL) {
        mytwip_rules_free(rules);
        return NULL;
    }

    if (mytwip_rules_create(rules) == -1) {
        (void) mytwip_error(err, 0, ENOMEM, "no memory for the rules");
        mytwip_rules_free(rules);
        return NULL;
    }

    return rules;
}


static int
mytwip_rules_create(mytwip_rules_t *rules)
{
    size_t  n;

    rules->match = pcre2_match_data_create(rules->list->captures + 1, NULL);
    rules->limits = pcre2_match_context_create(NULL);

    if (rules->match == NULL || rules->limits == NULL) {
        return -1;
    }

    (void) pcre2_set_match_limit(rules->limits, MYTWIP_RULES_TRIES);
    (void) pcre2_set_depth_limit(rules->limits, MYTWIP_RULES_TRIES);
    (void) pcre2_set_heap_limit(rules->limits, MYTWIP_RULES_HEAP);

    rules->stack = pcre2_jit_stack_create(MYTWIP_RULES_STACK,
                                          MYTWIP_RULES_STACK, NULL);
    if (rules->stack != NULL) {
        pcre2_jit_stack_assign(rules->limits, NULL, rules->stack);
    }

    mytwip_rules_compile(rules);
    mytwip_rules_sort(rules);

    n = mytwip_rules_fill(rules, NULL);

    rules->candidates = calloc(n + 1, sizeof(uint16_t));
    if (rules->candidates == NULL) {
        return -1;
    }

    (void) mytwip_rules_fill(rules, rules->candidates);

    return 0;
}


static void
mytwip_rules_compile(mytwip_rules_t *rules)
{
    unsigned                i;
    mytwip_rule_t          *rule;
    mytwip_rules_filter_t  *filter;

    for (i = 0; i < rules->list->n; i++) {
        rule = &rules->list->rule[i];
        filter = &rules->filter[i];

        filter->methods = rule->methods;
        filter->pairs = rule->pairs;

        /*
         * No JIT in this PCRE2, or no memory that is both writable and
         * executable (SELinux, MemoryDenyWriteExecute= of systemd)?  Then
         * without.
         */
        filter->jit = rules->stack != NULL
                      && pcre2_jit_compile(rule->code, PCRE2_JIT_COMPLETE)
                         == 0;
    }
}


/* Fills head[] but for its candidates. */

static void
mytwip_rules_sort(mytwip_rules_t *rules)
{
    unsigned              i, k, n;
    mytwip_rules_head_t  *head;

    head = rules->head;

    head[0].text = "";
    head[0].len = 0;

    for (i = 0; i < rules->list->n; i++) {
        head[i + 1].text = rules->list->rule[i].head;
        head[i + 1].len = rules->list->rule[i].head_len;
    }

    qsort(head, i + 1, sizeof(mytwip_rules_head_t), mytwip_rules_compare);

    n = 1;

    for (k = 1; k <= i; k++) {
        if (mytwip_rules_compare(&head[k], &head[n - 1]) != 0) {
            head[n++] = head[k];
        }
    }

    rules->heads = n;

    for (i = 1; i < n; i++) {
        /* what begins this one begins all between them, too */
        k = i - 1;

        while (head[k].len > head[i].len
               || memcmp(head[k].text, head[i].text, head[k].len) != 0)
        {
            k = head[k].shorter;
        }

        head[i].shorter = k;
    }
}


/* Returns how many candidates all heads have; fills them in unless NULL. */

static size_t
mytwip_rules_fill(mytwip_rules_t *rules, uint16_t *candidates)
{
    size_t                n;
    unsigned              i;
    mytwip_rule_t        *rule;
    mytwip_rules_head_t  *head, *end;

    n = 0;
    end = rules->head + rules->heads;

    for (head = rules->head; head < end; head++) {
        head->n = 0;
        head->rule = candidates ? candidates + n : NULL;

        for (i = 0; i < rules->list->n; i++) {
            rule = &rules->list->rule[i];

            if (rule->head_len > head->len
                || memcmp(rule->head, head->text, rule->head_len) != 0)
            {
                continue;
            }

            if (candidates) {
                head->rule[head->n] = (uint16_t) i;
            }

            head->n++;
            n++;
        }
    }

    return n;
}


static int
mytwip_rules_compare(const void *one, const void *two)
{
    const mytwip_rules_head_t  *a, *b;

    a = one;
    b = two;

    return mytwip_rules_order(a->text, a->len, b->text, b->len);
}


static int
mytwip_rules_order(const char *one, size_t one_len, const char *two,
    size_t two_len)
{
    int  rc;

    rc = memcmp(one, two, one_len < two_len ? one_len : two_len);

    if (rc != 0) {
        return rc;
    }

    return (one_len > two_len) - (one_len < two_len);
}


void
mytwip_rules_free(mytwip_rules_t *rules)
{
    if (rules == NULL) {
        return;
    }

    mytwip_rule_list_free(rules->list);

    pcre2_match_context_free(rules->limits);
    pcre2_jit_stack_free(rules->stack);
    pcre2_match_data_free(rules->match);

    free(rules->candidates);
    free(rules->text);
    free(rules);
}


int
mytwip_rules_jit(const mytwip_rules_t *rules)
{
    unsigned  i;

    for (i = 0; i < rules->list->n; i++) {
        if (!rules->filter[i].jit) {
            return 0;
        }
    }

    return 1;
}


uint64_t
mytwip_rules_limited(const mytwip_rules_t *rules)
{
    return rules->limited;
}


int
mytwip_rules_match(mytwip_rules_t *rules, const void *method,
    size_t method_len, const void *path, size_t path_len,
    mytwip_rule_match_t *match)
{
    int                           rc;
    unsigned                      i, bit;
    mytwip_rule_pairs_t           pairs;
    const mytwip_rules_head_t    *head;
    const mytwip_rules_filter_t  *filter;

    if (path_len > MYTWIP_RULES_PATH) {
        rules->limited++;
        return 0;
    }

    if (path_len == 0) {
        path = "";
    }

    head = mytwip_rules_find(rules, path, path_len);
    if (head->n == 0) {
        return 0;
    }

    bit = mytwip_rule_method(method, method_len);

    memset(&pairs, 0, sizeof(mytwip_rule_pairs_t));
    mytwip_rule_pairs(&pairs, path, path_len);

    for (i = 0; i < head->n; i++) {
        filter = &rules->filter[head->rule[i]];

        if ((filter->methods & bit) == 0
            || (filter->pairs.bits[0] & ~pairs.bits[0]) != 0
            || (filter->pairs.bits[1] & ~pairs.bits[1]) != 0)
        {
            continue;
        }

        rc = mytwip_rules_run(rules, head->rule[i], path, path_len);

        if (rc == PCRE2_ERROR_NOMATCH) {
            continue;
        }

        if (rc < 0) {
            /* whether this rule matches is unknown, and so which is first */
            rules->limited++;
            return 0;
        }

        mytwip_rules_result(rules, &rules->list->rule[head->rule[i]],
                            path, match);
        return 1;
    }

    return 0;
}


/* Returns the longest head that the path has. */

static const mytwip_rules_head_t *
mytwip_rules_find(const mytwip_rules_t *rules, const char *path, size_t len)
{
    size_t                      n;
    unsigned                    low, high, middle;
    const mytwip_rules_head_t  *head;

    low = 0;
    high = rules->heads;

    /* the last that is not behind the path; the empty one never is */

    while (high - low > 1) {
        middle = low + (high - low) / 2;
        head = &rules->head[middle];

        if (mytwip_rules_order(head->text, head->len, path, len) > 0) {
            high = middle;
        } else {
            low = middle;
        }
    }

    /*
     * The one wanted is this, or it begins this.  The path does not end
     * within this: it would stand before it.
     */

    head = &rules->head[low];

    for (n = 0; n < head->len && head->text[n] == path[n]; n++) {
        /* void */
    }

    while (head->len > n) {
        head = &rules->head[head->shorter];
    }

    return head;
}


static int
mytwip_rules_run(mytwip_rules_t *rules, unsigned i, const char *path,
    size_t len)
{
    const pcre2_code  *code;

    code = rules->list->rule[i].code;

    if (rules->filter[i].jit) {
        return pcre2_jit_match(code, (PCRE2_SPTR) path, len, 0, 0,
                               rules->match, rules->limits);
    }

    return pcre2_match(code, (PCRE2_SPTR) path, len, 0, 0, rules->match,
                       rules->limits);
}


static void
mytwip_rules_result(mytwip_rules_t *rules, const mytwip_rule_t *rule,
    const char *path, mytwip_rule_match_t *match)
{
    size_t   len;
    size_t  *group;

    memset(match, 0, sizeof(mytwip_rule_match_t));

    match->activity = rule->activity.data;
    match->activity_len = rule->activity.len;

    if (rule->capture == 0) {
        return;
    }

    group = pcre2_get_ovector_pointer(rules->match) + 2 * rule->capture;

    /* of a group without a part in the match, both are PCRE2_UNSET */
    if (group[1] <= group[0]) {
        return;
    }

    len = group[1] - group[0];

    if (len > MYTWIP_ACTIVITY_ID_MAX) {
        return;
    }

    match->resource_type = rule->type.data;
    match->resource_type_len = rule->type.len;
    match->resource_id = path + group[0];
    match->resource_id_len = len;
}
