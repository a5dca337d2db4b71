
/*
 * A token, as it comes in a path: "/o/TOKEN.gif".  The input is a path.
 *
 * Nobody has the key but us: a token that passes is one that we spell the
 * same, with the ids that it was verified to have.  An input that passes was
 * not found by chance: it is in the corpus, and its neighbours are refused.
 */

#include "fuzz.h"

#include "mytwip_token.h"


static mytwip_keys_t *keys(void);
static void check(const char *text, size_t len, unsigned kind);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       len;
    unsigned     kind;
    const char  *path, *text;

    path = fuzz_copy(data, size);
    text = mytwip_token_find(path, size, &len);

    must(text >= path && text + len <= path + size);
    must(len == 0 || memchr(text, '/', len) == NULL);
    must(text == path || text[-1] == '/');

    for (kind = 0; kind <= MYTWIP_TOKEN_SESSION + 1; kind++) {
        check(text, len, kind);
    }

    fuzz_free((char *) path);

    return 0;
}


static void
check(const char *text, size_t len, unsigned kind)
{
    char                   spelling[MYTWIP_TOKEN_LEN];
    mytwip_token_t         token;
    mytwip_token_result_t  rc;

    memset(&token, 0x5a, sizeof(token));

    rc = mytwip_token_verify(keys(), text, len, kind, &token);

    must(rc != MYTWIP_TOKEN_FAILED);

    if (rc != MYTWIP_TOKEN_OK) {
        must(token.issue == 0x5a5a5a5a5a5a5a5a);
        must(token.reader == 0x5a5a5a5a5a5a5a5a);
        return;
    }

    must(len == MYTWIP_TOKEN_LEN);
    must(token.kind == kind);
    must(token.issue != 0 && token.issue <= INT64_MAX);
    must(token.reader != 0 && token.reader <= INT64_MAX);

    must(mytwip_token_mint(keys(), &token, spelling) == MYTWIP_TOKEN_OK);
    must(memcmp(spelling, text, MYTWIP_TOKEN_LEN) == 0);
}


static mytwip_keys_t *
keys(void)
{
    mytwip_error_t         err;
    static mytwip_keys_t  *read;

    static const char  text[] =
        "2:0f0e0d0c0b0a09080706050403020100"
          "0f0e0d0c0b0a09080706050403020100\n"
        "1:000102030405060708090a0b0c0d0e0f"
          "101112131415161718191a1b1c1d1e1f\n";

    if (read == NULL) {
        read = mytwip_keys_parse(text, sizeof(text) - 1, &err);
        must(read != NULL);
    }

    return read;
}
