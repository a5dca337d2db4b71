
/*
 * The key file, read and parsed: see mytwip_keys.h.  An error says where and
 * what, but repeats nothing of the line: it could be a key.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "mytwip_file.h"
#include "mytwip_keys.h"


#define MYTWIP_KEYS_FILE_MAX  65536
#define MYTWIP_KEYS_LINE_MAX  1024
#define MYTWIP_KEYS_ID_MAX    65535
#define MYTWIP_KEYS_DIGITS    64        /* of MYTWIP_KEY_SIZE bytes */


static int mytwip_keys_line(mytwip_keys_t *keys, EVP_MAC *mac, unsigned line,
    const char *text, size_t len, mytwip_error_t *err);
static int mytwip_keys_id(const mytwip_keys_t *keys, unsigned line,
    const char *text, size_t len, mytwip_error_t *err);
static int mytwip_keys_state(unsigned line, const char *text, size_t len,
    unsigned *compromised, mytwip_error_t *err);
static int mytwip_keys_secret(unsigned line, const char *text, size_t len,
    uint8_t *secret, mytwip_error_t *err);
static int mytwip_keys_add(mytwip_keys_t *keys, EVP_MAC *mac, uint16_t id,
    const uint8_t *secret, unsigned compromised);
static int mytwip_keys_digit(char c);
static int mytwip_keys_openssl(unsigned line, mytwip_error_t *err);


mytwip_keys_t *
mytwip_keys_load(const char *path, mytwip_error_t *err)
{
    char           *text;
    size_t          len;
    mytwip_keys_t  *keys;

    text = mytwip_file_read(path, MYTWIP_KEYS_FILE_MAX, 1, &len, err);
    if (text == NULL) {
        return NULL;
    }

    keys = mytwip_keys_parse(text, len, err);

    OPENSSL_cleanse(text, MYTWIP_KEYS_FILE_MAX + 1);
    free(text);

    return keys;
}


mytwip_keys_t *
mytwip_keys_parse(const char *text, size_t len, mytwip_error_t *err)
{
    size_t          n;
    EVP_MAC        *mac;
    unsigned        line;
    const char     *p, *end, *eol;
    mytwip_keys_t  *keys;

    keys = calloc(1, sizeof(mytwip_keys_t));
    if (keys == NULL) {
        (void) mytwip_error(err, 0, errno, "no memory for the keys");
        return NULL;
    }

    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (mac == NULL) {
        (void) mytwip_keys_openssl(0, err);
        goto failed;
    }

    line = 0;
    p = text;
    end = text + len;

    while (p < end) {
        eol = memchr(p, '\n', (size_t) (end - p));
        n = (size_t) ((eol ? eol : end) - p);

        if (mytwip_keys_line(keys, mac, ++line, p, n, err) == -1) {
            goto failed;
        }

        p += eol ? n + 1 : n;
    }

    if (keys->n == 0) {
        (void) mytwip_error(err, 0, 0, "no key in the file");
        goto failed;
    }

    EVP_MAC_free(mac);

    return keys;

failed:

    EVP_MAC_free(mac);
    mytwip_keys_free(keys);

    return NULL;
}


static int
mytwip_keys_line(mytwip_keys_t *keys, EVP_MAC *mac, unsigned line,
    const char *text, size_t len, mytwip_error_t *err)
{
    int          rc, id;
    uint8_t      secret[MYTWIP_KEY_SIZE];
    unsigned     compromised;
    const char  *colon, *end;

    if (memchr(text, '\0', len) != NULL) {
        return mytwip_error(err, line, 0, "zero byte in the line");
    }

    if (len > MYTWIP_KEYS_LINE_MAX) {
        return mytwip_error(err, line, 0, "line is longer than %d bytes",
                            MYTWIP_KEYS_LINE_MAX);
    }

    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'
                   || text[len - 1] == '\r'))
    {
        len--;
    }

    if (len == 0 || text[0] == '#') {
        return 0;
    }

    colon = memchr(text, ':', len);
    if (colon == NULL) {
        return mytwip_error(err, line, 0,
                            "unknown form, \"id:hex\" is expected");
    }

    if (keys->n == MYTWIP_KEYS_MAX) {
        return mytwip_error(err, line, 0, "more than %d keys",
                            MYTWIP_KEYS_MAX);
    }

    id = mytwip_keys_id(keys, line, text, (size_t) (colon - text), err);
    if (id == -1) {
        return -1;
    }

    colon++;
    len -= (size_t) (colon - text);
    compromised = 0;

    end = memchr(colon, ':', len);

    if (end != NULL) {
        if (mytwip_keys_state(line, end + 1, len - (size_t) (end + 1 - colon),
                              &compromised, err)
            == -1)
        {
            return -1;
        }

        len = (size_t) (end - colon);
    }

    rc = mytwip_keys_secret(line, colon, len, secret, err);

    if (rc == 0
        && mytwip_keys_add(keys, mac, (uint16_t) id, secret, compromised)
           == -1)
    {
        rc = mytwip_keys_openssl(line, err);
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return rc;
}


