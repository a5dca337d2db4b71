
/*
 * Frames: their bytes, and what is read when bytes are missing, torn or
 * changed.  "At most that frame, and nothing after it" is the promise.
 */

#include "segments.h"


#define EVENTS  10


static char     name[MYTWIP_JOURNAL_NAME_LEN + 1];
static uint8_t  times[4096];


/* Adopts the segment, and returns how many events it gives; -1 is not ok. */

static unsigned
adopt_and_read(uint64_t *damaged)
{
    unsigned          n;
    mytwip_segment_t  seg;

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    n = read_events(&seg, FIRST, times, sizeof(times));
    *damaged = seg.damaged;
    mytwip_segment_close(&seg);

    return n;
}


/* That all events of the segment are there, but for those from a to b. */

static void
assert_all_but(unsigned total, unsigned a, unsigned b)
{
    unsigned  i;
    uint64_t  damaged;

    (void) adopt_and_read(&damaged);

    for (i = 0; i < total; i++) {
        assert_int_equal(times[i], i < a || i > b ? 1 : 0);
    }
}


static void
frame_has_the_documented_bytes(void **state)
{
    uint8_t           uuid[16], p[2 * FRAME], bytes[28 + 64];
    mytwip_event_t    event[2];
    mytwip_segment_t  seg;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, 1);
    event[0] = event_of(1);
    event[1] = event_of(2);
    assert_int_equal(mytwip_journal_append(&seg, event, 2), 0);

    assert_int_equal(seg.end, 4096 + 40 + 72);
    memcpy(uuid, seg.uuid, 16);
    read_file(seg.name, p, 72, 4096 + 40);
    mytwip_segment_close(&seg);

    assert_int_equal(get32(p), 72);

    /* uuid, position, length, records */
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, uuid, 16);
    put32(bytes + 16, 4096 + 40);
    put32(bytes + 24, 72);
    (void) mytwip_event_encode(&event[0], bytes + 28);
    (void) mytwip_event_encode(&event[1], bytes + 28 + 32);

    assert_memory_equal(p + 8, bytes + 28, 64);
    assert_int_equal(get32(p + 4), mytwip_crc32c(0, bytes, sizeof(bytes)));
}


static void
what_is_appended_is_read_at_once(void **state)
{
    uint64_t          position;
    unsigned          i;
    mytwip_event_t    event;
    mytwip_frame_t    frame;
    mytwip_segment_t  seg;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    position = FIRST;

    for (i = 0; i < 50; i++) {
        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 0);
        assert_int_equal(position, seg.end);

        append(&seg, 1);

        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 1);
        assert_int_equal(frame.position, FIRST + i * FRAME);
        assert_int_equal(frame.len, 32);
        assert_int_equal(position, seg.end);
        assert_int_equal(mytwip_event_decode(&event, frame.data, 32), 32);
        assert_event(&event, i);
    }

    mytwip_segment_close(&seg);
}


/* Cut off at every byte, as by a power loss: what comes behind is zero. */

static void
torn_tail_costs_the_last_frame_only(void **state)
{
    off_t     last, at;
    uint8_t   frame[FRAME], torn[FRAME];
    uint64_t  damaged;

    (void) state;

    leave_segment(name, SMALL, EVENTS);
    last = FIRST + (EVENTS - 1) * FRAME;
    read_file(name, frame, FRAME, last);

    for (at = 0; at < FRAME; at++) {
        memset(torn, 0, FRAME);
        memcpy(torn, frame, (size_t) at);
        write_file(name, torn, FRAME, last);

        /* the last bytes of the record, of the reader's id, are not zero */
        assert_int_equal(adopt_and_read(&damaged), EVENTS - 1);
        assert_all_but(EVENTS, EVENTS - 1, EVENTS - 1);
        assert_true(damaged == 0 ? at == 0 : at > 0);
    }

    write_file(name, frame, FRAME, last);
    assert_int_equal(adopt_and_read(&damaged), EVENTS);
    assert_int_equal(damaged, 0);
}


