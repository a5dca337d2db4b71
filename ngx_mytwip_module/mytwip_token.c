
/*
 * The token, verified and minted: see mytwip_token.h for its bytes.  Nothing
 * is allocated, nothing is logged; what a token holds is returned only once
 * its HMAC has agreed.
 */

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "mytwip_token.h"


#define MYTWIP_TOKEN_DIGEST  32         /* of SHA-256, before it is cut */
#define MYTWIP_TOKEN_ID_MAX  ((uint64_t) INT64_MAX)


static int mytwip_token_decode(const uint8_t *text, uint8_t *bytes);
static void mytwip_token_encode(const uint8_t *bytes, char *text);
static int mytwip_token_sign(const mytwip_key_t *key, const uint8_t *bytes,
    uint8_t *digest);
static int mytwip_token_id_valid(uint64_t id);


/* the alphabet of RFC 4648, section 5; 64 for what is not in it */

static const uint8_t  mytwip_token_digits[256] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64,
    64,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64
};


static inline uint64_t
mytwip_token_get64(const uint8_t *p)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < 8; i++) {
        n = n << 8 | p[i];
    }

    return n;
}


static inline void
mytwip_token_put64(uint8_t *p, uint64_t n)
{
    unsigned  i;

    for (i = 0; i < 8; i++) {
        p[i] = (uint8_t) (n >> (56 - 8 * i));
    }
}


const char *
mytwip_token_find(const void *path, size_t len, size_t *token_len)
{
    const char  *p, *last;

    static const char  suffix[] = { '.', 'g', 'i', 'f' };

    last = (const char *) path + len;

    if (len > sizeof(suffix)
        && memcmp(last - sizeof(suffix), suffix, sizeof(suffix)) == 0)
    {
        last -= sizeof(suffix);
    }

    p = last;

    /* where it must be, first */

    if (last - (const char *) path > MYTWIP_TOKEN_LEN
        && p[-MYTWIP_TOKEN_LEN - 1] == '/'
        && memchr(p - MYTWIP_TOKEN_LEN, '/', MYTWIP_TOKEN_LEN) == NULL)
    {
        p -= MYTWIP_TOKEN_LEN;
    }

    while (p > (const char *) path && p[-1] != '/') {
        p--;
    }

    *token_len = (size_t) (last - p);

    return p;
}


mytwip_token_result_t
mytwip_token_verify(const mytwip_keys_t *keys, const void *text, size_t len,
    unsigned kind, mytwip_token_t *token)
{
    uint8_t              bytes[MYTWIP_TOKEN_SIZE];
    uint8_t              digest[MYTWIP_TOKEN_DIGEST];
    mytwip_token_t       t;
    const mytwip_key_t  *key;

    if (len != MYTWIP_TOKEN_LEN || mytwip_token_decode(text, bytes) == -1) {
        return MYTWIP_TOKEN_MALFORMED;
    }

    t.kind = bytes[1];
    t.key = (uint16_t) (bytes[2] << 8 | bytes[3]);
    t.issue = mytwip_token_get64(bytes + 4);
    t.reader = mytwip_token_get64(bytes + 12);

    if (bytes[0] != MYTWIP_TOKEN_VERSION
        || !mytwip_token_id_valid(t.issue)
        || !mytwip_token_id_valid(t.reader))
    {
        return MYTWIP_TOKEN_MALFORMED;
    }

    key = mytwip_keys_find(keys, t.key);
    if (key == NULL) {
        return MYTWIP_TOKEN_UNKNOWN_KEY;
    }

    if (mytwip_token_sign(key, bytes, digest) == -1) {
        return MYTWIP_TOKEN_FAILED;
    }

    if (CRYPTO_memcmp(digest, bytes + MYTWIP_TOKEN_SIGNED, MYTWIP_TOKEN_MAC)
        != 0)
    {
        return MYTWIP_TOKEN_FORGED;
    }

    if (t.kind != kind) {
        return MYTWIP_TOKEN_WRONG_KIND;
    }

    t.compromised = key->compromised;

    if (t.compromised
        && kind != MYTWIP_TOKEN_PIXEL
        && kind != MYTWIP_TOKEN_UNSUBSCRIBE)
    {
        return MYTWIP_TOKEN_FORGED;
    }

    *token = t;

    return MYTWIP_TOKEN_OK;
}


