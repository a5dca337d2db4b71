
/*
 * The checksum: RFC 3720's vectors, and the processor's instruction against
 * the tables.  The source is included to reach both.
 */

#include "test.h"

#include "mytwip_crc32c.c"      /* NOLINT(bugprone-suspicious-include) */


#define MYTWIP_TEST_BUFFER  4096


static uint32_t
table(const void *data, size_t len)
{
    return ~mytwip_crc32c_table(~0u, data, len);
}


/* the definition, a bit at a time */

static uint32_t
bitwise(const uint8_t *p, size_t len)
{
    unsigned  k;
    uint32_t  crc;

    crc = ~0u;

    while (len--) {
        crc ^= *p++;

        for (k = 0; k < 8; k++) {
            crc = (crc & 1) ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
        }
    }

    return ~crc;
}


static void
fill(uint8_t *p, size_t len)
{
    size_t    i;
    uint64_t  x;

    x = 88172645463325252u;

    for (i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        p[i] = (uint8_t) (x >> 32);
    }
}


static void
agrees_with_rfc_3720(void **state)
{
    uint8_t               p[32];
    unsigned              i;
    static const uint8_t  pdu[48] = {
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
        0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
        0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
    };

    (void) state;

    memset(p, 0, sizeof(p));
    assert_int_equal(mytwip_crc32c(0, p, sizeof(p)), 0x8a9136aa);
    assert_int_equal(table(p, sizeof(p)), 0x8a9136aa);

    memset(p, 0xff, sizeof(p));
    assert_int_equal(mytwip_crc32c(0, p, sizeof(p)), 0x62a8ab43);
    assert_int_equal(table(p, sizeof(p)), 0x62a8ab43);

    for (i = 0; i < sizeof(p); i++) {
        p[i] = (uint8_t) i;
    }

    assert_int_equal(mytwip_crc32c(0, p, sizeof(p)), 0x46dd794e);
    assert_int_equal(table(p, sizeof(p)), 0x46dd794e);

    for (i = 0; i < sizeof(p); i++) {
        p[i] = (uint8_t) (31 - i);
    }

    assert_int_equal(mytwip_crc32c(0, p, sizeof(p)), 0x113fdb5c);
    assert_int_equal(table(p, sizeof(p)), 0x113fdb5c);

    assert_int_equal(mytwip_crc32c(0, pdu, sizeof(pdu)), 0xd9963a56);
    assert_int_equal(table(pdu, sizeof(pdu)), 0xd9963a56);
}


static void
agrees_with_the_check_value(void **state)
{
    (void) state;

    assert_int_equal(mytwip_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(table("123456789", 9), 0xe3069283);
}


static void
of_nothing_changes_nothing(void **state)
{
    (void) state;

    assert_int_equal(mytwip_crc32c(0, "", 0), 0);
    assert_int_equal(mytwip_crc32c(0xe3069283, "", 0), 0xe3069283);
}


static void
is_the_same_at_every_length_and_alignment(void **state)
{
    size_t    len, shift;
    uint8_t   from[256], *p;
    uint32_t  crc;

    (void) state;

    fill(from, sizeof(from));

    for (len = 0; len <= 200; len++) {
        for (shift = 0; shift < 16; shift++) {
            p = mytwip_test_copy(from, shift + len);

            crc = bitwise(p + shift, len);
            assert_int_equal(mytwip_crc32c(0, p + shift, len), crc);
            assert_int_equal(table(p + shift, len), crc);

            mytwip_test_free(p);
        }
    }
}


static void
is_the_same_by_instruction_and_by_table(void **state)
{
    size_t   len;
    uint8_t  p[MYTWIP_TEST_BUFFER];

    (void) state;

    if (mytwip_crc32c_update == mytwip_crc32c_table) {
        skip();
    }

    fill(p, sizeof(p));

    for (len = 0; len <= sizeof(p); len++) {
        assert_int_equal(mytwip_crc32c(0, p, len), table(p, len));
    }
}


static void
continues_wherever_it_is_cut(void **state)
{
    size_t    cut;
    uint8_t   p[300];
    uint32_t  whole, head;

    (void) state;

    fill(p, sizeof(p));
    whole = mytwip_crc32c(0, p, sizeof(p));

    for (cut = 0; cut <= sizeof(p); cut++) {
        head = mytwip_crc32c(0, p, cut);
        assert_int_equal(mytwip_crc32c(head, p + cut, sizeof(p) - cut), whole);

        head = ~mytwip_crc32c_table(~0u, p, cut);
        head = ~mytwip_crc32c_table(~head, p + cut, sizeof(p) - cut);
        assert_int_equal(head, whole);
    }
}


static void
sees_every_flipped_bit(void **state)
{
    size_t    i;
    uint8_t   p[64];
    uint32_t  whole;

    (void) state;

    fill(p, sizeof(p));
    whole = mytwip_crc32c(0, p, sizeof(p));

    for (i = 0; i < 8 * sizeof(p); i++) {
        p[i / 8] ^= (uint8_t) (1 << i % 8);
        assert_int_not_equal(mytwip_crc32c(0, p, sizeof(p)), whole);
        p[i / 8] ^= (uint8_t) (1 << i % 8);
    }
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(agrees_with_rfc_3720),
        cmocka_unit_test(agrees_with_the_check_value),
        cmocka_unit_test(of_nothing_changes_nothing),
        cmocka_unit_test(is_the_same_at_every_length_and_alignment),
        cmocka_unit_test(is_the_same_by_instruction_and_by_table),
        cmocka_unit_test(continues_wherever_it_is_cut),
        cmocka_unit_test(sees_every_flipped_bit)
    };

    return mytwip_test_run(tests);
}
