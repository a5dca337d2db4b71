
/*
 * The body of a form.  The input is the value of Content-Type, a line feed,
 * and the body.
 *
 * A value is copied with a final zero into as much room as was given, never
 * with a zero in it, and more room changes nothing but that it may fit.  What
 * is urlencoded is read again as it was.
 */

#include "fuzz.h"

#include "mytwip_form.h"


#define ROOM  32


static const char *const  names[] = {
    "List-Unsubscribe", "action", "reason", "a"
};


static void check(mytwip_form_t *form, const char *name);
static void again(const char *name, const char *value);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char           *type, *body;
    size_t          len, i;
    mytwip_form_t   form;
    const uint8_t  *p;

    p = fuzz_until(&data, &size, '\n', &len);

    type = fuzz_copy(p, len);
    body = fuzz_copy(data, size);

    if (mytwip_form_init(&form, type, len, body, size) == 0) {

        must(form.boundary == NULL
             || (form.boundary_len > 0
                 && form.boundary_len <= MYTWIP_FORM_BOUNDARY_MAX
                 && (char *) form.boundary >= type
                 && (char *) form.boundary + form.boundary_len
                    <= type + len));

        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            check(&form, names[i]);
        }
    }

    fuzz_free(type);
    fuzz_free(body);

    return 0;
}


static void
check(mytwip_form_t *form, const char *name)
{
    int    rc, more;
    char  *value, *large;

    /* exactly as much memory as is told */
    value = malloc(ROOM);
    large = malloc(16 * ROOM);
    must(value != NULL && large != NULL);

    rc = mytwip_form_field(form, name, value, ROOM);
    more = mytwip_form_field(form, name, large, 16 * ROOM);

    must(rc == 0 || rc == 1);

    if (rc == 1) {
        must(memchr(value, '\0', ROOM) != NULL);
        must(more == 1 && strcmp(value, large) == 0);
        again(name, value);

    } else {
        must(more == 0 || strlen(large) >= ROOM);
    }

    free(value);
    free(large);
}


/* What was read is written as a browser does, behind another field. */

static void
again(const char *name, const char *value)
{
    char           text[3 * ROOM + 64], copy[ROOM], *p;
    mytwip_form_t  form;

    static const char  type[] = "application/x-www-form-urlencoded";

    p = text + sprintf(text, "x=%%&%s=", name);

    for ( /* void */ ; *value; value++) {
        p += sprintf(p, "%%%02X", (unsigned char) *value);
    }

    must(mytwip_form_init(&form, type, sizeof(type) - 1, text,
                          (size_t) (p - text))
         == 0);
    must(mytwip_form_field(&form, name, copy, sizeof(copy)) == 1);

    for (value = copy, p = strchr(strchr(text, '&'), '='); *value; value++) {
        char  two[3];

        (void) sprintf(two, "%02X", (unsigned char) *value);
        must(p[1] == '%' && p[2] == two[0] && p[3] == two[1]);
        p += 3;
    }
}
