
/*
 * The record of an event: its bytes, and that nothing else is taken for one.
 */

#include "test.h"

#include "mytwip_event.h"


static const mytwip_event_t  known = {
    .kind = MYTWIP_EVENT_OPEN,
    .code = MYTWIP_AGENT_PROXY,
    .number = 0xa1b2c3d4,
    .time = 0x0006123456789abc,
    .issue = 0x0102030405060708,
    .reader = 0x7ffefdfcfbfaf9f8
};

static const uint8_t  known_bytes[32] = {
    0x20, 0x00, 0x01, 0x02, 0xd4, 0xc3, 0xb2, 0xa1,
    0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x06, 0x00,
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
    0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0x7f
};


static void
assert_same(const mytwip_event_t *a, const mytwip_event_t *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->code, b->code);
    assert_int_equal(a->number, b->number);
    assert_true(a->time == b->time);
    assert_true(a->issue == b->issue);
    assert_true(a->reader == b->reader);
}


/* Also that a refused record leaves the event as it was. */

static void
assert_refused(const uint8_t *p, size_t len)
{
    mytwip_event_t  event, before;

    memset(&event, 0x5a, sizeof(event));
    before = event;

    assert_int_equal(mytwip_event_decode(&event, p, len), 0);
    assert_same(&event, &before);
}


static void
record_has_the_documented_bytes(void **state)
{
    uint8_t  p[MYTWIP_EVENT_MAX_SIZE];

    (void) state;

    memset(p, 0xee, sizeof(p));

    assert_int_equal(mytwip_event_encode(&known, p), sizeof(known_bytes));
    assert_memory_equal(p, known_bytes, sizeof(known_bytes));
}


static void
documented_bytes_are_read(void **state)
{
    mytwip_event_t  event;

    (void) state;

    assert_int_equal(mytwip_event_decode(&event, known_bytes,
                                         sizeof(known_bytes)),
                     sizeof(known_bytes));
    assert_same(&event, &known);
}


static void
event_survives_the_round_trip(void **state)
{
    size_t                i, k;
    uint8_t               p[MYTWIP_EVENT_MAX_SIZE], kind;
    mytwip_event_t        event, copy;
    static const int64_t  times[] = { 0, 1, 1700000000123456, INT64_MAX };
    static const uint64_t ids[] = { 0, 1, 255, 256, INT64_MAX, UINT64_MAX };

    (void) state;

    for (kind = MYTWIP_EVENT_OPEN; kind <= MYTWIP_EVENT_ERASE; kind++) {

        if (kind == MYTWIP_EVENT_ACTIVITY) {
            continue;
        }

        for (i = 0; i < MYTWIP_TEST_N(times); i++) {
            for (k = 0; k < MYTWIP_TEST_N(ids); k++) {
                event.kind = kind;
                event.code = (kind == MYTWIP_EVENT_OPEN
                              || kind == MYTWIP_EVENT_TRAP)
                             ? (uint8_t) i : (uint8_t) (255 - k);
                event.number = (uint32_t) ids[k];
                event.time = times[i];
                event.issue = ids[k];
                event.reader = ids[MYTWIP_TEST_N(ids) - 1 - k];

                assert_int_equal(mytwip_event_encode(&event, p), 32);
                assert_int_equal(mytwip_event_decode(&copy, p, sizeof(p)), 32);
                assert_same(&event, &copy);
            }
        }
    }
}


static void
records_are_read_one_after_the_other(void **state)
{
    size_t          i, at, len, n;
    uint8_t         p[3 * MYTWIP_EVENT_MAX_SIZE];
    mytwip_event_t  event;

    (void) state;

    event = known;
    at = 0;

    for (i = 0; i < 3; i++) {
        event.number = (uint32_t) i;
        at += mytwip_event_encode(&event, p + at);
    }

    len = at;
    at = 0;

    for (i = 0; i < 3; i++) {
        n = mytwip_event_decode(&event, p + at, len - at);
        assert_int_equal(n, 32);
        assert_int_equal(event.number, i);
        at += n;
    }

    assert_int_equal(at, len);
    assert_refused(p + at, 0);
}


static void
every_truncation_is_refused(void **state)
{
    size_t    len;
    uint8_t  *p;

    (void) state;

    for (len = 0; len < sizeof(known_bytes); len++) {
        p = mytwip_test_copy(known_bytes, len);
        assert_refused(p, len);
        mytwip_test_free(p);
    }
}


static void
every_other_length_is_refused(void **state)
{
    unsigned  n;
    uint8_t   p[sizeof(known_bytes) + 64];

    (void) state;

    memset(p, 0, sizeof(p));
    memcpy(p, known_bytes, sizeof(known_bytes));

    for (n = 0; n <= UINT16_MAX; n++) {
        p[0] = (uint8_t) n;
        p[1] = (uint8_t) (n >> 8);

        if (n != sizeof(known_bytes)) {
            assert_refused(p, sizeof(p));
        }
    }
}


