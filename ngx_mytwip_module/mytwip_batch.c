
/*
 * The batch: see mytwip_batch.h.  An array in PostgreSQL's binary format is
 *
 *     bytes  0..3    number of dimensions: 1, or 0 for an empty array, which
 *                    ends after the type
 *     bytes  4..7    1 if it holds nulls: 0
 *     bytes  8..11   type of the elements
 *     bytes 12..15   number of elements
 *     bytes 16..19   subscript of the first: 1
 *
 * and for each element its length (4 bytes) and its bytes.  All but the
 * numbers of dimensions and elements and the values is written once.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mytwip_batch.h"


#define MYTWIP_BATCH_HEADER       20
#define MYTWIP_BATCH_HEADER_EMPTY 12
#define MYTWIP_BATCH_LENGTH       4             /* before each element */

#define MYTWIP_BATCH_NULL         0xffffffffu   /* the length of no element */
#define MYTWIP_BATCH_DETAILS_MAX  (4u * 1024 * 1024)

/* from 1970-01-01 to 2000-01-01, where timestamptz begins, in microseconds */
#define MYTWIP_BATCH_EPOCH        946684800000000

/* types of PostgreSQL (pg_type.dat), fixed for ever */
#define MYTWIP_BATCH_INT8         20
#define MYTWIP_BATCH_INT2         21
#define MYTWIP_BATCH_TEXT         25
#define MYTWIP_BATCH_INT2_ARRAY   1005
#define MYTWIP_BATCH_TEXT_ARRAY   1009
#define MYTWIP_BATCH_INT8_ARRAY   1016
#define MYTWIP_BATCH_TIME         1184
#define MYTWIP_BATCH_TIME_ARRAY   1185
#define MYTWIP_BATCH_UUID         2950


/* the arrays in the order of the parameters */

enum {
    MYTWIP_BATCH_KINDS = 0,
    MYTWIP_BATCH_POSITIONS,
    MYTWIP_BATCH_TIMES,
    MYTWIP_BATCH_ISSUES,
    MYTWIP_BATCH_READERS,
    MYTWIP_BATCH_CODES
};


typedef struct {
    unsigned  type;
    unsigned  element;
    unsigned  size;                     /* of an element */
} mytwip_batch_array_t;


static int mytwip_batch_append(mytwip_batch_t *batch,
    const mytwip_event_t *event, uint64_t position);
static int mytwip_batch_detail(mytwip_batch_t *batch,
    const mytwip_event_t *event);
static void mytwip_batch_put(mytwip_batch_t *batch, unsigned array,
    uint64_t value);
static void mytwip_batch_put_bytes(uint8_t *p, uint64_t n, unsigned size);


static const mytwip_batch_array_t  mytwip_batch_arrays[] = {
    { MYTWIP_BATCH_INT2_ARRAY, MYTWIP_BATCH_INT2, 2 },
    { MYTWIP_BATCH_INT8_ARRAY, MYTWIP_BATCH_INT8, 8 },
    { MYTWIP_BATCH_TIME_ARRAY, MYTWIP_BATCH_TIME, 8 },
    { MYTWIP_BATCH_INT8_ARRAY, MYTWIP_BATCH_INT8, 8 },
    { MYTWIP_BATCH_INT8_ARRAY, MYTWIP_BATCH_INT8, 8 },
    { MYTWIP_BATCH_INT2_ARRAY, MYTWIP_BATCH_INT2, 2 }
};


int
mytwip_batch_init(mytwip_batch_t *batch, unsigned max)
{
    size_t                       size;
    uint8_t                     *p;
    unsigned                     i, k;
    const mytwip_batch_array_t  *a;

    memset(batch, 0, sizeof(mytwip_batch_t));

    batch->max = max;
    batch->capacity = max < MYTWIP_EVENTS_PER_FRAME ? MYTWIP_EVENTS_PER_FRAME
                                                    : max;

    /* libpq takes the length of a parameter as an int */
    if (max > (INT_MAX - MYTWIP_BATCH_HEADER) / (MYTWIP_BATCH_LENGTH + 8)) {
        return -1;
    }

    size = 0;

    for (i = 0; i < MYTWIP_BATCH_ARRAYS; i++) {
        a = &mytwip_batch_arrays[i];
        size += MYTWIP_BATCH_HEADER
                + (size_t) batch->capacity * (MYTWIP_BATCH_LENGTH + a->size);
    }

    p = malloc(size);
    if (p == NULL) {
        return -1;
    }

    for (i = 0; i < MYTWIP_BATCH_ARRAYS; i++) {
        a = &mytwip_batch_arrays[i];
        batch->array[i] = p;

        memset(p, 0, MYTWIP_BATCH_HEADER);
        mytwip_batch_put_bytes(p + 8, a->element, 4);
        mytwip_batch_put_bytes(p + 16, 1, 4);
        p += MYTWIP_BATCH_HEADER;

        for (k = 0; k < batch->capacity; k++) {
            mytwip_batch_put_bytes(p, a->size, MYTWIP_BATCH_LENGTH);
            p += MYTWIP_BATCH_LENGTH + a->size;
        }
    }

    return 0;
}


