
/*
 * The file of mytwip_activity_rules, and a request.  The input is the file, a
 * zero, a method, a blank, and a path.
 *
 * What keeps most rules from being run changes no outcome: the rule that is
 * found is the first of those that match, all of them run in order.  An input
 * of odd length is judged without machine code.
 */

#include "fuzz.h"

#include "mytwip_activity.h"
#include "mytwip_rules.h"
#include "mytwip_rules_file.h"


static void check(mytwip_rules_t *rules, const char *text, size_t len,
    const uint8_t *request, size_t size);
static int one_by_one(mytwip_rule_list_t *list, unsigned method,
    const char *path, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char             *text;
    size_t            len;
    const uint8_t    *p;
    mytwip_error_t    err;
    mytwip_rules_t   *rules;

    memset(&err, 0, sizeof(err));
    fuzz_jit(size % 2 == 0);

    p = fuzz_until(&data, &size, '\0', &len);

    text = fuzz_copy(p, len);
    rules = mytwip_rules_parse(text, len, &err);

    if (rules == NULL) {
        must(err.text[0] != '\0');
        must(memchr(err.text, '\0', sizeof(err.text)) != NULL);

    } else {
        check(rules, text, len, data, size);
        mytwip_rules_free(rules);
    }

    fuzz_free(text);

    return 0;
}


static void
check(mytwip_rules_t *rules, const char *text, size_t len,
    const uint8_t *request, size_t size)
{
    int                   found, expected;
    char                 *path;
    size_t                method_len;
    unsigned              bit;
    mytwip_error_t        err;
    const uint8_t        *method;
    mytwip_rule_list_t   *list;
    mytwip_rule_match_t   match;

    method = fuzz_until(&request, &size, ' ', &method_len);
    path = fuzz_copy(request, size);
    bit = mytwip_rule_method(method, method_len);

    list = mytwip_rule_list_parse(text, len, &err);
    must(list != NULL);

    found = mytwip_rules_match(rules, method, method_len, path, size, &match);
    must(found == 0 || found == 1);

    if (found) {
        must(mytwip_activity_slug(match.activity, match.activity_len));
        must(mytwip_rules_limited(rules) == 0);

        if (match.resource_type) {
            must(mytwip_activity_slug(match.resource_type,
                                      match.resource_type_len));
            must(match.resource_id_len > 0);
            must(match.resource_id_len <= MYTWIP_ACTIVITY_ID_MAX);
            must(match.resource_id >= path
                 && match.resource_id + match.resource_id_len <= path + size);
        }
    }

    expected = one_by_one(list, bit, path, size);

    if (expected != -2) {
        must(found == (expected != -1));
        must(!found
             || (match.activity_len == list->rule[expected].activity.len
                 && memcmp(match.activity, list->rule[expected].activity.data,
                           match.activity_len)
                    == 0));
    }

    mytwip_rule_list_free(list);
    fuzz_free(path);
}


/* Returns -1 if no rule matches, -2 where one is too expensive to say. */

static int
one_by_one(mytwip_rule_list_t *list, unsigned method, const char *path,
    size_t len)
{
    int                   rc, result;
    unsigned              i;
    pcre2_match_data     *match;
    pcre2_match_context  *limits;

    if (len > MYTWIP_RULES_PATH) {
        return -1;
    }

    result = -1;
    match = pcre2_match_data_create(list->captures + 1, NULL);
    limits = pcre2_match_context_create(NULL);
    must(match != NULL && limits != NULL);

    (void) pcre2_set_match_limit(limits, 200);

    for (i = 0; i < list->n && result == -1; i++) {

        if ((list->rule[i].methods & method) == 0) {
            continue;
        }

        rc = pcre2_match(list->rule[i].code, (PCRE2_SPTR) path, len, 0, 0,
                         match, limits);

        if (rc >= 0) {
            result = (int) i;

        } else if (rc != PCRE2_ERROR_NOMATCH) {
            result = -2;
        }
    }

    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);

    return result;
}
