
/*
 * token N [stop]: verifies a token N times, as the module does for each
 * request; with "stop" it stops before, for steps to begin to count.  For
 * callgrind and for steps, which see other instructions in it.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mytwip_token.h"


static const char  token_keys[] =
    "1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";


int
main(int argc, char *argv[])
{
    char             text[MYTWIP_TOKEN_LEN];
    long             i, n;
    mytwip_keys_t   *keys;
    mytwip_error_t   err;
    mytwip_token_t   token;

    n = argc > 1 ? strtol(argv[1], NULL, 10) : -1;

    if (n < 0) {
        (void) fprintf(stderr, "usage: token N [stop]\n");
        return 2;
    }

    keys = mytwip_keys_parse(token_keys, sizeof(token_keys) - 1, &err);

    if (keys == NULL) {
        (void) fprintf(stderr, "token: %s\n", err.text);
        return 1;
    }

    token.kind = MYTWIP_TOKEN_PIXEL;
    token.key = 1;
    token.issue = 1001;
    token.reader = 100001;

    if (mytwip_token_mint(keys, &token, text) != MYTWIP_TOKEN_OK) {
        return 1;
    }

    if (argc > 2) {
        (void) raise(SIGSTOP);
    }

    for (i = 0; i < n; i++) {
        if (mytwip_token_verify(keys, text, sizeof(text), MYTWIP_TOKEN_PIXEL,
                                &token)
            != MYTWIP_TOKEN_OK)
        {
            return 1;
        }
    }

    if (argc > 2) {
        /* OpenSSL's end is not counted */
        _exit(0);
    }

    mytwip_keys_free(keys);

    return 0;
}
