
/*
 * The text of a key file: what is taken, and what is said of what is not.
 */

#include "test.h"

#include "mytwip_keys.h"


/* the first is what no message may show any of */
#define SECRET   "5ec2e75ec2e75ec2e75ec2e75ec2e75e"                           \
                 "c2e75ec2e75ec2e75ec2e75ec2e75ec2"
#define SECRET2  "000102030405060708090a0b0c0d0e0f"                           \
                 "101112131415161718191a1b1c1d1e1f"
#define SHOWN    "5ec2e7"


typedef struct {
    const char    *text;
    unsigned       line;
    const char    *error;
} bad_t;


static void
assert_taken(const char *text, size_t len, const uint16_t *ids, unsigned n)
{
    unsigned         i;
    mytwip_keys_t   *keys;
    mytwip_error_t   err;

    keys = mytwip_keys_parse(text, len, &err);
    assert_non_null(keys);
    assert_int_equal(keys->n, n);

    for (i = 0; i < n; i++) {
        assert_int_equal(keys->key[i].id, ids[i]);
        assert_non_null(keys->key[i].mac);
        assert_ptr_equal(mytwip_keys_find(keys, ids[i]), &keys->key[i]);
    }

    mytwip_keys_free(keys);
}


static void
assert_refused(const char *text, size_t len, unsigned line, const char *error)
{
    char            *p;
    mytwip_error_t   err;

    memset(&err, 0x5a, sizeof(err));

    p = mytwip_test_copy(text, len);
    assert_null(mytwip_keys_parse(p, len, &err));
    mytwip_test_free(p);

    assert_string_equal(err.text, error);
    assert_int_equal(err.line, line);
    assert_int_equal(err.sys, 0);
    assert_null(strstr(err.text, SHOWN));
}


static void
assert_all_refused(const bad_t *bad, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        assert_refused(bad[i].text, strlen(bad[i].text), bad[i].line,
                       bad[i].error);
    }
}


static void
keys_keep_the_order_of_the_file(void **state)
{
    static const char      text[] = "7:" SECRET "\n"
                                    "65535:" SECRET2 "\n"
                                    "1:" SECRET "\n";
    static const uint16_t  ids[] = { 7, 65535, 1 };

    (void) state;

    assert_taken(text, strlen(text), ids, 3);
}


static void
unknown_id_finds_no_key(void **state)
{
    unsigned           id;
    mytwip_keys_t     *keys;
    mytwip_error_t     err;
    static const char  text[] = "7:" SECRET "\n258:" SECRET2 "\n";

    (void) state;

    keys = mytwip_keys_parse(text, strlen(text), &err);
    assert_non_null(keys);

    for (id = 0; id <= UINT16_MAX; id++) {
        if (id != 7 && id != 258) {
            assert_null(mytwip_keys_find(keys, (uint16_t) id));
        }
    }

    mytwip_keys_free(keys);
}


static void
comments_blanks_and_line_ends_are_tolerated(void **state)
{
    static const char      text[] = "# newest first, 2:nothing\n"
                                    "\n"
                                    " \t \n"
                                    "2:" SECRET " \t\n"
                                    "\r\n"
                                    "#\r\n"
                                    "00001:" SECRET2 "\r\n"
                                    "3:5EC2E75EC2E75EC2E75EC2E75EC2E75E"
                                    "C2E75EC2E75EC2E75EC2E75EC2E75EC2";
    static const uint16_t  ids[] = { 2, 1, 3 };

    (void) state;

    assert_taken(text, strlen(text), ids, 3);
}


static void
secret_is_read_in_either_case_byte_by_byte(void **state)
{
    unsigned           i;
    size_t             len;
    uint8_t            out[3][32];
    mytwip_keys_t     *keys;
    mytwip_error_t     err;
    static const char  text[] =
        "1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
        "2:0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n"
        "3:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee\n";

    /* HMAC-SHA256 of "mytwip" with the first key, by Python's hmac */
    static const uint8_t   expected[32] = {
        0x51, 0x6f, 0xe7, 0x73, 0xfd, 0x76, 0x10, 0xda,
        0x38, 0xbb, 0x48, 0x89, 0xdf, 0xdf, 0xfe, 0x17,
        0x96, 0xb9, 0xd3, 0x28, 0xda, 0x0c, 0xff, 0xd5,
        0xf2, 0xa3, 0xaa, 0xc2, 0x3f, 0x8f, 0x32, 0x4b
    };

    (void) state;

    keys = mytwip_keys_parse(text, strlen(text), &err);
    assert_non_null(keys);

    for (i = 0; i < 3; i++) {
        assert_int_equal(EVP_MAC_init(keys->key[i].mac, NULL, 0, NULL), 1);
        assert_int_equal(EVP_MAC_update(keys->key[i].mac,
                                        (const uint8_t *) "mytwip", 6), 1);
        assert_int_equal(EVP_MAC_final(keys->key[i].mac, out[i], &len, 32), 1);
        assert_int_equal(len, 32);
    }

    assert_memory_equal(out[0], expected, 32);
    assert_memory_equal(out[1], expected, 32);
    assert_memory_not_equal(out[2], expected, 32);

    mytwip_keys_free(keys);
}


