
/*
 * The event's record, written and read: see mytwip_event.h for its bytes.
 */

#include "mytwip_event.h"


#define MYTWIP_EVENT_OPEN_SIZE  32


static void mytwip_event_put(uint8_t *p, uint64_t n, unsigned size);
static uint64_t mytwip_event_get(const uint8_t *p, unsigned size);


size_t
mytwip_event_encode(const mytwip_event_t *event, uint8_t *p)
{
    p[0] = MYTWIP_EVENT_OPEN_SIZE;
    p[1] = 0;
    p[2] = event->kind;
    p[3] = event->agent;
    mytwip_event_put(p + 4, event->number, 4);
    mytwip_event_put(p + 8, (uint64_t) event->time, 8);
    mytwip_event_put(p + 16, event->issue, 8);
    mytwip_event_put(p + 24, event->reader, 8);

    return MYTWIP_EVENT_OPEN_SIZE;
}


size_t
mytwip_event_decode(mytwip_event_t *event, const uint8_t *p, size_t len)
{
    uint64_t  time;

    if (len < MYTWIP_EVENT_OPEN_SIZE
        || p[0] != MYTWIP_EVENT_OPEN_SIZE || p[1] != 0
        || p[2] != MYTWIP_EVENT_OPEN
        || p[3] > MYTWIP_AGENT_PREFETCH)
    {
        return 0;
    }

    /* PostgreSQL refuses the far past, and with it the whole batch */

    time = mytwip_event_get(p + 8, 8);
    if (time > INT64_MAX) {
        return 0;
    }

    event->kind = p[2];
    event->agent = p[3];
    event->number = (uint32_t) mytwip_event_get(p + 4, 4);
    event->time = (int64_t) time;
    event->issue = mytwip_event_get(p + 16, 8);
    event->reader = mytwip_event_get(p + 24, 8);

    return MYTWIP_EVENT_OPEN_SIZE;
}


size_t
mytwip_event_length(const uint8_t *p, size_t len)
{
    size_t  size;

    if (len < MYTWIP_EVENT_HEADER) {
        return 0;
    }

    size = (size_t) mytwip_event_get(p, 2);

    return size < MYTWIP_EVENT_HEADER || size % 8 != 0 || size > len ? 0
                                                                      : size;
}


static void
mytwip_event_put(uint8_t *p, uint64_t n, unsigned size)
{
    unsigned  i;

    for (i = 0; i < size; i++) {
        p[i] = (uint8_t) (n >> (8 * i));
    }
}


static uint64_t
mytwip_event_get(const uint8_t *p, unsigned size)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < size; i++) {
        n |= (uint64_t) p[i] << (8 * i);
    }

    return n;
}
