
/*
 * The batch: PostgreSQL's binary format to the byte, and the limits.
 */

#include "test.h"

#include "mytwip_batch.h"


static const uint8_t  segment[16] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77,
    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff
};

/* pg_type.dat: uuid, int8, int8, int2[], int8[], timestamptz[], ... */
static const unsigned  types[MYTWIP_BATCH_PARAMS] = {
    2950, 20, 20, 1005, 1016, 1185, 1016, 1016, 1005
};

/* 2000-01-01 00:00:00 UTC, in microseconds since 1970 */
#define Y2K  946684800000000

static const mytwip_event_t  first = {
    .kind = MYTWIP_EVENT_OPEN,
    .code = MYTWIP_AGENT_HUMAN,
    .number = 77,
    .time = Y2K + 0x0102030405060708,
    .issue = 0x1112131415161718,
    .reader = 0x2122232425262728
};

static const mytwip_event_t  second = {
    .kind = MYTWIP_EVENT_OPEN,
    .code = MYTWIP_AGENT_PREFETCH,
    .number = 78,
    .time = Y2K - 1,
    .issue = 0x7fffffffffffffff,
    .reader = 0
};


static void
assert_param(const mytwip_batch_t *batch, unsigned i, const void *bytes,
    size_t len)
{
    assert_int_equal(batch->types[i], types[i]);
    assert_int_equal(batch->formats[i], 1);
    assert_int_equal(batch->lengths[i], len);
    assert_memory_equal(batch->values[i], bytes, len);
}


static void
assert_two_events(const mytwip_batch_t *batch)
{
    static const uint8_t  kinds[] = {
        0, 0, 0, 1,  0, 0, 0, 0,  0, 0, 0, 21,  0, 0, 0, 2,  0, 0, 0, 1,
        0, 0, 0, 2,  0, 1,
        0, 0, 0, 2,  0, 1
    };

    static const uint8_t  positions[] = {
        0, 0, 0, 1,  0, 0, 0, 0,  0, 0, 0, 20,  0, 0, 0, 2,  0, 0, 0, 1,
        0, 0, 0, 8,  0, 0, 0, 0, 0, 0, 0x10, 0x00,
        0, 0, 0, 8,  0, 0, 0, 0, 0xfe, 0xdc, 0xba, 0x98
    };

    static const uint8_t  times[] = {
        0, 0, 0, 1,  0, 0, 0, 0,  0, 0, 4, 0xa0,  0, 0, 0, 2,  0, 0, 0, 1,
        0, 0, 0, 8,  1, 2, 3, 4, 5, 6, 7, 8,
        0, 0, 0, 8,  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    };

    static const uint8_t  issues[] = {
        0, 0, 0, 1,  0, 0, 0, 0,  0, 0, 0, 20,  0, 0, 0, 2,  0, 0, 0, 1,
        0, 0, 0, 8,  0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
        0, 0, 0, 8,  0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    };

    static const uint8_t  readers[] = {
        0, 0, 0, 1,  0, 0, 0, 0,  0, 0, 0, 20,  0, 0, 0, 2,  0, 0, 0, 1,
        0, 0, 0, 8,  0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
        0, 0, 0, 8,  0, 0, 0, 0, 0, 0, 0, 0
    };

    static const uint8_t  agents[] = {
        0, 0, 0, 1,  0, 0, 0, 0,  0, 0, 0, 21,  0, 0, 0, 2,  0, 0, 0, 1,
        0, 0, 0, 2,  0, 1,
        0, 0, 0, 2,  0, 4
    };

    assert_param(batch, 0, segment, 16);
    assert_param(batch, 1, "\0\0\0\0\0\0\x10\0", 8);
    assert_param(batch, 2, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_param(batch, 3, kinds, sizeof(kinds));
    assert_param(batch, 4, positions, sizeof(positions));
    assert_param(batch, 5, times, sizeof(times));
    assert_param(batch, 6, issues, sizeof(issues));
    assert_param(batch, 7, readers, sizeof(readers));
    assert_param(batch, 8, agents, sizeof(agents));
}


static void
assert_no_events(const mytwip_batch_t *batch)
{
    static const uint8_t  int2s[] = {
        0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 21
    };

    static const uint8_t  int8s[] = {
        0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 20
    };

    static const uint8_t  times[] = {
        0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 4, 0xa0
    };

    assert_param(batch, 3, int2s, sizeof(int2s));
    assert_param(batch, 4, int8s, sizeof(int8s));
    assert_param(batch, 5, times, sizeof(times));
    assert_param(batch, 6, int8s, sizeof(int8s));
    assert_param(batch, 7, int8s, sizeof(int8s));
    assert_param(batch, 8, int2s, sizeof(int2s));
}


static void
add_two_events(mytwip_batch_t *batch)
{
    mytwip_batch_open(batch, segment, 4096);
    assert_int_equal(mytwip_batch_add(batch, &first, 4096), 0);
    assert_int_equal(mytwip_batch_add(batch, &second, 0xfedcba98), 0);
    assert_int_equal(batch->n, 2);
    mytwip_batch_close(batch, 0x0102030405060708);
}


static void
parameters_have_postgresql_s_bytes(void **state)
{
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 3), 0);
    add_two_events(&batch);
    assert_two_events(&batch);
    mytwip_batch_done(&batch);
}