void
mytwip_batch_done(mytwip_batch_t *batch)
{
    /* the first array begins the memory of all */
    free(batch->array[0]);
    free(batch->details);

    memset(batch, 0, sizeof(mytwip_batch_t));
}


void
mytwip_batch_open(mytwip_batch_t *batch, const uint8_t segment[16],
    uint64_t from)
{
    batch->n = 0;
    batch->undecoded = 0;
    batch->details_len = 0;
    memcpy(batch->segment, segment, sizeof(batch->segment));
    mytwip_batch_put_bytes(batch->from, from, sizeof(batch->from));
}


int
mytwip_batch_add(mytwip_batch_t *batch, const mytwip_event_t *event,
    uint64_t position)
{
    if (batch->n >= batch->max) {
        return -1;
    }

    return mytwip_batch_append(batch, event, position);
}


/*
 * The journal puts no more events into a frame than any batch can hold.  What
 * else a frame holds is counted, so that no frame is refused for ever.
 */

int
mytwip_batch_frame(mytwip_batch_t *batch, const mytwip_frame_t *frame)
{
    size_t          at, size, details_len;
    unsigned        n, added, undecoded;
    mytwip_event_t  event;

    n = batch->n;
    details_len = batch->details_len;
    added = 0;
    undecoded = 0;

    for (at = 0; at < frame->len; at += size) {

        size = mytwip_event_decode(&event, frame->data + at, frame->len - at);

        if (size == 0) {
            undecoded++;

            size = mytwip_event_length(frame->data + at, frame->len - at);
            if (size == 0) {
                break;
            }

            continue;
        }

        if (added == MYTWIP_EVENTS_PER_FRAME) {
            undecoded++;
            continue;
        }

        if (batch->n == batch->capacity
            || mytwip_batch_append(batch, &event, frame->position
                                                  + MYTWIP_JOURNAL_FRAME + at)
               != 0)
        {
            batch->n = n;
            batch->details_len = details_len;
            return -1;
        }

        added++;
    }

    batch->undecoded += undecoded;

    return (int) added;
}


static int
mytwip_batch_append(mytwip_batch_t *batch, const mytwip_event_t *event,
    uint64_t position)
{
    if ((event->kind == MYTWIP_EVENT_ACTIVITY || batch->details_len)
        && mytwip_batch_detail(batch, event) != 0)
    {
        return -1;
    }

    mytwip_batch_put(batch, MYTWIP_BATCH_KINDS, event->kind);
    mytwip_batch_put(batch, MYTWIP_BATCH_POSITIONS, position);
    mytwip_batch_put(batch, MYTWIP_BATCH_TIMES,
                     (uint64_t) event->time - MYTWIP_BATCH_EPOCH);
    mytwip_batch_put(batch, MYTWIP_BATCH_ISSUES, event->issue);
    mytwip_batch_put(batch, MYTWIP_BATCH_READERS, event->reader);
    mytwip_batch_put(batch, MYTWIP_BATCH_CODES, event->code);

    batch->n++;

    return 0;
}


/*
 * Appends the element of the event that is being added to the details, which
 * begin with the first activity: those before it have none, which is null.
 */

