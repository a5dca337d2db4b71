
/*
 * The token: that what was signed is read, and nothing else.  Tokens of any
 * content are signed here with OpenSSL's HMAC(), apart from the code under
 * test.
 */

#include "test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "mytwip_token.h"


#define ALPHABET  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"      \
                  "0123456789-_"

#define KEYS      "2:101112131415161718191a1b1c1d1e1f"                        \
                  "202122232425262728292a2b2c2d2e2f\n"                        \
                  "1:303132333435363738393a3b3c3d3e3f"                        \
                  "404142434445464748494a4b4c4d4e4f\n"                        \
                  "65535:505152535455565758595a5b5c5d5e5f"                    \
                  "606162636465666768696a6b6c6d6e6f\n"

#define ID_MAX    ((uint64_t) INT64_MAX)


static mytwip_keys_t   *keys;
static const uint16_t   key_ids[] = { 2, 1, 65535 };


static int
load_keys(void **state)
{
    mytwip_error_t  err;

    (void) state;

    keys = mytwip_keys_parse(KEYS, strlen(KEYS), &err);

    return keys ? 0 : -1;
}


static int
free_keys(void **state)
{
    (void) state;

    mytwip_keys_free(keys);

    return 0;
}


static void
to_text(const uint8_t *bytes, char *text)
{
    unsigned  i, n;

    for (i = 0; i < 36; i += 3) {
        n = (unsigned) (bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
        *text++ = ALPHABET[n >> 18];
        *text++ = ALPHABET[n >> 12 & 63];
        *text++ = ALPHABET[n >> 6 & 63];
        *text++ = ALPHABET[n & 63];
    }
}


static void
to_bytes(const char *text, uint8_t *bytes)
{
    unsigned  i, k, n;

    for (i = 0; i < 48; i += 4) {
        for (n = 0, k = 0; k < 4; k++) {
            n = n << 6 | (unsigned) (strchr(ALPHABET, text[i + k]) - ALPHABET);
        }

        *bytes++ = (uint8_t) (n >> 16);
        *bytes++ = (uint8_t) (n >> 8);
        *bytes++ = (uint8_t) n;
    }
}


/* Signs any content with key 2: what only a holder of the key can do. */

static void
sign(unsigned version, unsigned kind, uint64_t issue, uint64_t reader,
    char *text)
{
    unsigned  i;
    uint8_t   bytes[36], secret[32], digest[32];

    for (i = 0; i < 32; i++) {
        secret[i] = (uint8_t) (0x10 + i);
    }

    bytes[0] = (uint8_t) version;
    bytes[1] = (uint8_t) kind;
    bytes[2] = 0;
    bytes[3] = 2;

    for (i = 0; i < 8; i++) {
        bytes[4 + i] = (uint8_t) (issue >> (56 - 8 * i));
        bytes[12 + i] = (uint8_t) (reader >> (56 - 8 * i));
    }

    assert_non_null(HMAC(EVP_sha256(), secret, 32, bytes, 20, digest, NULL));
    memcpy(bytes + 20, digest, 16);

    to_text(bytes, text);
}


static void
mint(unsigned kind, unsigned key, char *text)
{
    mytwip_token_t  token;

    token.kind = (uint8_t) kind;
    token.key = (uint16_t) key;
    token.issue = 4321;
    token.reader = 987654321;

    assert_int_equal(mytwip_token_mint(keys, &token, text), MYTWIP_TOKEN_OK);
}


/* Also that the token is left as it was. */

static mytwip_token_result_t
refusal(const void *text, size_t len, unsigned kind)
{
    mytwip_token_t         token, before;
    mytwip_token_result_t  rc;

    memset(&token, 0x5a, sizeof(token));
    memcpy(&before, &token, sizeof(before));

    rc = mytwip_token_verify(keys, text, len, kind, &token);

    assert_int_not_equal(rc, MYTWIP_TOKEN_OK);
    assert_memory_equal(&token, &before, sizeof(token));

    return rc;
}


static void
what_is_minted_is_verified(void **state)
{
    char                   text[49];
    size_t                 i, k, m;
    unsigned               kind;
    mytwip_token_t         token, read;
    static const uint64_t  ids[] = { 1, 255, 65536, 4294967296, ID_MAX };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(key_ids); i++) {
        for (kind = MYTWIP_TOKEN_PIXEL; kind <= MYTWIP_TOKEN_SESSION; kind++) {
            for (k = 0; k < MYTWIP_TEST_N(ids); k++) {
                for (m = 0; m < MYTWIP_TEST_N(ids); m++) {
                    token.kind = (uint8_t) kind;
                    token.key = key_ids[i];
                    token.issue = ids[k];
                    token.reader = ids[m];

                    memset(text, '!', sizeof(text));
                    assert_int_equal(mytwip_token_mint(keys, &token, text), 0);
                    assert_int_equal(text[48], '!');
                    assert_int_equal(strspn(text, ALPHABET), 48);

                    assert_int_equal(mytwip_token_verify(keys, text, 48, kind,
                                                         &read), 0);
                    assert_int_equal(read.kind, kind);
                    assert_int_equal(read.key, key_ids[i]);
                    assert_true(read.issue == ids[k]);
                    assert_true(read.reader == ids[m]);
                }
            }
        }
    }
}