static void
empty_batch_has_empty_arrays(void **state)
{
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 3), 0);
    mytwip_batch_open(&batch, segment, 4096);
    mytwip_batch_close(&batch, 8192);

    assert_int_equal(batch.n, 0);
    assert_param(&batch, 0, segment, 16);
    assert_param(&batch, 1, "\0\0\0\0\0\0\x10\0", 8);
    assert_param(&batch, 2, "\0\0\0\0\0\0\x20\0", 8);
    assert_no_events(&batch);

    mytwip_batch_done(&batch);
}


static void
full_batch_refuses_and_keeps_what_it_has(void **state)
{
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 2), 0);

    mytwip_batch_open(&batch, segment, 4096);
    assert_int_equal(mytwip_batch_add(&batch, &first, 4096), 0);
    assert_int_equal(mytwip_batch_add(&batch, &second, 0xfedcba98), 0);
    assert_int_equal(mytwip_batch_add(&batch, &first, 0x123456), -1);
    assert_int_equal(batch.n, 2);

    mytwip_batch_close(&batch, 0x0102030405060708);
    assert_two_events(&batch);

    mytwip_batch_done(&batch);
}


static void
batch_of_no_room_refuses_the_first(void **state)
{
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 0), 0);
    mytwip_batch_open(&batch, segment, 4096);
    assert_int_equal(mytwip_batch_add(&batch, &first, 4096), -1);
    mytwip_batch_close(&batch, 4096);
    assert_no_events(&batch);
    mytwip_batch_done(&batch);
}


static void
batch_is_reused_without_a_trace(void **state)
{
    unsigned        i;
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 5), 0);

    mytwip_batch_open(&batch, (const uint8_t *) "another segment.", 1);

    for (i = 0; i < 5; i++) {
        assert_int_equal(mytwip_batch_add(&batch, &second, 99 + i), 0);
    }

    mytwip_batch_close(&batch, 2);

    add_two_events(&batch);
    assert_two_events(&batch);

    mytwip_batch_open(&batch, segment, 4096);
    mytwip_batch_close(&batch, 4096);
    assert_no_events(&batch);

    add_two_events(&batch);
    assert_two_events(&batch);

    mytwip_batch_done(&batch);
}


static void
large_batch_is_filled_to_its_last_event(void **state)
{
    unsigned        i;
    const uint8_t  *p;
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 4096), 0);
    mytwip_batch_open(&batch, segment, 4096);

    for (i = 0; i < 4096; i++) {
        assert_int_equal(mytwip_batch_add(&batch, &first, 4096 + 8 * i), 0);
    }

    assert_int_equal(mytwip_batch_add(&batch, &first, 0), -1);
    mytwip_batch_close(&batch, 1);

    assert_int_equal(batch.lengths[3], 20 + 4096 * 6);
    assert_int_equal(batch.lengths[4], 20 + 4096 * 12);

    /* position 4096 + 8 * 4095 = 0x8ff8 */
    p = (const uint8_t *) batch.values[4] + 20 + (size_t) 4095 * 12;
    assert_memory_equal(p, "\0\0\0\x08\0\0\0\0\0\0\x8f\xf8", 12);

    mytwip_batch_done(&batch);
}


/* A frame of n records, of which those in the mask are of an unknown kind. */

