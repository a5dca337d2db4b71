
/*
 * The event's record, written and read: see mytwip_event.h for its bytes.
 */

#include <string.h>

#include "mytwip_bytes.h"
#include "mytwip_event.h"


static size_t mytwip_event_padded(size_t len);
static size_t mytwip_event_text_size(const uint8_t *p);


size_t
mytwip_event_size(const mytwip_event_t *event)
{
    if (event->kind != MYTWIP_EVENT_ACTIVITY) {
        return MYTWIP_EVENT_MAX_SIZE;
    }

    return MYTWIP_EVENT_MAX_SIZE + mytwip_event_padded(event->text_len);
}


static size_t
mytwip_event_padded(size_t len)
{
    return (len + 7) / 8 * 8;
}


size_t
mytwip_event_encode(const mytwip_event_t *event, uint8_t *p)
{
    size_t  size;

    size = mytwip_event_size(event);

    p[0] = (uint8_t) size;
    p[1] = (uint8_t) (size >> 8);
    p[2] = event->kind;
    p[3] = event->code;
    mytwip_put32(p + 4, event->number);
    mytwip_put64(p + 8, (uint64_t) event->time);
    mytwip_put64(p + 16, event->issue);
    mytwip_put64(p + 24, event->reader);

    if (event->kind == MYTWIP_EVENT_ACTIVITY) {
        mytwip_put64(p + 16, event->text_len);

        memcpy(p + MYTWIP_EVENT_MAX_SIZE, event->text, event->text_len);
        memset(p + MYTWIP_EVENT_MAX_SIZE + event->text_len, 0,
               size - MYTWIP_EVENT_MAX_SIZE - event->text_len);
    }

    return size;
}


size_t
mytwip_event_decode(mytwip_event_t *event, const uint8_t *p, size_t len)
{
    size_t    size;
    uint64_t  time;

    size = mytwip_event_length(p, len);

    if (size < MYTWIP_EVENT_MAX_SIZE
        || p[2] < MYTWIP_EVENT_OPEN || p[2] > MYTWIP_EVENT_ERASE
        || ((p[2] == MYTWIP_EVENT_OPEN || p[2] == MYTWIP_EVENT_TRAP)
            && p[3] > MYTWIP_AGENT_PREFETCH)
        || size != MYTWIP_EVENT_MAX_SIZE + mytwip_event_text_size(p))
    {
        return 0;
    }

    /* PostgreSQL refuses the far past, and with it the whole batch */

    time = mytwip_get64(p + 8);
    if (time > INT64_MAX) {
        return 0;
    }

    event->kind = p[2];
    event->code = p[3];
    event->number = mytwip_get32(p + 4);
    event->time = (int64_t) time;
    event->issue = mytwip_get64(p + 16);
    event->reader = mytwip_get64(p + 24);
    event->text = NULL;
    event->text_len = 0;

    if (event->kind == MYTWIP_EVENT_ACTIVITY) {
        event->text = p + MYTWIP_EVENT_MAX_SIZE;
        event->text_len = (uint32_t) event->issue;
    }

    return size;
}


/* What the text takes in a record; a size of no record if it cannot be so. */

static size_t
mytwip_event_text_size(const uint8_t *p)
{
    uint64_t  len;

    if (p[2] != MYTWIP_EVENT_ACTIVITY) {
        return 0;
    }

    len = mytwip_get64(p + 16);

    if (len == 0 || len > MYTWIP_EVENT_TEXT_MAX) {
        return 1;
    }

    return mytwip_event_padded(len);
}


size_t
mytwip_event_length(const uint8_t *p, size_t len)
{
    size_t  size;

    if (len < MYTWIP_EVENT_HEADER) {
        return 0;
    }

    size = (size_t) p[0] | (size_t) p[1] << 8;

    return size < MYTWIP_EVENT_HEADER || size % 8 != 0 || size > len ? 0
                                                                      : size;
}