/* Returns the id, or -1. */

static int
mytwip_keys_id(const mytwip_keys_t *keys, unsigned line, const char *text,
    size_t len, mytwip_error_t *err)
{
    size_t    i;
    unsigned  n;

    n = 0;

    for (i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            break;
        }

        /* beyond the range, any number is as good as another */
        if (n <= MYTWIP_KEYS_ID_MAX) {
            n = n * 10 + (unsigned) (text[i] - '0');
        }
    }

    if (len == 0 || i < len) {
        return mytwip_error(err, line, 0, "key id is not a number");
    }

    if (n == 0 || n > MYTWIP_KEYS_ID_MAX) {
        return mytwip_error(err, line, 0, "key id is not in 1..%d",
                            MYTWIP_KEYS_ID_MAX);
    }

    if (mytwip_keys_find(keys, (uint16_t) n) != NULL) {
        return mytwip_error(err, line, 0, "key id %u is there twice", n);
    }

    return (int) n;
}


static int
mytwip_keys_state(unsigned line, const char *text, size_t len,
    unsigned *compromised, mytwip_error_t *err)
{
    static const char  word[] = "compromised";

    if (len != sizeof(word) - 1 || memcmp(text, word, len) != 0) {
        return mytwip_error(err, line, 0, "unknown state of a key,"
                            " \"%s\" or nothing is expected", word);
    }

    *compromised = 1;

    return 0;
}


static int
mytwip_keys_secret(unsigned line, const char *text, size_t len,
    uint8_t *secret, mytwip_error_t *err)
{
    int     digit;
    size_t  i;

    for (i = 0; i < len; i++) {
        digit = mytwip_keys_digit(text[i]);

        if (digit == -1) {
            return mytwip_error(err, line, 0, "character %zu of the key"
                                " is not a hexadecimal digit", i + 1);
        }

        if (i < MYTWIP_KEYS_DIGITS) {
            secret[i / 2] = (uint8_t) (i % 2 ? secret[i / 2] << 4 | digit
                                             : digit);
        }
    }

    if (len != MYTWIP_KEYS_DIGITS) {
        return mytwip_error(err, line, 0, "key has %zu digits, %d are"
                            " needed", len, MYTWIP_KEYS_DIGITS);
    }

    return 0;
}


static int
mytwip_keys_add(mytwip_keys_t *keys, EVP_MAC *mac, uint16_t id,
    const uint8_t *secret, unsigned compromised)
{
    char          digest[] = "SHA256";
    OSSL_PARAM    params[2];
    EVP_MAC_CTX  *ctx;

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
                                                 0);
    params[1] = OSSL_PARAM_construct_end();

    ctx = EVP_MAC_CTX_new(mac);
    if (ctx == NULL) {
        return -1;
    }

    if (EVP_MAC_init(ctx, secret, MYTWIP_KEY_SIZE, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return -1;
    }

    keys->key[keys->n].id = id;
    keys->key[keys->n].compromised = compromised != 0;
    keys->key[keys->n].mac = ctx;
    keys->n++;

    return 0;
}


void
mytwip_keys_free(mytwip_keys_t *keys)
{
    unsigned  i;

    if (keys == NULL) {
        return;
    }

    for (i = 0; i < keys->n; i++) {
        /* OpenSSL wipes its copy of the secret */
        EVP_MAC_CTX_free(keys->key[i].mac);
    }

    free(keys);
}


const mytwip_key_t *
mytwip_keys_find(const mytwip_keys_t *keys, uint16_t id)
{
    unsigned  i;

    /* newest first: nearly always the first */

    for (i = 0; i < keys->n; i++) {
        if (keys->key[i].id == id) {
            return &keys->key[i];
        }
    }

    return NULL;
}


static int
mytwip_keys_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }

    return -1;
}


static int
mytwip_keys_openssl(unsigned line, mytwip_error_t *err)
{
    const char  *reason;

    reason = ERR_reason_error_string(ERR_peek_last_error());

    /* or the next TLS call of this thread would report it */
    ERR_clear_error();

    return mytwip_error(err, line, 0, "openssl gives no HMAC-SHA256: %s",
                        reason ? reason : "unknown reason");
}