static void
make_frame(mytwip_frame_t *frame, uint8_t *p, unsigned n, uint64_t unknown,
    uint64_t position)
{
    unsigned        i;
    mytwip_event_t  event;

    frame->data = p;
    frame->position = position;

    for (i = 0; i < n; i++) {
        event = first;
        event.number = i;
        event.issue = i + 1;

        if (i < 64 && unknown >> i & 1) {
            memset(p, 0xee, 48);
            memcpy(p, "\x30\0\xfe\0", 4);
            p += 48;

        } else {
            p += mytwip_event_encode(&event, p);
        }
    }

    frame->len = (size_t) (p - frame->data);
}


/* That element i is the event with this issue, at this position. */

static void
assert_element(const mytwip_batch_t *batch, unsigned i, unsigned issue,
    unsigned position)
{
    uint8_t  bytes[12];

    memset(bytes, 0, sizeof(bytes));
    bytes[3] = 8;
    bytes[11] = (uint8_t) issue;
    assert_memory_equal(batch->array[3] + 20 + (size_t) i * 12, bytes, 12);

    bytes[10] = (uint8_t) (position >> 8);
    bytes[11] = (uint8_t) position;
    assert_memory_equal(batch->array[1] + 20 + (size_t) i * 12, bytes, 12);
}


static void
frame_is_taken_with_the_position_of_each_record(void **state)
{
    uint8_t         p[8 * 48];
    mytwip_batch_t  batch;
    mytwip_frame_t  frame;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 100), 0);
    mytwip_batch_open(&batch, segment, 4096);

    make_frame(&frame, p, 1, 0, 4096);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), 1);
    make_frame(&frame, p, 3, 0, 4136);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), 3);

    assert_int_equal(batch.n, 4);
    assert_int_equal(batch.undecoded, 0);
    assert_element(&batch, 0, 1, 4096 + 8);
    assert_element(&batch, 1, 1, 4136 + 8);
    assert_element(&batch, 2, 2, 4136 + 8 + 32);
    assert_element(&batch, 3, 3, 4136 + 8 + 64);

    mytwip_batch_done(&batch);
}


static void
frame_that_does_not_fit_is_not_taken_in_part(void **state)
{
    unsigned        i;
    uint8_t         p[200 * 48];
    mytwip_batch_t  batch;
    mytwip_frame_t  frame;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 150), 0);
    mytwip_batch_open(&batch, segment, 4096);

    make_frame(&frame, p, 100, 0, 4096);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), 100);

    /* with one of unknown kind that is not to be counted twice */
    make_frame(&frame, p, 52, 1, 9000);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), -1);
    assert_int_equal(batch.n, 100);
    assert_int_equal(batch.undecoded, 0);

    make_frame(&frame, p, 50, 0, 9000);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), 50);
    assert_int_equal(batch.n, 150);

    make_frame(&frame, p, 1, 0, 12000);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), -1);
    assert_int_equal(batch.n, 150);

    for (i = 0; i < 100; i++) {
        assert_element(&batch, i, i + 1, 4096 + 8 + i * 32);
    }

    for (i = 0; i < 50; i++) {
        assert_element(&batch, 100 + i, i + 1, 9000 + 8 + i * 32);
    }

    mytwip_batch_done(&batch);
}


/* Or a shipper with rows=1 would never get past it. */

static void
smallest_batch_takes_the_largest_frame(void **state)
{
    unsigned        max;
    uint8_t         p[200 * 48];
    mytwip_batch_t  batch;
    mytwip_frame_t  frame;

    (void) state;

    for (max = 0; max <= 128; max += 32) {
        assert_int_equal(mytwip_batch_init(&batch, max), 0);
        assert_int_equal(batch.max, max);

        mytwip_batch_open(&batch, segment, 4096);
        make_frame(&frame, p, MYTWIP_EVENTS_PER_FRAME, 0, 4096);
        assert_int_equal(mytwip_batch_frame(&batch, &frame), 128);
        assert_int_equal(batch.n, 128);
        assert_int_equal(mytwip_batch_add(&batch, &first, 0), -1);
        assert_element(&batch, 127, 128, 4096 + 8 + 127 * 32);

        mytwip_batch_close(&batch, 9000);
        assert_int_equal(batch.lengths[3], 20 + 128 * 6);

        make_frame(&frame, p, 1, 0, 9000);
        assert_int_equal(mytwip_batch_frame(&batch, &frame), -1);

        /* no writer makes such a frame, but it must not stop the shipper */
        mytwip_batch_open(&batch, segment, 9000);
        make_frame(&frame, p, 200, 0, 9000);
        assert_int_equal(mytwip_batch_frame(&batch, &frame), 128);
        assert_int_equal(batch.undecoded, 72);

        mytwip_batch_done(&batch);
    }
}


