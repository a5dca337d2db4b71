
/*
 * What a token is worth by the file of keys that it meets: one of a key that is
 * compromised, and one of a key that another file has under the same id.
 */

#include "test.h"

#include "mytwip_token.h"


static mytwip_keys_t *
parsed(const char *text)
{
    mytwip_keys_t   *keys;
    mytwip_error_t   err;

    keys = mytwip_keys_parse(text, strlen(text), &err);
    assert_non_null(keys);

    return keys;
}


static void
compromised_key_unsubscribes_and_proves_nothing(void **state)
{
    char             text[48];
    unsigned         kind;
    mytwip_keys_t   *lost;
    mytwip_token_t   token;

    (void) state;

    lost = parsed("9:000102030405060708090a0b0c0d0e0f"
                    "101112131415161718191a1b1c1d1e1f:compromised\n");

    for (kind = MYTWIP_TOKEN_PIXEL; kind <= MYTWIP_TOKEN_SESSION; kind++) {
        token.kind = (uint8_t) kind;
        token.key = 9;
        token.issue = 1;
        token.reader = 7;

        assert_int_equal(mytwip_token_mint(lost, &token, text),
                         MYTWIP_TOKEN_OK);

        memset(&token, 0, sizeof(token));

        if (kind == MYTWIP_TOKEN_PIXEL || kind == MYTWIP_TOKEN_UNSUBSCRIBE) {
            assert_int_equal(mytwip_token_verify(lost, text, 48, kind, &token),
                             MYTWIP_TOKEN_OK);
            assert_int_equal(token.compromised, 1);

        } else {
            assert_int_equal(mytwip_token_verify(lost, text, 48, kind, &token),
                             MYTWIP_TOKEN_FORGED);
            assert_int_equal(token.reader, 0);
        }
    }

    mytwip_keys_free(lost);
}


static void
key_of_that_id_in_another_file_is_no_good(void **state)
{
    char             text[48];
    mytwip_keys_t   *keys, *others;
    mytwip_token_t   token = { MYTWIP_TOKEN_PIXEL, 1, 4321, 987654321, 0 };

    (void) state;

    keys = parsed("1:303132333435363738393a3b3c3d3e3f"
                    "404142434445464748494a4b4c4d4e4f\n");
    others = parsed("1:303132333435363738393a3b3c3d3e3f"
                      "404142434445464748494a4b4c4d4e4e\n");

    assert_int_equal(mytwip_token_mint(keys, &token, text), MYTWIP_TOKEN_OK);

    assert_int_equal(mytwip_token_verify(others, text, 48, MYTWIP_TOKEN_PIXEL,
                                         &token), MYTWIP_TOKEN_FORGED);

    mytwip_keys_free(others);
    mytwip_keys_free(keys);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(compromised_key_unsubscribes_and_proves_nothing),
        cmocka_unit_test(key_of_that_id_in_another_file_is_no_good)
    };

    return mytwip_test_run(tests);
}
