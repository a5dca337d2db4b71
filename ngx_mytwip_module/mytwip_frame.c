
/*
 * Frames, what a segment of the journal is filled with: written, read, and
 * found again after a crash.  See mytwip_segment.h for their bytes.  No system
 * call is made here: a request pays for a copy and its checksum.
 *
 * A frame is written in the order records, CRC, length: until the length is
 * there, nothing is, and a process may be killed between any two
 * instructions.
 */

#include <string.h>

#include "mytwip_bytes.h"
#include "mytwip_crc32c.h"
#include "mytwip_event.h"
#include "mytwip_segment.h"


#define MYTWIP_FRAME_STRETCH  262144            /* searched in one call */


static void mytwip_frame_count(mytwip_segment_t *seg, uint64_t position,
    uint32_t len);
static uint32_t mytwip_frame_check(const mytwip_segment_t *seg,
    uint64_t position, uint64_t limit);
static uint32_t mytwip_frame_length(const mytwip_segment_t *seg,
    uint64_t position, uint64_t limit);
static uint32_t mytwip_frame_crc(const mytwip_segment_t *seg,
    uint64_t position, uint32_t len);


uint8_t *
mytwip_segment_reserve(mytwip_segment_t *seg, size_t len)
{
    if (len > MYTWIP_JOURNAL_FRAME_MAX - MYTWIP_JOURNAL_FRAME
        || MYTWIP_JOURNAL_FRAME + len > seg->limit - seg->end)
    {
        return NULL;
    }

    return seg->map + seg->end + MYTWIP_JOURNAL_FRAME;
}


void
mytwip_segment_commit(mytwip_segment_t *seg, size_t len)
{
    uint8_t   *p, bytes[4];
    uint32_t   frame, stored;

    p = seg->map + seg->end;
    frame = (uint32_t) (MYTWIP_JOURNAL_FRAME + len);

    mytwip_put32(p + 4, mytwip_frame_crc(seg, seg->end, frame));

    /* the length makes the frame exist: last, in one store, and in order */

    mytwip_put32(bytes, frame);
    memcpy(&stored, bytes, sizeof(stored));
    __atomic_store_n((uint32_t *) (void *) p, stored, __ATOMIC_RELEASE);

    seg->end += frame;
}


int
mytwip_segment_read(const mytwip_segment_t *seg, uint64_t *position,
    mytwip_frame_t *frame)
{
    uint32_t  len;
    uint64_t  searched;

    if (*position >= seg->end) {
        return 0;
    }

    if (*position < MYTWIP_JOURNAL_HEADER) {
        *position = MYTWIP_JOURNAL_HEADER;
    }

    *position = (*position + 7) & ~(uint64_t) 7;
    searched = 0;

    while (*position + MYTWIP_JOURNAL_FRAME <= seg->end) {

        len = mytwip_frame_length(seg, *position, seg->end);

        if (len && mytwip_get32(seg->map + *position + 4)
                   == mytwip_frame_crc(seg, *position, len))
        {
            frame->data = seg->map + *position + MYTWIP_JOURNAL_FRAME;
            frame->len = len - MYTWIP_JOURNAL_FRAME;
            frame->position = *position;
            *position += len;
            return 1;
        }

        /* what a false length made the CRC read is work, too */
        searched += 8 + len;
        *position += 8;

        if (searched >= MYTWIP_FRAME_STRETCH) {
            return -1;
        }
    }

    return 0;
}


/*
 * The end is behind the last whole frame of the file, not at the first zero
 * length: pages that a power loss left unwritten may lie between frames.
 */

void
mytwip_segment_find_end(mytwip_segment_t *seg)
{
    uint32_t  len;
    uint64_t  position;

    seg->end = MYTWIP_JOURNAL_HEADER;
    position = MYTWIP_JOURNAL_HEADER;

    while (position + MYTWIP_JOURNAL_FRAME <= seg->size) {
        len = mytwip_frame_check(seg, position, seg->size);

        if (len) {
            mytwip_frame_count(seg, position, len);
            position += len;
            seg->end = position;
            continue;
        }

        if (mytwip_get64(seg->map + position) != 0) {
            seg->damaged += 8;
        }

        position += 8;
    }

    seg->limit = seg->end;
}


/* Each record tells the number of its event, whatever its kind. */

static void
mytwip_frame_count(mytwip_segment_t *seg, uint64_t position, uint32_t len)
{
    size_t          size;
    const uint8_t  *p, *last;

    p = seg->map + position + MYTWIP_JOURNAL_FRAME;
    last = seg->map + position + len;

    for ( ;; ) {
        size = mytwip_event_length(p, (size_t) (last - p));
        if (size == 0) {
            return;
        }

        seg->events = mytwip_get32(p + 4) + 1;
        p += size;
    }
}


/* Returns the length of the whole frame at the position, or 0. */

static uint32_t
mytwip_frame_check(const mytwip_segment_t *seg, uint64_t position,
    uint64_t limit)
{
    uint32_t  len;

    len = mytwip_frame_length(seg, position, limit);

    if (len && mytwip_get32(seg->map + position + 4)
               != mytwip_frame_crc(seg, position, len))
    {
        return 0;
    }

    return len;
}


/* Returns the length that a frame at the position may have, or 0. */

static uint32_t
mytwip_frame_length(const mytwip_segment_t *seg, uint64_t position,
    uint64_t limit)
{
    uint32_t  len;

    len = mytwip_get32(seg->map + position);

    if (len <= MYTWIP_JOURNAL_FRAME
        || len % 8 != 0
        || len > MYTWIP_JOURNAL_FRAME_MAX
        || len > limit - position)
    {
        return 0;
    }

    return len;
}


/*
 * The uuid is under the CRC: a client cannot know it, so that no bytes sent
 * by a client look like a frame when damage before them is skipped.
 */

static uint32_t
mytwip_frame_crc(const mytwip_segment_t *seg, uint64_t position,
    uint32_t len)
{
    uint32_t  crc;
    uint8_t   where[12];

    mytwip_put64(where, position);
    mytwip_put32(where + 8, len);

    crc = mytwip_crc32c(seg->seed, where, sizeof(where));

    return mytwip_crc32c(crc, seg->map + position + MYTWIP_JOURNAL_FRAME,
                         len - MYTWIP_JOURNAL_FRAME);
}
