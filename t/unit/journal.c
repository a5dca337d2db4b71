
/*
 * The journal's events: appended in frames of any size, and the next one found
 * whatever lies before it.
 */

#include "segments.h"


#define SIZE  MYTWIP_JOURNAL_MIN_SIZE


static char              name[MYTWIP_JOURNAL_NAME_LEN + 1];
static mytwip_segment_t  seg;


static void
frames_of_every_size_are_read_back(void **state)
{
    unsigned        i, n;
    mytwip_event_t  event[MYTWIP_EVENTS_PER_FRAME];

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, 1024 * 1024, &err));

    for (n = 1; n <= MYTWIP_EVENTS_PER_FRAME; n++) {
        for (i = 0; i < n; i++) {
            event[i] = event_of(seg.events + i);
            event[i].number = 0xdeadbeef;       /* set by the journal */
        }

        assert_int_equal(mytwip_journal_append(&seg, event, n), 0);
        assert_int_equal(event[n - 1].number, seg.events - 1);
    }

    assert_int_equal(seg.events, 128 * 129 / 2);
    assert_int_equal(seg.end, FIRST + 128 * 8 + 128 * 129 / 2 * 32);
    assert_events(&seg, 128 * 129 / 2);

    memcpy(name, seg.name, sizeof(name));
    mytwip_segment_close(&seg);

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_int_equal(seg.events, 128 * 129 / 2);
    assert_events(&seg, 128 * 129 / 2);
    mytwip_segment_close(&seg);
}


static void
frame_has_at_least_one_event_and_at_most_128(void **state)
{
    mytwip_event_t  event[MYTWIP_EVENTS_PER_FRAME + 1];

    (void) state;

    memset(event, 0, sizeof(event));
    assert_ok(mytwip_segment_create(&seg, dir, SIZE, &err));

    assert_int_equal(mytwip_journal_append(&seg, event, 0), 0);
    assert_int_equal(mytwip_journal_append(&seg, event, 129), -1);
    assert_int_equal(mytwip_journal_append(&seg, event, UINT32_MAX), -1);

    assert_int_equal(seg.events, 0);
    assert_int_equal(seg.end, FIRST);
    assert_events(&seg, 0);
    mytwip_segment_close(&seg);
}


/* What does not fit is not appended in part, and a smaller one may still. */

static void
frame_without_room_changes_nothing(void **state)
{
    unsigned        i;
    uint64_t        end;
    mytwip_event_t  event[3];

    (void) state;

    /* one byte less than two more frames of one */
    assert_ok(mytwip_segment_create(&seg, dir, FIRST + 5 * FRAME - 1, &err));
    append(&seg, 3);
    end = seg.end;

    for (i = 0; i < 3; i++) {
        event[i] = event_of(3 + i);
    }

    assert_int_equal(mytwip_journal_append(&seg, event, 3), -1);
    assert_int_equal(seg.end, end);
    assert_int_equal(seg.events, 3);
    assert_events(&seg, 3);

    assert_int_equal(mytwip_journal_append(&seg, event, 1), 0);
    assert_int_equal(mytwip_journal_append(&seg, event + 1, 1), -1);
    assert_int_equal(seg.events, 4);
    assert_events(&seg, 4);

    mytwip_segment_close(&seg);

    /* a segment is filled to its last byte */
    assert_ok(mytwip_segment_create(&seg, dir, FIRST + 5 * FRAME, &err));
    append(&seg, 5);
    assert_int_equal(seg.end, seg.size);
    assert_int_equal(mytwip_journal_append(&seg, event, 1), -1);
    assert_events(&seg, 5);
    mytwip_segment_close(&seg);
}


static void
next_event_is_found_from_every_frame(void **state)
{
    unsigned        i;
    mytwip_event_t  event;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SIZE, &err));
    assert_int_equal(mytwip_journal_next(&seg, FIRST, &event), 0);

    append(&seg, 30);

    for (i = 0; i < 30; i++) {
        assert_int_equal(mytwip_journal_next(&seg, FIRST + i * FRAME, &event),
                         1);
        assert_event(&event, i);
    }

    assert_int_equal(mytwip_journal_next(&seg, 0, &event), 1);
    assert_event(&event, 0);
    assert_int_equal(mytwip_journal_next(&seg, seg.end, &event), 0);
    assert_int_equal(mytwip_journal_next(&seg, seg.end + 8, &event), 0);
    assert_int_equal(mytwip_journal_next(&seg, UINT64_MAX, &event), 0);
    mytwip_segment_close(&seg);
}


