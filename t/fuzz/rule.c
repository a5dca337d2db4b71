
/*
 * A path against the activity rules that are shipped.  The input is a method,
 * a blank, and a path.
 *
 * Matching ends, and what is found lies in the path.
 */

#include "fuzz.h"

#include "mytwip_activity.h"
#include "mytwip_rules.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                    *path;
    size_t                   len;
    uint64_t                 limited;
    const uint8_t           *method;
    mytwip_error_t           err;
    mytwip_rule_match_t      match;
    static mytwip_rules_t   *rules;

    if (rules == NULL) {
        rules = mytwip_rules_load(MYTWIP_FUZZ_CONF "/activity.rules", &err);
        must(rules != NULL);
    }

    method = fuzz_until(&data, &size, ' ', &len);
    path = fuzz_copy(data, size);

    limited = mytwip_rules_limited(rules);

    if (mytwip_rules_match(rules, method, len, path, size, &match)) {
        must(mytwip_activity_slug(match.activity, match.activity_len));
        must(match.resource_type == NULL
             || (match.resource_id >= path
                 && match.resource_id + match.resource_id_len
                    <= path + size));
    }

    /* the rules that are shipped drive nobody to the limits */

    must(mytwip_rules_limited(rules)
         == limited + (size > MYTWIP_RULES_PATH));

    fuzz_free(path);

    return 0;
}
