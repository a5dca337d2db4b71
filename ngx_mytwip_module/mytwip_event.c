
/*
 * The event's record, written and read: see mytwip_event.h for its bytes.
 */

#include "mytwip_bytes.h"
#include "mytwip_event.h"


#define MYTWIP_EVENT_SIZE  32


size_t
mytwip_event_encode(const mytwip_event_t *event, uint8_t *p)
{
    p[0] = MYTWIP_EVENT_SIZE;
    p[1] = 0;
    p[2] = event->kind;
    p[3] = event->code;
    mytwip_put32(p + 4, event->number);
    mytwip_put64(p + 8, (uint64_t) event->time);
    mytwip_put64(p + 16, event->issue);
    mytwip_put64(p + 24, event->reader);

    return MYTWIP_EVENT_SIZE;
}


size_t
mytwip_event_decode(mytwip_event_t *event, const uint8_t *p, size_t len)
{
    uint64_t  time;

    if (len < MYTWIP_EVENT_SIZE
        || p[0] != MYTWIP_EVENT_SIZE || p[1] != 0
        || p[2] < MYTWIP_EVENT_OPEN || p[2] > MYTWIP_EVENT_UNDO
        || (p[2] == MYTWIP_EVENT_OPEN && p[3] > MYTWIP_AGENT_PREFETCH))
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

    return MYTWIP_EVENT_SIZE;
}


size_t
mytwip_event_length(const uint8_t *p, size_t len)
{
    size_t  size;

    if (len < MYTWIP_EVENT_HEADER) {
        return 0;
    }

    size = (size_t) p[0] | (size_t) p[1] << 8;

    return size % 8 != 0 || size > len ? 0 : size;
}