static void
next_event_is_found_behind_damage(void **state)
{
    uint8_t         bytes[FRAME];
    mytwip_event_t  event;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SIZE, &err));
    append(&seg, 3);

    memset(bytes, 0xff, FRAME);
    write_file(seg.name, bytes, FRAME, FIRST + FRAME);

    assert_int_equal(mytwip_journal_next(&seg, FIRST + FRAME, &event), 1);
    assert_event(&event, 2);

    write_file(seg.name, bytes, FRAME, FIRST + 2 * FRAME);
    assert_int_equal(mytwip_journal_next(&seg, FIRST + FRAME, &event), 0);
    mytwip_segment_close(&seg);
}


/* Appends a frame with records of a kind that is not known here. */

static void
append_unknown(unsigned n)
{
    uint8_t   *p;
    unsigned   i;

    p = mytwip_segment_reserve(&seg, 16 * n);
    assert_non_null(p);

    for (i = 0; i < n; i++) {
        memset(p + 16 * i, 0xee, 16);
        memcpy(p + 16 * i, "\x10\0\xfe\0", 4);
        put32(p + 16 * i + 4, seg.events++);
    }

    mytwip_segment_commit(&seg, 16 * n);
}


static void
next_event_is_found_behind_unknown_kinds(void **state)
{
    uint8_t         *p;
    mytwip_event_t   event;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SIZE, &err));
    append_unknown(1);
    append_unknown(3);

    p = mytwip_segment_reserve(&seg, 16 + 32);
    assert_non_null(p);
    memset(p, 0xee, 16);
    memcpy(p, "\x10\0\xfe\0\x04\0\0\0", 8);
    event = event_of(5);
    (void) mytwip_event_encode(&event, p + 16);
    mytwip_segment_commit(&seg, 16 + 32);

    memset(&event, 0, sizeof(event));
    assert_int_equal(mytwip_journal_next(&seg, FIRST, &event), 1);
    assert_event(&event, 5);

    /* no record at all, but a frame: there is nothing behind it */
    p = mytwip_segment_reserve(&seg, 32);
    assert_non_null(p);
    memset(p, 0, 32);
    mytwip_segment_commit(&seg, 32);
    assert_int_equal(mytwip_journal_next(&seg, seg.end - FRAME, &event), 0);

    mytwip_segment_close(&seg);
}


static void
next_gives_up_after_a_bounded_stretch(void **state)
{
    unsigned        i;
    uint8_t        *zero;
    mytwip_event_t  event;

    (void) state;

    zero = calloc(1, 1024 * 1024);
    assert_non_null(zero);

    assert_ok(mytwip_segment_create(&seg, dir, 1024 * 1024, &err));
    append(&seg, 1024 * 1024 / FRAME - 200);
    write_file(seg.name, zero, 600 * 1024, FIRST);
    assert_int_equal(mytwip_journal_next(&seg, FIRST, &event), -1);
    assert_int_equal(mytwip_journal_next(&seg, FIRST + 500 * 1024, &event), 1);
    mytwip_segment_close(&seg);

    assert_ok(mytwip_segment_create(&seg, dir, 1024 * 1024, &err));

    for (i = 0; i < 600; i++) {
        append_unknown(64);
    }

    append(&seg, 1);
    assert_int_equal(mytwip_journal_next(&seg, FIRST, &event), -1);
    assert_int_equal(mytwip_journal_next(&seg, FIRST + 500 * 1032, &event), 1);
    mytwip_segment_close(&seg);

    free(zero);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        in_dir(frames_of_every_size_are_read_back),
        in_dir(frame_has_at_least_one_event_and_at_most_128),
        in_dir(frame_without_room_changes_nothing),
        in_dir(next_event_is_found_from_every_frame),
        in_dir(next_event_is_found_behind_damage),
        in_dir(next_event_is_found_behind_unknown_kinds),
        in_dir(next_gives_up_after_a_bounded_stretch)
    };

    return mytwip_test_run(tests);
}