static void
record_of_unknown_kind_is_left_out_and_counted(void **state)
{
    uint8_t         p[8 * 48];
    mytwip_batch_t  batch;
    mytwip_frame_t  frame;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 100), 0);
    mytwip_batch_open(&batch, segment, 4096);

    /* first, in the middle, and last */
    make_frame(&frame, p, 5, 1 | 1 << 2 | 1 << 4, 4096);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), 2);
    assert_int_equal(batch.n, 2);
    assert_int_equal(batch.undecoded, 3);
    assert_element(&batch, 0, 2, 4096 + 8 + 48);
    assert_element(&batch, 1, 4, 4096 + 8 + 48 + 32 + 48);

    make_frame(&frame, p, 2, 3, 4400);
    assert_int_equal(mytwip_batch_frame(&batch, &frame), 0);
    assert_int_equal(batch.n, 2);
    assert_int_equal(batch.undecoded, 5);

    mytwip_batch_open(&batch, segment, 4500);
    assert_int_equal(batch.undecoded, 0);

    mytwip_batch_done(&batch);
}


/* What cannot be stepped over counts as one, with all that is behind it. */

static void
record_of_impossible_length_ends_its_frame(void **state)
{
    size_t                 i, len;
    uint8_t                p[8 * 48], *copy;
    mytwip_batch_t         batch;
    mytwip_frame_t         frame;
    static const uint16_t  lengths[] = { 0, 1, 4, 7, 9, 31, 33, 72, 65528 };

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, 100), 0);

    for (i = 0; i < MYTWIP_TEST_N(lengths); i++) {
        make_frame(&frame, p, 3, 0, 4096);
        p[32] = (uint8_t) lengths[i];
        p[33] = (uint8_t) (lengths[i] >> 8);

        mytwip_batch_open(&batch, segment, 4096);
        assert_int_equal(mytwip_batch_frame(&batch, &frame), 1);
        assert_int_equal(batch.n, 1);
        assert_int_equal(batch.undecoded, 1);
    }

    for (len = 0; len <= 64; len++) {
        make_frame(&frame, p, 2, 0, 4096);
        copy = mytwip_test_copy(p, len);
        frame.data = copy;
        frame.len = len;

        mytwip_batch_open(&batch, segment, 4096);
        assert_int_equal(mytwip_batch_frame(&batch, &frame), len / 32);
        assert_int_equal(batch.undecoded, len % 32 ? 1 : 0);
        mytwip_test_free(copy);
    }

    mytwip_batch_done(&batch);
}


static void
size_that_libpq_cannot_take_is_refused(void **state)
{
    mytwip_batch_t  batch;

    (void) state;

    assert_int_equal(mytwip_batch_init(&batch, UINT32_MAX), -1);
    mytwip_batch_done(&batch);

    assert_int_equal(mytwip_batch_init(&batch, INT32_MAX / 12), -1);
    mytwip_batch_done(&batch);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(parameters_have_postgresql_s_bytes),
        cmocka_unit_test(empty_batch_has_empty_arrays),
        cmocka_unit_test(full_batch_refuses_and_keeps_what_it_has),
        cmocka_unit_test(batch_of_no_room_refuses_the_first),
        cmocka_unit_test(batch_is_reused_without_a_trace),
        cmocka_unit_test(large_batch_is_filled_to_its_last_event),
        cmocka_unit_test(frame_is_taken_with_the_position_of_each_record),
        cmocka_unit_test(frame_that_does_not_fit_is_not_taken_in_part),
        cmocka_unit_test(smallest_batch_takes_the_largest_frame),
        cmocka_unit_test(record_of_unknown_kind_is_left_out_and_counted),
        cmocka_unit_test(record_of_impossible_length_ends_its_frame),
        cmocka_unit_test(size_that_libpq_cannot_take_is_refused)
    };

    return mytwip_test_run(tests);
}