/* The same in the order in which a frame is written: the length comes last. */

static void
frame_without_its_length_is_not_there(void **state)
{
    off_t     last;
    size_t    n;
    uint8_t   frame[FRAME], torn[FRAME];
    uint64_t  damaged;

    (void) state;

    leave_segment(name, SMALL, EVENTS);
    last = FIRST + (EVENTS - 1) * FRAME;
    read_file(name, frame, FRAME, last);

    for (n = 0; n <= 36; n++) {
        memset(torn, 0, FRAME);
        memcpy(torn + 8, frame + 8, n < 32 ? n : 32);
        memcpy(torn + 4, frame + 4, n < 32 ? 0 : n - 32);
        write_file(name, torn, FRAME, last);

        assert_int_equal(adopt_and_read(&damaged), EVENTS - 1);
        assert_all_but(EVENTS, EVENTS - 1, EVENTS - 1);
    }
}


static void
flipped_bit_costs_its_own_frame_only(void **state)
{
    off_t     at;
    uint8_t   byte, flipped;
    unsigned  bit, hit;
    uint64_t  damaged;

    (void) state;

    leave_segment(name, SMALL, EVENTS);

    for (at = FIRST; at < FIRST + EVENTS * FRAME; at++) {
        read_file(name, &byte, 1, at);
        hit = (unsigned) (at - FIRST) / FRAME;

        for (bit = 0; bit < 8; bit++) {
            flipped = (uint8_t) (byte ^ 1u << bit);
            write_file(name, &flipped, 1, at);

            assert_int_equal(adopt_and_read(&damaged), EVENTS - 1);
            assert_all_but(EVENTS, hit, hit);
            assert_true(damaged > 0 && damaged <= FRAME);
        }

        write_file(name, &byte, 1, at);
    }

    assert_int_equal(adopt_and_read(&damaged), EVENTS);
    assert_int_equal(damaged, 0);
}


/* A page that a power loss left unwritten, between pages that were written. */

static void
missing_page_costs_its_own_frames_only(void **state)
{
    unsigned        page, total;
    uint8_t         bytes[4096], zero[4096];

    (void) state;

    total = 4 * 4096 / FRAME;
    memset(zero, 0, sizeof(zero));
    leave_segment(name, 8 * 4096, total);

    for (page = 0; page < 4; page++) {
        read_file(name, bytes, 4096, FIRST + page * 4096);
        write_file(name, zero, 4096, FIRST + page * 4096);

        assert_all_but(total, page * 4096 / FRAME,
                       ((page + 1) * 4096 - 1) / FRAME);

        write_file(name, bytes, 4096, FIRST + page * 4096);
    }

    assert_all_but(total, total, total);
}


/* A mark that is no frame's begin, whoever set it, finds the next frame. */

static void
any_position_leads_to_the_next_frame(void **state)
{
    uint64_t          from, position, next;
    mytwip_frame_t    frame;
    mytwip_segment_t  seg;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, EVENTS);

    for (from = 0; from <= seg.end - FRAME; from++) {
        next = from <= FIRST ? FIRST
                             : FIRST + (from - FIRST + FRAME - 1) / FRAME
                                       * FRAME;
        position = from;
        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 1);
        assert_int_equal(frame.position, next);
        assert_int_equal(position, next + FRAME);
    }

    for ( /* void */ ; from <= seg.end; from++) {
        position = from;
        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 0);
        assert_int_equal(position, seg.end);
    }

    mytwip_segment_close(&seg);
}


static void
position_beyond_the_end_is_left_alone(void **state)
{
    size_t                 i;
    uint64_t               position;
    mytwip_frame_t         frame;
    mytwip_segment_t       seg;
    static const uint64_t  beyond[] = {
        1, 7, 8, SMALL, UINT32_MAX, UINT64_MAX - 8192
    };

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, 3);

    for (i = 0; i < MYTWIP_TEST_N(beyond); i++) {
        position = seg.end + beyond[i];
        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 0);
        assert_int_equal(position, seg.end + beyond[i]);
    }

    position = UINT64_MAX;
    assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 0);
    assert_true(position == UINT64_MAX);

    mytwip_segment_close(&seg);
}


