
/*
 * The body of an activity beacon.  The input is the body.
 *
 * What is taken is written as compact JSON that fits into a record, and is
 * taken again, with the same outcome.  What is refused leaves nothing behind
 * and is told in words that are not the body's.
 */

#include "fuzz.h"

#include "mytwip_activity.h"
#include "mytwip_event.h"


static void check(mytwip_activities_t *list);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void                      *body;
    mytwip_activities_t        list;
    mytwip_activity_error_t    err;
    mytwip_activity_result_t   rc;

    memset(&err, 0x5a, sizeof(err));
    memset(&list, 0x5a, sizeof(list));

    body = fuzz_copy(data, size);
    rc = mytwip_activities_parse(body, size, &list, &err);

    must(rc != MYTWIP_ACTIVITY_FAILED);

    if (rc == MYTWIP_ACTIVITY_OK) {
        must(list.n >= 1 && list.n <= MYTWIP_ACTIVITY_MAX);
        check(&list);
        mytwip_activities_free(&list);

    } else {
        must(memchr(err.text, '\0', sizeof(err.text)) != NULL);
        must(err.text[0] != '\0');
        must(err.element >= -1 && err.element < MYTWIP_ACTIVITY_MAX);
    }

    fuzz_free(body);

    return 0;
}


static void
check(mytwip_activities_t *list)
{
    unsigned                  i;
    mytwip_activities_t       again;
    mytwip_activity_error_t   err;

    for (i = 0; i < list->n; i++) {

        must(list->event[i].len == strlen(list->event[i].text));
        must(list->event[i].len > 0);
        must(list->event[i].len <= MYTWIP_EVENT_TEXT_MAX);

        must(mytwip_activities_parse(list->event[i].text, list->event[i].len,
                                     &again, &err)
             == MYTWIP_ACTIVITY_OK);
        must(again.n == 1);
        must(strcmp(again.event[0].text, list->event[i].text) == 0);

        mytwip_activities_free(&again);
    }
}
