
/*
 * The signing keys: read once at start, kept as ready HMAC contexts, never
 * written anywhere.  Used by mytwip_token.
 *
 * The file has a key a line, newest first, "id:hex": id is 1..65535 in
 * decimal, hex is 64 digits (256 bits).  A key that others have is marked,
 * "id:hex:compromised"; mytwip_token.h says what it is still good for.  Empty
 * lines and lines that begin with "#" are skipped, blanks at the end of a line
 * are ignored.  A file that others than its owner and group may use is
 * refused, as is one without any key.
 *
 * Using a key changes its context: keys belong to one thread.
 */

#ifndef _MYTWIP_KEYS_H_INCLUDED_
#define _MYTWIP_KEYS_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "mytwip_error.h"


#define MYTWIP_KEY_SIZE   32
#define MYTWIP_KEYS_MAX   64


typedef struct {
    uint16_t       id;
    unsigned       compromised:1;
    EVP_MAC_CTX   *mac;         /* initialised with the key, ready to reuse */
} mytwip_key_t;


typedef struct {
    unsigned       n;
    mytwip_key_t   key[MYTWIP_KEYS_MAX];        /* as in the file */
} mytwip_keys_t;


/*
 * Reads the file; returns NULL with *err filled (line and text) on any error.
 * What it returns is freed by mytwip_keys_free().
 */
mytwip_keys_t *mytwip_keys_load(const char *path, mytwip_error_t *err);
void mytwip_keys_free(mytwip_keys_t *keys);

/* The same from a buffer: the parser alone, for tests and fuzzers. */
mytwip_keys_t *mytwip_keys_parse(const char *text, size_t len,
    mytwip_error_t *err);

/* NULL if there is no such key. */
const mytwip_key_t *mytwip_keys_find(const mytwip_keys_t *keys, uint16_t id);


#endif /* _MYTWIP_KEYS_H_INCLUDED_ */
