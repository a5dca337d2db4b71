
/*
 * The token: a signed, stateless capability in a URL.  It says which issue of
 * a newsletter was sent to which reader and what the URL may be used for, and
 * it cannot be made without a key.
 *
 * 36 bytes, integers big-endian, as 48 characters of base64url (RFC 4648,
 * section 5).  36 is a multiple of 3, so there is no padding and there are no
 * spare bits: a token has exactly one spelling.
 *
 *     byte   0       version, 1
 *     byte   1       kind, MYTWIP_TOKEN_*
 *     bytes  2..3    key id
 *     bytes  4..11   issue id, 1..2^63-1
 *     bytes 12..19   reader id, 1..2^63-1
 *     bytes 20..35   HMAC-SHA256 of bytes 0..19, first 128 bits
 *
 * A session's token has its end, in seconds since 1970, where links have the
 * issue, and the platform's user where they have the reader.
 */

#ifndef _MYTWIP_TOKEN_H_INCLUDED_
#define _MYTWIP_TOKEN_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "mytwip_keys.h"


#define MYTWIP_TOKEN_VERSION      1

#define MYTWIP_TOKEN_PIXEL        1
#define MYTWIP_TOKEN_UNSUBSCRIBE  2
#define MYTWIP_TOKEN_LINK         3
#define MYTWIP_TOKEN_PRIVACY      4
#define MYTWIP_TOKEN_SESSION      5             /* see below */

#define MYTWIP_TOKEN_SIZE         36
#define MYTWIP_TOKEN_SIGNED       20
#define MYTWIP_TOKEN_MAC          16
#define MYTWIP_TOKEN_LEN          48


typedef enum {
    MYTWIP_TOKEN_OK = 0,
    MYTWIP_TOKEN_MALFORMED,     /* length, alphabet, version or an id of 0 */
    MYTWIP_TOKEN_WRONG_KIND,    /* made for another purpose */
    MYTWIP_TOKEN_UNKNOWN_KEY,
    MYTWIP_TOKEN_FORGED,        /* the HMAC does not agree, or it does and
                                   is worth nothing: see below */
    MYTWIP_TOKEN_FAILED         /* OpenSSL failed */
} mytwip_token_result_t;


typedef struct {
    uint8_t    kind;
    uint16_t   key;
    uint64_t   issue;
    uint64_t   reader;
    unsigned   compromised;     /* anybody may have made it */
} mytwip_token_t;


/*
 * A key that others have is marked as compromised.  What it has signed still
 * unsubscribes, as mails with such links are out there and a refusal must not
 * be refused, and it still shows that an image was fetched; who the reader is,
 * it proves no more.  Of all other kinds its tokens are as good as forged.
 */


/*
 * Finds where a path has its token: behind the last "/", without the ".gif"
 * of an image.  Whether it is one is not looked at.
 */
const char *mytwip_token_find(const void *path, size_t len,
    size_t *token_len);

/*
 * Verifies the len characters at text, which must be of the given kind.  The
 * token is filled only if the result is MYTWIP_TOKEN_OK.  The HMAC is compared
 * in constant time; a wrong kind is told only of a token whose HMAC agrees.
 */
mytwip_token_result_t mytwip_token_verify(const mytwip_keys_t *keys,
    const void *text, size_t len, unsigned kind, mytwip_token_t *token);

/*
 * Writes MYTWIP_TOKEN_LEN characters, without a final zero, signed with the
 * key that token->key names.  The module itself mints nothing: senders do, in
 * SQL; this is the other half of the shared vectors.
 */
mytwip_token_result_t mytwip_token_mint(const mytwip_keys_t *keys,
    const mytwip_token_t *token, char *text);


#endif /* _MYTWIP_TOKEN_H_INCLUDED_ */
