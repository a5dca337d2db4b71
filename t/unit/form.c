
/*
 * Form bodies: what browsers and mail clients' servers send, and what nobody
 * should.
 */

#include "test.h"

#include "mytwip_form.h"


static int
field(const char *type, const char *body, size_t len, const char *name,
    char *value, size_t size)
{
    int             rc;
    char           *t, *b;
    mytwip_form_t   form;

    /* copies that end where they end: the sanitizer sees who reads on */

    t = mytwip_test_copy(type, strlen(type));
    b = mytwip_test_copy(body, len);

    rc = mytwip_form_init(&form, t, strlen(type), b, len);

    if (rc == 0) {
        rc = mytwip_form_field(&form, name, value, size);
    }

    mytwip_test_free(t);
    mytwip_test_free(b);

    return rc;
}


static void
assert_field(const char *type, const char *body, const char *name,
    const char *expected)
{
    char  value[32];

    assert_int_equal(field(type, body, strlen(body), name, value,
                           sizeof(value)), 1);
    assert_string_equal(value, expected);
}


static void
assert_none(const char *type, const char *body, const char *name)
{
    char  value[32];

    assert_int_equal(field(type, body, strlen(body), name, value,
                           sizeof(value)), 0);
}


static void
urlencoded_fields_are_found_and_decoded(void **state)
{
    static const char  type[] = "application/x-www-form-urlencoded";

    (void) state;

    assert_field(type, "List-Unsubscribe=One-Click", "List-Unsubscribe",
                 "One-Click");
    assert_field(type, "a=1&action=undo&b=2", "action", "undo");
    assert_field(type, "action=", "action", "");
    assert_field(type, "List%2dUnsubscribe=One%2DClick", "List-Unsubscribe",
                 "One-Click");
    assert_field(type, "reason=not+relevant%21", "reason", "not relevant!");
    assert_field(type, "x&&=&action=undo", "action", "undo");
    assert_field(type, "action=first&action=second", "action", "first");
    assert_field("APPLICATION/x-www-form-urlencoded; charset=utf-8",
                 "action=undo", "action", "undo");
}


static void
urlencoded_rubbish_has_no_field(void **state)
{
    static const char  type[] = "application/x-www-form-urlencoded";

    (void) state;

    assert_none(type, "", "action");
    assert_none(type, "action", "action");
    assert_none(type, "Action=undo", "action");
    assert_none(type, "xaction=undo", "action");
    assert_none(type, "action=un%do", "action");
    assert_none(type, "action=undo%", "action");
    assert_none(type, "action=undo%2", "action");
    assert_none(type, "action=undo%00", "action");
    assert_none(type, "action=0123456789012345678901234567890123", "action");
}


static void
multipart_fields_are_found(void **state)
{
    static const char  type[] = "multipart/form-data; boundary=xyz";

    static const char  body[] =
        "preamble\r\n"
        "--xyz\r\n"
        "Content-Disposition: form-data; filename=\"action\"; name=other\r\n"
        "\r\n"
        "wrong\r\n"
        "--xyz\r\n"
        "Content-Type: text/plain\r\n"
        "content-disposition: form-data; name=\"List-Unsubscribe\"\r\n"
        "\r\n"
        "One-Click\r\n"
        "--xyz\r\n"
        "Content-Disposition: form-data; name=\"action\"\r\n"
        "\r\n"
        "two\r\nlines --xyz\r\n"
        "--xyz--\r\n";

    (void) state;

    assert_field(type, body, "List-Unsubscribe", "One-Click");
    assert_field(type, body, "action", "two\r\nlines --xyz");
    assert_field(type, body, "other", "wrong");
    assert_field("Multipart/Form-Data;charset=x; boundary=\"xyz\"", body,
                 "List-Unsubscribe", "One-Click");
    assert_field("multipart/form-data; boundary=xyz ; a=b", body,
                 "List-Unsubscribe", "One-Click");
    assert_none(type, body, "filename");
}


/* no prefix of a body has a field whose end it does not have */

static void
truncated_multipart_has_no_field(void **state)
{
    char        value[32];
    size_t      len, whole;

    static const char  body[] =
        "--xyz\r\n"
        "Content-Disposition: form-data; name=\"List-Unsubscribe\"\r\n"
        "\r\n"
        "One-Click\r\n"
        "--xyz--\r\n";

    (void) state;

    whole = (size_t) (strstr(body, "--xyz--") - body) + sizeof("--xyz") - 1;

    for (len = 0; len <= strlen(body); len++) {
        assert_int_equal(field("multipart/form-data; boundary=xyz", body, len,
                               "List-Unsubscribe", value, sizeof(value)),
                         len >= whole);
    }
}


static void
other_types_are_refused(void **state)
{
    unsigned       i;
    mytwip_form_t  form;

    static const char *const  types[] = {
        "", "text/plain", "application/json", "multipart/mixed; boundary=x",
        "application/x-www-form-urlencodedx", "multipart/form-data",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; xboundary=a",
        ("multipart/form-data; boundary=0123456789012345678901234567890123"
         "4567890123456789012345678901234567890")
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(types); i++) {
        assert_int_equal(mytwip_form_init(&form, types[i], strlen(types[i]),
                                          "", 0), -1);
    }
}


/* the sanitizers are the judges */

static void
random_bodies_do_no_harm(void **state)
{
    char      body[200], value[32];
    size_t    i, len;
    unsigned  n, x;

    static const char  piece[] = "--xyz\r\n\r\nname=\"action\"%&=; \0";
    static const char *const  types[] = {
        "multipart/form-data; boundary=xyz",
        "application/x-www-form-urlencoded"
    };

    (void) state;

    x = 1;

    for (n = 0; n < 200000; n++) {
        x = x * 1103515245 + 12345;
        len = (x >> 16) % sizeof(body);

        for (i = 0; i < len; i++) {
            x = x * 1103515245 + 12345;
            body[i] = piece[(x >> 16) % sizeof(piece)];
        }

        if (field(types[n % 2], body, len, "action", value, sizeof(value))) {
            assert_true(strlen(value) < sizeof(value));
        }
    }
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(urlencoded_fields_are_found_and_decoded),
        cmocka_unit_test(urlencoded_rubbish_has_no_field),
        cmocka_unit_test(multipart_fields_are_found),
        cmocka_unit_test(truncated_multipart_has_no_field),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(random_bodies_do_no_harm)
    };

    return mytwip_test_run(tests);
}