static void
what_another_signed_is_verified(void **state)
{
    char            text[48];
    mytwip_token_t  token;

    (void) state;

    sign(1, MYTWIP_TOKEN_LINK, 0x0102030405060708, 0x1112131415161718, text);

    assert_int_equal(mytwip_token_verify(keys, text, 48, MYTWIP_TOKEN_LINK,
                                         &token), MYTWIP_TOKEN_OK);
    assert_int_equal(token.key, 2);
    assert_true(token.issue == 0x0102030405060708);
    assert_true(token.reader == 0x1112131415161718);
}


static void
token_is_of_one_kind_only(void **state)
{
    char            text[48];
    unsigned        kind, asked;
    mytwip_token_t  token;

    (void) state;

    for (kind = MYTWIP_TOKEN_PIXEL; kind <= MYTWIP_TOKEN_SESSION; kind++) {
        mint(kind, 1, text);

        for (asked = 0; asked <= 256 + MYTWIP_TOKEN_SESSION; asked++) {
            if (asked != kind) {
                assert_int_equal(refusal(text, 48, asked),
                                 MYTWIP_TOKEN_WRONG_KIND);
            }
        }

        assert_int_equal(mytwip_token_verify(keys, text, 48, kind, &token),
                         MYTWIP_TOKEN_OK);
    }
}


static void
kind_is_not_told_of_a_forged_token(void **state)
{
    char  text[48];

    (void) state;

    mint(MYTWIP_TOKEN_PIXEL, 1, text);
    text[47] = text[47] == 'A' ? 'B' : 'A';

    assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_UNSUBSCRIBE),
                     MYTWIP_TOKEN_FORGED);
}


/* Asked for the kind that it then claims to be, as an attacker would. */

static void
every_changed_byte_is_seen(void **state)
{
    char                   text[48];
    size_t                 k;
    uint8_t                bytes[36];
    unsigned               i, x, kind;
    mytwip_token_result_t  rc;

    (void) state;

    for (k = 0; k < MYTWIP_TEST_N(key_ids); k++) {
        for (kind = MYTWIP_TOKEN_PIXEL; kind <= MYTWIP_TOKEN_SESSION; kind++) {
            mint(kind, key_ids[k], text);
            to_bytes(text, bytes);

            for (i = 0; i < 36; i++) {
                for (x = 1; x <= 255; x++) {
                    bytes[i] ^= (uint8_t) x;
                    to_text(bytes, text);
                    rc = refusal(text, 48, bytes[1]);
                    bytes[i] ^= (uint8_t) x;

                    if (i == 0 || ((i == 4 || i == 12) && x > 127)) {
                        /* the version, or an id beyond 2^63-1 */
                        assert_int_equal(rc, MYTWIP_TOKEN_MALFORMED);

                    } else if (i != 2 && i != 3) {
                        assert_int_equal(rc, MYTWIP_TOKEN_FORGED);
                    }
                }
            }
        }
    }
}


static void
every_changed_character_is_seen(void **state)
{
    char           text[48], was;
    size_t         k;
    unsigned       i, kind;
    const char    *c;

    (void) state;

    for (k = 0; k < MYTWIP_TEST_N(key_ids); k++) {
        for (kind = MYTWIP_TOKEN_PIXEL; kind <= MYTWIP_TOKEN_SESSION; kind++) {
            mint(kind, key_ids[k], text);

            for (i = 0; i < 48; i++) {
                was = text[i];

                for (c = ALPHABET; *c; c++) {
                    if (*c != was) {
                        text[i] = *c;
                        (void) refusal(text, 48, kind);
                    }
                }

                text[i] = was;
            }
        }
    }
}


static void
every_character_outside_the_alphabet_is_refused(void **state)
{
    int       c;
    char      text[48], was;
    unsigned  i;

    (void) state;

    mint(MYTWIP_TOKEN_PIXEL, 1, text);

    for (i = 0; i < 48; i++) {
        was = text[i];

        for (c = 0; c <= 255; c++) {
            if (c == 0 || strchr(ALPHABET, c) == NULL) {
                text[i] = (char) c;
                assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                                 MYTWIP_TOKEN_MALFORMED);
            }
        }

        text[i] = was;
    }
}


/* The other base64 alphabet, for a token that has both characters. */

static void
token_has_exactly_one_spelling(void **state)
{
    char      *p, text[48];
    uint64_t   reader;

    (void) state;

    for (reader = 1; /* void */; reader++) {
        sign(1, MYTWIP_TOKEN_PIXEL, ID_MAX, reader, text);

        if (memchr(text, '-', 48) && memchr(text, '_', 48)) {
            break;
        }
    }

    p = memchr(text, '-', 48);
    *p = '+';
    assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                     MYTWIP_TOKEN_MALFORMED);
    *p = '-';

    p = memchr(text, '_', 48);
    *p = '/';
    assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                     MYTWIP_TOKEN_MALFORMED);
}