/*
 * The shipper reads in nginx's event loop: neither zeros nor bytes that look
 * like long frames may keep it there.
 */

static void
long_damage_is_read_in_bounded_steps(void **state)
{
    int               rc;
    size_t            i, k, most;
    uint8_t          *bytes;
    uint64_t          position, before;
    unsigned          steps;
    mytwip_frame_t    frame;
    mytwip_segment_t  seg;

    (void) state;

    bytes = calloc(1, 2 * MYTWIP_JOURNAL_FRAME_MAX);
    assert_non_null(bytes);

    /* zeros, the longest frames, and longer ones than there can be */

    for (k = 0; k < 3; k++) {
        assert_ok(mytwip_segment_create(&seg, dir,
                                        4 * MYTWIP_JOURNAL_FRAME_MAX, &err));
        append(&seg, 1);

        /* most: bytes passed over in a step */
        most = k == 1 ? 8 : 256 * 1024;

        for (i = 0; k > 0 && i < 2 * MYTWIP_JOURNAL_FRAME_MAX; i += 8) {
            put32(bytes + i, MYTWIP_JOURNAL_FRAME_MAX + (k == 2) * 8);
        }

        for (i = 0; i < 2; i++) {
            assert_non_null(mytwip_segment_reserve(&seg,
                                             MYTWIP_JOURNAL_FRAME_MAX - 8));
            mytwip_segment_commit(&seg, MYTWIP_JOURNAL_FRAME_MAX - 8);
        }

        append(&seg, 1);
        write_file(seg.name, bytes, 2 * MYTWIP_JOURNAL_FRAME_MAX,
                   FIRST + FRAME);

        position = FIRST;
        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), 1);

        before = position;
        steps = 0;

        while ((rc = mytwip_segment_read(&seg, &position, &frame)) == -1) {
            steps++;
            assert_true(position > before && position - before <= most);
            before = position;

            /* enough seen: skip what looks like frames, for the time's sake */
            if (k == 1 && steps == 100) {
                position = seg.end - FRAME;
            }
        }

        assert_int_equal(rc, 1);
        assert_int_equal(frame.position, seg.end - FRAME);
        assert_in_range(steps, 7, k == 1 ? 100 : 8);

        mytwip_segment_close(&seg);
    }

    free(bytes);
}


/* Neither a frame of another segment nor one from elsewhere is taken. */

static void
frame_belongs_to_its_segment_and_position(void **state)
{
    char      other[MYTWIP_JOURNAL_NAME_LEN + 1];
    uint8_t   frame[FRAME];
    uint64_t  damaged;

    (void) state;

    leave_segment(other, SMALL, EVENTS);
    leave_segment(name, SMALL, EVENTS);

    read_file(other, frame, FRAME, FIRST + 3 * FRAME);
    write_file(name, frame, FRAME, FIRST + 3 * FRAME);
    assert_all_but(EVENTS, 3, 3);

    read_file(name, frame, FRAME, FIRST + 5 * FRAME);
    write_file(name, frame, FRAME, FIRST + 3 * FRAME);
    assert_all_but(EVENTS, 3, 3);

    write_file(name, frame, FRAME, FIRST + EVENTS * FRAME);
    assert_int_equal(adopt_and_read(&damaged), EVENTS - 1);
    assert_true(damaged > FRAME);
}


