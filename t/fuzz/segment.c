
/*
 * A segment that a crash, a disk or somebody with a file has left.  The input
 * is a byte of flags, and what stands in the file behind its header.
 *
 *     bit 0    the checksums are right: what wrote the file was a journal
 *     bit 1    the segment's header and uuid are not zero
 *
 * Whatever is in it, the end is found, all frames are read in the order of
 * their positions, each lies within the file, reading ends, and what the
 * database is sent is well formed and holds nothing else.
 */

#include "fuzz.h"

#include "mytwip_batch.h"
#include "mytwip_bytes.h"
#include "mytwip_crc32c.h"
#include "mytwip_journal.h"
#include "mytwip_segment.h"


#define ROWS  16


static void sign(mytwip_segment_t *seg);
static unsigned check(const mytwip_segment_t *seg);
static void check_from(const mytwip_segment_t *seg, uint64_t position);
static void ship(const mytwip_frame_t *frame);
static void check_batch(mytwip_batch_t *batch, const mytwip_frame_t *frame);
static void check_details(mytwip_batch_t *batch);
static uint64_t get(const char *p, unsigned size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned          flags, frames;
    uint8_t          *map;
    mytwip_segment_t  seg;

    if (size == 0) {
        return 0;
    }

    flags = *data++;
    size--;

    map = calloc(1, MYTWIP_JOURNAL_HEADER + size);
    must(map != NULL);

    if (size) {
        memcpy(map + MYTWIP_JOURNAL_HEADER, data, size);
    }

    memset(&seg, 0, sizeof(seg));

    if (flags & 2) {
        memset(map, 0xa5, MYTWIP_JOURNAL_HEADER);
        memset(seg.uuid, 0xa5, sizeof(seg.uuid));
    }

    seg.fd = -1;
    seg.map = map;
    seg.size = MYTWIP_JOURNAL_HEADER + size;
    seg.seed = mytwip_crc32c(0, seg.uuid, sizeof(seg.uuid));

    if (flags & 1) {
        sign(&seg);
    }

    mytwip_segment_find_end(&seg);

    must(seg.end >= MYTWIP_JOURNAL_HEADER && seg.end <= seg.size);
    must(seg.end % 8 == 0);
    must(seg.limit == seg.end);
    must(seg.damaged <= seg.size - MYTWIP_JOURNAL_HEADER);
    must(mytwip_segment_reserve(&seg, 8) == NULL);

    frames = check(&seg);
    must(frames > 0 || seg.end == MYTWIP_JOURNAL_HEADER);

    /* the mark is a number that a database says */

    check_from(&seg, 0);
    check_from(&seg, UINT64_MAX);
    check_from(&seg, seg.end + 1);
    check_from(&seg, size >= 8 ? mytwip_get64(data) : 1);

    if (seg.end > MYTWIP_JOURNAL_HEADER) {
        check_from(&seg, MYTWIP_JOURNAL_HEADER
                         + (size >= 8 ? mytwip_get64(data + size - 8) : 3)
                           % (seg.end - MYTWIP_JOURNAL_HEADER));
    }

    free(map);

    return 0;
}


/* Gives each length that a frame may have the checksum that it needs. */

static void
sign(mytwip_segment_t *seg)
{
    uint8_t   where[12];
    uint32_t  len, crc;
    uint64_t  position;

    position = MYTWIP_JOURNAL_HEADER;

    while (position + MYTWIP_JOURNAL_FRAME <= seg->size) {
        len = mytwip_get32(seg->map + position);

        if (len <= MYTWIP_JOURNAL_FRAME || len % 8 != 0
            || len > seg->size - position)
        {
            position += 8;
            continue;
        }

        mytwip_put64(where, position);
        mytwip_put32(where + 8, len);

        crc = mytwip_crc32c(seg->seed, where, sizeof(where));
        crc = mytwip_crc32c(crc, seg->map + position + MYTWIP_JOURNAL_FRAME,
                            len - MYTWIP_JOURNAL_FRAME);

        mytwip_put32(seg->map + position + 4, crc);
        position += len;
    }
}


/* Reads all; returns the number of frames. */

static unsigned
check(const mytwip_segment_t *seg)
{
    int             rc;
    uint64_t        position, before;
    unsigned        frames;
    mytwip_frame_t  frame;

    frames = 0;
    position = MYTWIP_JOURNAL_HEADER;

    for ( ;; ) {
        before = position;
        rc = mytwip_segment_read(seg, &position, &frame);

        if (rc == 0) {
            break;
        }

        must(position > before && position <= seg->end);

        if (rc == -1) {
            continue;
        }

        must(rc == 1);
        must(frame.position >= before);
        must(frame.len > 0 && frame.len % 8 == 0);
        must(frame.data == seg->map + frame.position + MYTWIP_JOURNAL_FRAME);
        must(frame.position + MYTWIP_JOURNAL_FRAME + frame.len == position);

        ship(&frame);
        frames++;
    }

    must(position == seg->end);

    return frames;
}