static void
every_other_length_is_refused(void **state)
{
    char    *p, text[300];
    size_t   len;

    (void) state;

    memset(text, 'A', sizeof(text));
    mint(MYTWIP_TOKEN_PIXEL, 1, text);

    for (len = 0; len <= sizeof(text); len++) {
        if (len != 48) {
            p = mytwip_test_copy(text, len);
            assert_int_equal(refusal(p, len, MYTWIP_TOKEN_PIXEL),
                             MYTWIP_TOKEN_MALFORMED);
            mytwip_test_free(p);
        }
    }
}


static void
another_version_is_refused_though_signed(void **state)
{
    char      text[48];
    unsigned  version;

    (void) state;

    for (version = 0; version <= 255; version++) {
        if (version != MYTWIP_TOKEN_VERSION) {
            sign(version, MYTWIP_TOKEN_PIXEL, 1, 1, text);
            assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                             MYTWIP_TOKEN_MALFORMED);
        }
    }
}


static void
id_out_of_range_is_refused_though_signed(void **state)
{
    char                   text[48];
    size_t                 i;
    static const uint64_t  ids[] = { 0, ID_MAX + 1, UINT64_MAX };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(ids); i++) {
        sign(1, MYTWIP_TOKEN_PIXEL, ids[i], 1, text);
        assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                         MYTWIP_TOKEN_MALFORMED);

        sign(1, MYTWIP_TOKEN_PIXEL, 1, ids[i], text);
        assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                         MYTWIP_TOKEN_MALFORMED);
    }
}


static void
unknown_kind_is_wrong_though_signed(void **state)
{
    char  text[48];

    (void) state;

    sign(1, 9, 1, 1, text);
    assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                     MYTWIP_TOKEN_WRONG_KIND);
}


static void
unknown_key_is_told(void **state)
{
    char      text[48];
    uint8_t   bytes[36];
    unsigned  id;

    (void) state;

    mint(MYTWIP_TOKEN_PIXEL, 1, text);
    to_bytes(text, bytes);

    for (id = 0; id <= UINT16_MAX; id++) {
        bytes[2] = (uint8_t) (id >> 8);
        bytes[3] = (uint8_t) id;
        to_text(bytes, text);

        if (id == 2 || id == 65535) {
            assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                             MYTWIP_TOKEN_FORGED);

        } else if (id != 1) {
            assert_int_equal(refusal(text, 48, MYTWIP_TOKEN_PIXEL),
                             MYTWIP_TOKEN_UNKNOWN_KEY);
        }
    }
}


static void
minting_refuses_what_would_not_verify(void **state)
{
    char                         text[48], before[48];
    size_t                       i;
    static const mytwip_token_t  bad[] = {
        { 0, 1, 1, 1, 0 },
        { MYTWIP_TOKEN_SESSION + 1, 1, 1, 1, 0 },
        { MYTWIP_TOKEN_PIXEL, 1, 0, 1, 0 },
        { MYTWIP_TOKEN_PIXEL, 1, 1, 0, 0 },
        { MYTWIP_TOKEN_PIXEL, 1, ID_MAX + 1, 1, 0 },
        { MYTWIP_TOKEN_PIXEL, 1, 1, ID_MAX + 1, 0 },
        { MYTWIP_TOKEN_PIXEL, 3, 1, 1, 0 },
        { MYTWIP_TOKEN_PIXEL, 0, 1, 1, 0 }
    };

    (void) state;

    memset(text, '!', sizeof(text));
    memcpy(before, text, sizeof(text));

    for (i = 0; i < MYTWIP_TEST_N(bad); i++) {
        assert_int_equal(mytwip_token_mint(keys, &bad[i], text),
                         i < 6 ? MYTWIP_TOKEN_MALFORMED
                               : MYTWIP_TOKEN_UNKNOWN_KEY);
        assert_memory_equal(text, before, sizeof(text));
    }
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(what_is_minted_is_verified),
        cmocka_unit_test(what_another_signed_is_verified),
        cmocka_unit_test(token_is_of_one_kind_only),
        cmocka_unit_test(kind_is_not_told_of_a_forged_token),
        cmocka_unit_test(every_changed_byte_is_seen),
        cmocka_unit_test(every_changed_character_is_seen),
        cmocka_unit_test(every_character_outside_the_alphabet_is_refused),
        cmocka_unit_test(token_has_exactly_one_spelling),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(another_version_is_refused_though_signed),
        cmocka_unit_test(id_out_of_range_is_refused_though_signed),
        cmocka_unit_test(unknown_kind_is_wrong_though_signed),
        cmocka_unit_test(unknown_key_is_told),
        cmocka_unit_test(minting_refuses_what_would_not_verify)
    };

    return mytwip_test_run_with(tests, load_keys, free_keys);
}
