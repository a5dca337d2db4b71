
/*
 * The token as others make it: t/vectors/tokens.txt, which the SQL functions
 * are held to as well.
 */

#include "test.h"

#include "mytwip_token.h"


/* One line of the file; returns 0 for one that holds no vector. */

static int
vector(const char *line, mytwip_token_t *token, char *secret, char *text)
{
    int                 n;
    unsigned            kind, key;
    unsigned long long  issue, reader;

    if (line[0] == '#' || line[0] == '\n') {
        return 0;
    }

    n = sscanf(line, "%u %u %64s %llu %llu %48s\n", &kind, &key, secret,
               &issue, &reader, text);
    assert_int_equal(n, 6);

    token->kind = (uint8_t) kind;
    token->key = (uint16_t) key;
    token->issue = issue;
    token->reader = reader;

    return 1;
}


static void
shared_vectors_are_minted_and_verified(void **state)
{
    FILE            *f;
    char             line[512], secret[65], text[49], minted[49], file[80];
    unsigned         n;
    mytwip_keys_t   *own;
    mytwip_token_t   token, read;
    mytwip_error_t   err;

    (void) state;

    f = fopen(MYTWIP_TEST_VECTORS "/tokens.txt", "r");
    assert_non_null(f);

    n = 0;

    while (fgets(line, sizeof(line), f)) {
        if (!vector(line, &token, secret, text)) {
            continue;
        }

        (void) snprintf(file, sizeof(file), "%u:%s", token.key, secret);
        own = mytwip_keys_parse(file, strlen(file), &err);
        assert_non_null(own);

        memset(minted, 0, sizeof(minted));
        assert_int_equal(mytwip_token_mint(own, &token, minted),
                         MYTWIP_TOKEN_OK);
        assert_string_equal(minted, text);

        assert_int_equal(mytwip_token_verify(own, text, 48, token.kind, &read),
                         MYTWIP_TOKEN_OK);
        assert_int_equal(read.kind, token.kind);
        assert_int_equal(read.key, token.key);
        assert_true(read.issue == token.issue);
        assert_true(read.reader == token.reader);

        mytwip_keys_free(own);
        n++;
    }

    assert_int_equal(ferror(f), 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(n, 108);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(shared_vectors_are_minted_and_verified)
    };

    return mytwip_test_run(tests);
}