static void
check_from(const mytwip_segment_t *seg, uint64_t position)
{
    int             rc;
    uint64_t        at;
    mytwip_event_t  event;
    mytwip_frame_t  frame;

    rc = mytwip_journal_next(seg, position, &event);
    must(rc == 0 || rc == 1 || rc == -1);
    must(rc == 0 || position < seg->end);

    at = position;

    while ((rc = mytwip_segment_read(seg, &at, &frame)) != 0) {
        must(at <= seg->end);
    }

    must(at == position || at == seg->end);
}


/* What the shipper does with a frame. */

static void
ship(const mytwip_frame_t *frame)
{
    int                    rc;
    static int             ready;
    static uint8_t         uuid[16];
    static mytwip_batch_t  batch;

    if (!ready) {
        must(mytwip_batch_init(&batch, ROWS) == 0);
        ready = 1;
    }

    mytwip_batch_open(&batch, uuid, frame->position);

    rc = mytwip_batch_frame(&batch, frame);

    /* an empty batch takes any frame, or it would be in the way for ever */

    must(rc >= 0 && rc <= MYTWIP_EVENTS_PER_FRAME);
    must(batch.n == (unsigned) rc);
    must(batch.undecoded <= frame->len / 8);

    mytwip_batch_close(&batch, frame->position + frame->len);
    check_batch(&batch, frame);
}


static void
check_batch(mytwip_batch_t *batch, const mytwip_frame_t *frame)
{
    unsigned        i, k, size;
    uint64_t        position, kind;
    mytwip_event_t  event;

    static const unsigned  sizes[] = { 2, 8, 8, 8, 8, 2 };

    must(batch->params == MYTWIP_BATCH_PARAMS
         || batch->params == MYTWIP_BATCH_PARAMS - 1);

    for (i = 0; i < MYTWIP_BATCH_ARRAYS; i++) {
        size = sizes[i];

        must(get(batch->values[3 + i], 4) == (batch->n ? 1 : 0));

        if (batch->n == 0) {
            continue;
        }

        must(get(batch->values[3 + i] + 12, 4) == batch->n);
        must((unsigned) batch->lengths[3 + i]
             == 20 + batch->n * (4 + size));

        for (k = 0; k < batch->n; k++) {
            must(get(batch->values[3 + i] + 20 + k * (4 + size), 4) == size);
        }
    }

    for (k = 0; k < batch->n; k++) {
        kind = get(batch->values[3] + 24 + k * 6, 2);
        position = get(batch->values[4] + 24 + k * 12, 8)
                   - frame->position - MYTWIP_JOURNAL_FRAME;

        must(position < frame->len);
        must(mytwip_event_decode(&event, frame->data + position,
                                 frame->len - position)
             > 0);

        must(event.kind == kind);
        must(event.issue == get(batch->values[6] + 24 + k * 12, 8));
        must(event.reader == get(batch->values[7] + 24 + k * 12, 8));
        must(event.code == get(batch->values[8] + 24 + k * 6, 2));
    }

    if (batch->params == MYTWIP_BATCH_PARAMS) {
        check_details(batch);
    }
}


/* An array of text, with nulls, that ends where it says it does. */

static void
check_details(mytwip_batch_t *batch)
{
    uint64_t     len;
    unsigned     k;
    const char  *p, *end;

    p = batch->values[MYTWIP_BATCH_DETAILS];
    end = p + batch->lengths[MYTWIP_BATCH_DETAILS];

    must(get(p, 4) == 1 && get(p + 4, 4) == 1 && get(p + 12, 4) == batch->n);

    p += 20;

    for (k = 0; k < batch->n; k++) {
        must(end - p >= 4);
        len = get(p, 4);
        p += 4;

        if (len != 0xffffffff) {
            must(len > 0 && len <= MYTWIP_EVENT_TEXT_MAX);
            must((uint64_t) (end - p) >= len);
            p += len;
        }
    }

    must(p == end);
}


/* An integer as PostgreSQL sends it. */

static uint64_t
get(const char *p, unsigned size)
{
    uint64_t  n;

    for (n = 0; size; size--) {
        n = n << 8 | (uint8_t) *p++;
    }

    return n;
}