static int
mytwip_batch_detail(mytwip_batch_t *batch, const mytwip_event_t *event)
{
    size_t    len, text_len;
    uint8_t  *p;
    unsigned  i;

    text_len = (event->kind == MYTWIP_EVENT_ACTIVITY) ? event->text_len : 0;

    len = batch->details_len;

    if (len == 0) {
        len = MYTWIP_BATCH_HEADER + (size_t) batch->n * MYTWIP_BATCH_LENGTH;
    }

    if (len + MYTWIP_BATCH_LENGTH + text_len > MYTWIP_BATCH_DETAILS_MAX) {
        return -1;
    }

    if (batch->details == NULL) {
        batch->details = malloc(MYTWIP_BATCH_DETAILS_MAX);
        if (batch->details == NULL) {
            return -1;
        }
    }

    if (batch->details_len == 0) {
        p = batch->details + MYTWIP_BATCH_HEADER;

        for (i = 0; i < batch->n; i++) {
            mytwip_batch_put_bytes(p, MYTWIP_BATCH_NULL, MYTWIP_BATCH_LENGTH);
            p += MYTWIP_BATCH_LENGTH;
        }
    }

    p = batch->details + len;

    mytwip_batch_put_bytes(p, text_len ? text_len : MYTWIP_BATCH_NULL,
                           MYTWIP_BATCH_LENGTH);

    if (text_len) {
        memcpy(p + MYTWIP_BATCH_LENGTH, event->text, text_len);
    }

    batch->details_len = len + MYTWIP_BATCH_LENGTH + text_len;

    return 0;
}


void
mytwip_batch_close(mytwip_batch_t *batch, uint64_t to)
{
    unsigned                     i;
    const mytwip_batch_array_t  *a;

    mytwip_batch_put_bytes(batch->to, to, sizeof(batch->to));

    batch->types[0] = MYTWIP_BATCH_UUID;
    batch->values[0] = (const char *) batch->segment;
    batch->lengths[0] = sizeof(batch->segment);

    batch->types[1] = MYTWIP_BATCH_INT8;
    batch->values[1] = (const char *) batch->from;
    batch->lengths[1] = sizeof(batch->from);

    batch->types[2] = MYTWIP_BATCH_INT8;
    batch->values[2] = (const char *) batch->to;
    batch->lengths[2] = sizeof(batch->to);

    for (i = 0; i < MYTWIP_BATCH_ARRAYS; i++) {
        a = &mytwip_batch_arrays[i];

        mytwip_batch_put_bytes(batch->array[i], batch->n ? 1 : 0, 4);
        mytwip_batch_put_bytes(batch->array[i] + 12, batch->n, 4);

        batch->types[3 + i] = a->type;
        batch->values[3 + i] = (const char *) batch->array[i];
        batch->lengths[3 + i] = batch->n
                                ? (int) (MYTWIP_BATCH_HEADER + batch->n
                                         * (MYTWIP_BATCH_LENGTH + a->size))
                                : MYTWIP_BATCH_HEADER_EMPTY;
    }

    batch->params = MYTWIP_BATCH_PARAMS - 1;

    if (batch->details_len) {
        /* one dimension, with nulls, of text, its number, from 1 */

        mytwip_batch_put_bytes(batch->details, 1, 4);
        mytwip_batch_put_bytes(batch->details + 4, 1, 4);
        mytwip_batch_put_bytes(batch->details + 8, MYTWIP_BATCH_TEXT, 4);
        mytwip_batch_put_bytes(batch->details + 12, batch->n, 4);
        mytwip_batch_put_bytes(batch->details + 16, 1, 4);

        batch->params = MYTWIP_BATCH_PARAMS;
        batch->types[MYTWIP_BATCH_DETAILS] = MYTWIP_BATCH_TEXT_ARRAY;
        batch->values[MYTWIP_BATCH_DETAILS] = (const char *) batch->details;
        batch->lengths[MYTWIP_BATCH_DETAILS] = (int) batch->details_len;
    }

    for (i = 0; i < MYTWIP_BATCH_PARAMS; i++) {
        batch->formats[i] = 1;
    }
}


/* Writes the value of the element that is being added. */

static void
mytwip_batch_put(mytwip_batch_t *batch, unsigned array, uint64_t value)
{
    size_t    element;
    unsigned  size;

    size = mytwip_batch_arrays[array].size;
    element = (size_t) batch->n * (MYTWIP_BATCH_LENGTH + size);

    mytwip_batch_put_bytes(batch->array[array] + MYTWIP_BATCH_HEADER + element
                           + MYTWIP_BATCH_LENGTH, value, size);
}


/* Writes the last size bytes of n, the first of them first. */

static void
mytwip_batch_put_bytes(uint8_t *p, uint64_t n, unsigned size)
{
    while (size--) {
        p[size] = (uint8_t) n;
        n >>= 8;
    }
}