mytwip_token_result_t
mytwip_token_mint(const mytwip_keys_t *keys, const mytwip_token_t *token,
    char *text)
{
    uint8_t              bytes[MYTWIP_TOKEN_SIZE];
    uint8_t              digest[MYTWIP_TOKEN_DIGEST];
    const mytwip_key_t  *key;

    if (token->kind < MYTWIP_TOKEN_PIXEL
        || token->kind > MYTWIP_TOKEN_SESSION
        || !mytwip_token_id_valid(token->issue)
        || !mytwip_token_id_valid(token->reader))
    {
        return MYTWIP_TOKEN_MALFORMED;
    }

    key = mytwip_keys_find(keys, token->key);
    if (key == NULL) {
        return MYTWIP_TOKEN_UNKNOWN_KEY;
    }

    bytes[0] = MYTWIP_TOKEN_VERSION;
    bytes[1] = token->kind;
    bytes[2] = (uint8_t) (token->key >> 8);
    bytes[3] = (uint8_t) token->key;
    mytwip_token_put64(bytes + 4, token->issue);
    mytwip_token_put64(bytes + 12, token->reader);

    if (mytwip_token_sign(key, bytes, digest) == -1) {
        return MYTWIP_TOKEN_FAILED;
    }

    memcpy(bytes + MYTWIP_TOKEN_SIGNED, digest, MYTWIP_TOKEN_MAC);
    mytwip_token_encode(bytes, text);

    return MYTWIP_TOKEN_OK;
}


/* Returns -1 for a character outside the alphabet. */

static int
mytwip_token_decode(const uint8_t *text, uint8_t *bytes)
{
    unsigned  i, a, b, c, d;

    for (i = 0; i < MYTWIP_TOKEN_LEN; i += 4) {
        a = mytwip_token_digits[text[i]];
        b = mytwip_token_digits[text[i + 1]];
        c = mytwip_token_digits[text[i + 2]];
        d = mytwip_token_digits[text[i + 3]];

        if ((a | b | c | d) & 64) {
            return -1;
        }

        *bytes++ = (uint8_t) (a << 2 | b >> 4);
        *bytes++ = (uint8_t) (b << 4 | c >> 2);
        *bytes++ = (uint8_t) (c << 6 | d);
    }

    return 0;
}


static void
mytwip_token_encode(const uint8_t *bytes, char *text)
{
    unsigned           i;
    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_";

    for (i = 0; i < MYTWIP_TOKEN_SIZE; i += 3) {
        *text++ = alphabet[bytes[i] >> 2];
        *text++ = alphabet[(bytes[i] << 4 | bytes[i + 1] >> 4) & 0x3f];
        *text++ = alphabet[(bytes[i + 1] << 2 | bytes[i + 2] >> 6) & 0x3f];
        *text++ = alphabet[bytes[i + 2] & 0x3f];
    }
}


static int
mytwip_token_sign(const mytwip_key_t *key, const uint8_t *bytes,
    uint8_t *digest)
{
    size_t  len;

    if (EVP_MAC_init(key->mac, NULL, 0, NULL) != 1
        || EVP_MAC_update(key->mac, bytes, MYTWIP_TOKEN_SIGNED) != 1
        || EVP_MAC_final(key->mac, digest, &len, MYTWIP_TOKEN_DIGEST) != 1)
    {
        /* or the next TLS call of this thread would report our error */
        ERR_clear_error();
        return -1;
    }

    return 0;
}


static int
mytwip_token_id_valid(uint64_t id)
{
    return id != 0 && id <= MYTWIP_TOKEN_ID_MAX;
}