static void
line_without_colon_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { SECRET "\n", 1, "unknown form, \"id:hex\" is expected" },
        { "\n# a comment\n1=" SECRET "\n", 3,
          "unknown form, \"id:hex\" is expected" },
        { "1:" SECRET "\n\n2 " SECRET, 3,
          "unknown form, \"id:hex\" is expected" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
id_that_is_no_number_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { ":" SECRET, 1, "key id is not a number" },
        { "\nx:" SECRET, 2, "key id is not a number" },
        { "1x:" SECRET, 1, "key id is not a number" },
        { "-1:" SECRET, 1, "key id is not a number" },
        { "+1:" SECRET, 1, "key id is not a number" },
        { " 1:" SECRET, 1, "key id is not a number" },
        { "1 :" SECRET, 1, "key id is not a number" },
        { "0x1:" SECRET, 1, "key id is not a number" },
        { " # comment: with a blank before it", 1, "key id is not a number" },
        { "1:" SECRET "\n" SECRET ":2\n", 2, "key id is not a number" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
id_out_of_range_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { "0:" SECRET, 1, "key id is not in 1..65535" },
        { "1:" SECRET "\n65536:" SECRET, 2, "key id is not in 1..65535" },
        { "65537:" SECRET, 1, "key id is not in 1..65535" },
        { "4294967297:" SECRET, 1, "key id is not in 1..65535" },
        { "18446744073709551617:" SECRET, 1, "key id is not in 1..65535" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
duplicate_id_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { "300:" SECRET "\n2:" SECRET "\n\n300:" SECRET2 "\n", 4,
          "key id 300 is there twice" },
        { "2:" SECRET "\n02:" SECRET "\n", 2, "key id 2 is there twice" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
key_of_another_length_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { "1:", 1, "key has 0 digits, 64 are needed" },
        { "1:5ec2e7", 1, "key has 6 digits, 64 are needed" },
        { "#\n1:" SECRET "0\n", 2, "key has 65 digits, 64 are needed" },
        { "1:" SECRET SECRET2 "\n", 1, "key has 128 digits, 64 are needed" },
        { "1:5ec2e75ec2e75ec2e75ec2e75ec2e75e"
          "c2e75ec2e75ec2e75ec2e75ec2e75ec", 1,
          "key has 63 digits, 64 are needed" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
odd_character_in_the_key_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { "1:g" SECRET, 1,
          "character 1 of the key is not a hexadecimal digit" },
        { "1: " SECRET, 1,
          "character 1 of the key is not a hexadecimal digit" },
        { "\n1:0x" SECRET, 2,
          "character 2 of the key is not a hexadecimal digit" },
        { "1:" SECRET " # ours", 1,
          "character 65 of the key is not a hexadecimal digit" },
        { "1:5ec2e7\r5ec2e7", 1,
          "character 7 of the key is not a hexadecimal digit" },
        { "1:5ec2e7\xc3\xa9", 1,
          "character 7 of the key is not a hexadecimal digit" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
state_of_a_key_is_one_word_or_none(void **state)
{
    mytwip_keys_t        *keys;
    mytwip_error_t        err;
    static const char     text[] = "7:" SECRET2 "\n1:" SECRET
                                   ":compromised \n";
    static const bad_t    bad[] = {
        { "1:" SECRET ":", 1, "unknown state of a key, \"compromised\" or"
                              " nothing is expected" },
        { "7:" SECRET2 "\n1:" SECRET ":Compromised", 2,
          "unknown state of a key, \"compromised\" or nothing is expected" },
        { "1:" SECRET ":compromised:", 1,
          "unknown state of a key, \"compromised\" or nothing is expected" },
        { "1:" SECRET ":" SECRET2, 1,
          "unknown state of a key, \"compromised\" or nothing is expected" },
        { "1::compromised", 1, "key has 0 digits, 64 are needed" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));

    keys = mytwip_keys_parse(text, sizeof(text) - 1, &err);
    assert_non_null(keys);
    assert_int_equal(mytwip_keys_find(keys, 7)->compromised, 0);
    assert_int_equal(mytwip_keys_find(keys, 1)->compromised, 1);
    mytwip_keys_free(keys);
}


static void
every_character_but_a_digit_is_odd(void **state)
{
    int   c;
    char  text[] = "1:" SECRET;

    (void) state;

    for (c = 1; c <= 255; c++) {
        if (c == '\n' || strchr("0123456789abcdefABCDEF:", c)) {
            continue;
        }

        text[33] = (char) c;
        assert_refused(text, strlen(text), 1,
                       "character 32 of the key is not a hexadecimal digit");
    }
}


static void
zero_byte_is_refused_wherever_it_is(void **state)
{
    size_t             i;
    char               text[] = "#\n1:" SECRET "\n";
    static const char  comment[] = "#\n#\n# \0\n1:" SECRET;

    (void) state;

    for (i = 2; i < sizeof(text) - 2; i++) {
        memcpy(text, "#\n1:" SECRET "\n", sizeof(text));
        text[i] = '\0';
        assert_refused(text, sizeof(text) - 1, 2, "zero byte in the line");
    }

    assert_refused(comment, sizeof(comment) - 1, 3, "zero byte in the line");
}


static void
overlong_line_is_refused(void **state)
{
    char                   text[2000];
    static const char      key[] = "1:" SECRET "\n";
    static const uint16_t  ids[] = { 1 };

    (void) state;

    memset(text, '#', sizeof(text));
    memcpy(text, key, sizeof(key) - 1);

    assert_refused(text, sizeof(text), 2, "line is longer than 1024 bytes");
    assert_refused(text, 67 + 1025, 2, "line is longer than 1024 bytes");

    assert_taken(text, 67 + 1024, ids, 1);
}


static void
file_without_a_key_is_refused(void **state)
{
    static const bad_t  bad[] = {
        { "", 0, "no key in the file" },
        { "\n", 0, "no key in the file" },
        { "# 1:" SECRET "\n \n", 0, "no key in the file" }
    };

    (void) state;

    assert_all_refused(bad, MYTWIP_TEST_N(bad));
}


static void
more_than_64_keys_are_refused(void **state)
{
    size_t    len, n;
    char      text[70 * 100];
    uint16_t  ids[MYTWIP_KEYS_MAX];

    (void) state;

    len = 0;

    for (n = 0; n < MYTWIP_KEYS_MAX; n++) {
        ids[n] = (uint16_t) (n + 1);
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%zu:%s\n",
                                 n + 1, SECRET);
    }

    assert_taken(text, len, ids, MYTWIP_KEYS_MAX);

    len += (size_t) snprintf(text + len, sizeof(text) - len, "#\n65:%s\n",
                             SECRET);

    assert_refused(text, len, MYTWIP_KEYS_MAX + 2, "more than 64 keys");
}


static void
freeing_nothing_is_harmless(void **state)
{
    (void) state;

    mytwip_keys_free(NULL);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(keys_keep_the_order_of_the_file),
        cmocka_unit_test(unknown_id_finds_no_key),
        cmocka_unit_test(comments_blanks_and_line_ends_are_tolerated),
        cmocka_unit_test(secret_is_read_in_either_case_byte_by_byte),
        cmocka_unit_test(line_without_colon_is_refused),
        cmocka_unit_test(id_that_is_no_number_is_refused),
        cmocka_unit_test(id_out_of_range_is_refused),
        cmocka_unit_test(duplicate_id_is_refused),
        cmocka_unit_test(key_of_another_length_is_refused),
        cmocka_unit_test(odd_character_in_the_key_is_refused),
        cmocka_unit_test(state_of_a_key_is_one_word_or_none),
        cmocka_unit_test(every_character_but_a_digit_is_odd),
        cmocka_unit_test(zero_byte_is_refused_wherever_it_is),
        cmocka_unit_test(overlong_line_is_refused),
        cmocka_unit_test(file_without_a_key_is_refused),
        cmocka_unit_test(more_than_64_keys_are_refused),
        cmocka_unit_test(freeing_nothing_is_harmless)
    };

    return mytwip_test_run(tests);
}