static void
every_length_that_fits_is_reserved(void **state)
{
    size_t            len;
    uint8_t          *p;
    mytwip_segment_t  seg;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, FIRST + 100, &err));

    /* 92 bytes of records fit, of which frames use multiples of 8 */
    for (len = 0; len <= 92; len++) {
        assert_ptr_equal(mytwip_segment_reserve(&seg, len),
                         seg.map + FIRST + 8);
    }

    assert_null(mytwip_segment_reserve(&seg, 93));
    assert_null(mytwip_segment_reserve(&seg, SIZE_MAX));
    assert_null(mytwip_segment_reserve(&seg, SIZE_MAX - 8));
    assert_int_equal(seg.end, FIRST);

    append(&seg, 2);
    assert_null(mytwip_segment_reserve(&seg, 16));
    p = mytwip_segment_reserve(&seg, 8);
    assert_non_null(p);
    memcpy(p, "\x08\0\x01\0\x02\0\0\0", 8);
    mytwip_segment_commit(&seg, 8);
    assert_null(mytwip_segment_reserve(&seg, 0));

    mytwip_segment_close(&seg);

    assert_ok(mytwip_segment_create(&seg, dir, 4 * MYTWIP_JOURNAL_FRAME_MAX,
                                    &err));
    assert_non_null(mytwip_segment_reserve(&seg, MYTWIP_JOURNAL_FRAME_MAX
                                                 - 8));
    assert_null(mytwip_segment_reserve(&seg, MYTWIP_JOURNAL_FRAME_MAX - 7));
    mytwip_segment_close(&seg);
}


/* Less may be used than was reserved; what was written beyond is not read. */

static void
only_what_is_committed_is_appended(void **state)
{
    uint8_t          *p;
    mytwip_event_t    event;
    mytwip_segment_t  seg;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));

    p = mytwip_segment_reserve(&seg, 96);
    assert_non_null(p);
    memset(p, 0xff, 96);
    assert_events(&seg, 0);

    event = event_of(0);
    assert_int_equal(mytwip_event_encode(&event, p), 32);
    mytwip_segment_commit(&seg, 32);
    seg.events = 1;
    assert_int_equal(seg.end, FIRST + FRAME);
    assert_events(&seg, 1);

    append(&seg, 1);
    assert_events(&seg, 2);

    memcpy(name, seg.name, sizeof(name));
    mytwip_segment_close(&seg);

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_int_equal(seg.end, FIRST + 2 * FRAME);
    assert_events(&seg, 2);
    mytwip_segment_close(&seg);
}


/* Records of a later version count, too: their first bytes are the same. */

static void
adopted_segment_knows_the_number_of_its_events(void **state)
{
    uint8_t          *p;
    unsigned          n;
    mytwip_segment_t  seg;

    (void) state;

    for (n = 0; n < 5; n++) {
        leave_segment(name, SMALL, n);
        assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
        assert_int_equal(seg.events, n);
        assert_int_equal(seg.end, FIRST + n * FRAME);
        mytwip_segment_close(&seg);
    }

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, 3);

    p = mytwip_segment_reserve(&seg, 32);
    assert_non_null(p);
    memset(p, 0xff, 32);
    memcpy(p, "\x10\0\xfe\0\x07\0\0\0", 8);
    memcpy(p + 16, "\x18\0\xfe\0\x09\0\0\0", 8);        /* not in the frame */
    mytwip_segment_commit(&seg, 32);

    memcpy(name, seg.name, sizeof(name));
    mytwip_segment_close(&seg);

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_int_equal(seg.events, 8);
    assert_int_equal(seg.damaged, 0);
    mytwip_segment_close(&seg);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        in_dir(frame_has_the_documented_bytes),
        in_dir(what_is_appended_is_read_at_once),
        in_dir(torn_tail_costs_the_last_frame_only),
        in_dir(frame_without_its_length_is_not_there),
        in_dir(flipped_bit_costs_its_own_frame_only),
        in_dir(missing_page_costs_its_own_frames_only),
        in_dir(any_position_leads_to_the_next_frame),
        in_dir(position_beyond_the_end_is_left_alone),
        in_dir(long_damage_is_read_in_bounded_steps),
        in_dir(frame_belongs_to_its_segment_and_position),
        in_dir(every_length_that_fits_is_reserved),
        in_dir(only_what_is_committed_is_appended),
        in_dir(adopted_segment_knows_the_number_of_its_events)
    };

    return mytwip_test_run(tests);
}