static void
every_unknown_kind_is_refused(void **state)
{
    unsigned  kind;
    uint8_t   p[sizeof(known_bytes)];

    (void) state;

    memcpy(p, known_bytes, sizeof(p));

    for (kind = 0; kind <= UINT8_MAX; kind++) {
        p[2] = (uint8_t) kind;

        if (kind < MYTWIP_EVENT_OPEN || kind > MYTWIP_EVENT_ERASE) {
            assert_refused(p, sizeof(p));
        }
    }
}


static void
every_unknown_agent_is_refused(void **state)
{
    unsigned  agent;
    uint8_t   p[sizeof(known_bytes)];

    (void) state;

    memcpy(p, known_bytes, sizeof(p));

    for (agent = MYTWIP_AGENT_PREFETCH + 1; agent <= UINT8_MAX; agent++) {
        p[3] = (uint8_t) agent;
        assert_refused(p, sizeof(p));
    }
}


static void
negative_time_is_refused(void **state)
{
    uint8_t  p[sizeof(known_bytes)];

    (void) state;

    memcpy(p, known_bytes, sizeof(p));

    p[15] = 0x80;
    assert_refused(p, sizeof(p));

    memset(p + 8, 0xff, 8);
    assert_refused(p, sizeof(p));
}


static void
unwritten_space_is_refused(void **state)
{
    uint8_t  p[4096];

    (void) state;

    memset(p, 0, sizeof(p));
    assert_refused(p, sizeof(p));
}


/* Also of kinds that later versions may bring: to step over them. */

static void
length_is_known_of_every_kind(void **state)
{
    unsigned  n, len;
    uint8_t   p[128];

    (void) state;

    memset(p, 0xff, sizeof(p));

    for (len = 0; len <= sizeof(p); len++) {
        for (n = 0; n <= UINT16_MAX; n++) {
            p[0] = (uint8_t) n;
            p[1] = (uint8_t) (n >> 8);

            assert_int_equal(mytwip_event_length(p, len),
                             n >= 8 && n % 8 == 0 && n <= len ? n : 0);
        }
    }
}


static void
length_is_not_looked_for_beyond_the_bytes(void **state)
{
    size_t    len;
    uint8_t  *p;

    (void) state;

    for (len = 0; len <= sizeof(known_bytes); len++) {
        p = mytwip_test_copy(known_bytes, len);
        assert_int_equal(mytwip_event_length(p, len), len < 32 ? 0 : 32);
        mytwip_test_free(p);
    }
}


static void
activities_have_their_text(void **state)
{
    char            text[200];
    size_t          len, size, padded;
    uint8_t        *p;
    mytwip_event_t  event, read;

    (void) state;

    memset(text, 'x', sizeof(text));

    for (len = 1; len <= sizeof(text); len++) {
        memset(&event, 0, sizeof(event));
        event.kind = MYTWIP_EVENT_ACTIVITY;
        event.code = MYTWIP_WAY_BEACON;
        event.time = 1;
        event.reader = 7;
        event.text = (const uint8_t *) text;
        event.text_len = (uint32_t) len;

        padded = (len + 7) / 8 * 8;
        size = mytwip_event_size(&event);
        assert_int_equal(size, 32 + padded);

        p = malloc(size);
        assert_non_null(p);

        assert_int_equal(mytwip_event_encode(&event, p), size);
        assert_int_equal(mytwip_event_decode(&read, p, size), size);

        assert_int_equal(read.kind, MYTWIP_EVENT_ACTIVITY);
        assert_true(read.reader == 7);
        assert_int_equal(read.text_len, len);
        assert_memory_equal(read.text, text, len);

        /* a length that does not agree with the record's, either way */

        p[16] = (uint8_t) (padded + 1);
        assert_refused(p, size);
        p[16] = (uint8_t) (padded - 8);
        assert_refused(p, size);
        p[16] = (uint8_t) len;
        p[20] = 1;
        assert_refused(p, size);

        free(p);
    }
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(record_has_the_documented_bytes),
        cmocka_unit_test(documented_bytes_are_read),
        cmocka_unit_test(event_survives_the_round_trip),
        cmocka_unit_test(records_are_read_one_after_the_other),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(every_unknown_kind_is_refused),
        cmocka_unit_test(every_unknown_agent_is_refused),
        cmocka_unit_test(negative_time_is_refused),
        cmocka_unit_test(unwritten_space_is_refused),
        cmocka_unit_test(length_is_known_of_every_kind),
        cmocka_unit_test(activities_have_their_text),
        cmocka_unit_test(length_is_not_looked_for_beyond_the_bytes)
    };

    return mytwip_test_run(tests);
}
