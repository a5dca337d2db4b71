
/*
 * A record.  The input is what stands where a record should.
 *
 * What is read is written again as it was, but for the bytes between a text
 * and the record's end, which are zero; and nothing is read from beyond.
 */

#include "fuzz.h"

#include "mytwip_event.h"


static void check(const mytwip_event_t *event, const uint8_t *p, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t          len, length;
    uint8_t        *p;
    mytwip_event_t  event;

    p = fuzz_copy(data, size);

    memset(&event, 0, sizeof(event));

    length = mytwip_event_length(p, size);
    must(length <= size && length % 8 == 0);

    len = mytwip_event_decode(&event, p, size);
    must(len == 0 || len == length);

    if (len) {
        check(&event, p, len);
    }

    fuzz_free(p);

    return 0;
}


static void
check(const mytwip_event_t *event, const uint8_t *p, size_t len)
{
    size_t          used;
    uint8_t        *again;
    mytwip_event_t  other;

    must(len == mytwip_event_size(event));
    must(event->time >= 0);

    used = MYTWIP_EVENT_MAX_SIZE;

    if (event->kind == MYTWIP_EVENT_ACTIVITY) {
        must(event->text_len > 0
             && event->text_len <= MYTWIP_EVENT_TEXT_MAX);
        must(event->text == p + used);
        used += event->text_len;
    }

    must(used <= len);

    again = malloc(len);
    must(again != NULL);
    memset(again, 0x5a, len);

    must(mytwip_event_encode(event, again) == len);
    must(memcmp(again, p, used) == 0);

    for ( /* void */ ; used < len; used++) {
        must(again[used] == 0);
    }

    must(mytwip_event_decode(&other, again, len) == len);
    must(other.kind == event->kind && other.code == event->code);
    must(other.number == event->number && other.time == event->time);
    must(other.issue == event->issue && other.reader == event->reader);
    must(other.text_len == event->text_len);

    free(again);
}
