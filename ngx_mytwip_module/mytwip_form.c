
/*
 * The body of a form: see mytwip_form.h.
 */

#include <string.h>
#include <strings.h>

#include "mytwip_form.h"


static int mytwip_form_boundary(mytwip_form_t *form, const char *p,
    const char *end);
static int mytwip_form_urlencoded(const mytwip_form_t *form, const char *name,
    char *value, size_t size);
static int mytwip_form_decode(const uint8_t *p, size_t len, char *value,
    size_t size);
static int mytwip_form_digit(uint8_t c);
static int mytwip_form_multipart(const mytwip_form_t *form, const char *name,
    char *value, size_t size);
static const uint8_t *mytwip_form_delimiter(const mytwip_form_t *form,
    const uint8_t *p, const uint8_t *end);
static int mytwip_form_named(const uint8_t *p, const uint8_t *end,
    const char *name);
static int mytwip_form_copy(const uint8_t *p, size_t len, char *value,
    size_t size);


int
mytwip_form_init(mytwip_form_t *form, const void *type, size_t type_len,
    const void *body, size_t len)
{
    size_t       n;
    const char  *p, *end;

    static const char  urlencoded[] = "application/x-www-form-urlencoded";
    static const char  multipart[] = "multipart/form-data";

    form->body = body;
    form->len = len;
    form->boundary = NULL;
    form->boundary_len = 0;

    p = type;
    end = p + type_len;

    for (n = 0; n < type_len; n++) {
        if (p[n] == ';' || p[n] == ' ' || p[n] == '\t') {
            break;
        }
    }

    if (n == sizeof(urlencoded) - 1 && strncasecmp(p, urlencoded, n) == 0) {
        return 0;
    }

    if (n == sizeof(multipart) - 1 && strncasecmp(p, multipart, n) == 0) {
        return mytwip_form_boundary(form, p + n, end);
    }

    return -1;
}


/* Finds the parameter "boundary" of a Content-Type, quoted or not. */

static int
mytwip_form_boundary(mytwip_form_t *form, const char *p, const char *end)
{
    size_t       len;
    const char  *value;

    static const char  name[] = "boundary=";

    while (p < end) {

        if (*p == ';' || *p == ' ' || *p == '\t') {
            p++;
            continue;
        }

        len = 0;

        while (p + len < end && p[len] != ';') {
            len++;
        }

        if (len < sizeof(name) - 1
            || strncasecmp(p, name, sizeof(name) - 1) != 0)
        {
            p += len;
            continue;
        }

        value = p + sizeof(name) - 1;
        len -= sizeof(name) - 1;

        while (len && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
            len--;
        }

        if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
            value++;
            len -= 2;
        }

        if (len == 0 || len > MYTWIP_FORM_BOUNDARY_MAX) {
            return -1;
        }

        form->boundary = (const uint8_t *) value;
        form->boundary_len = len;

        return 0;
    }

    return -1;
}


int
mytwip_form_field(const mytwip_form_t *form, const char *name, char *value,
    size_t size)
{
    return form->boundary ? mytwip_form_multipart(form, name, value, size)
                          : mytwip_form_urlencoded(form, name, value, size);
}


static int
mytwip_form_urlencoded(const mytwip_form_t *form, const char *name,
    char *value, size_t size)
{
    char            key[64];
    const uint8_t  *p, *end, *next, *eq;

    p = form->body;
    end = p + form->len;

    while (p < end) {
        next = memchr(p, '&', (size_t) (end - p));
        if (next == NULL) {
            next = end;
        }

        eq = memchr(p, '=', (size_t) (next - p));

        if (eq
            && mytwip_form_decode(p, (size_t) (eq - p), key, sizeof(key))
            && strcmp(key, name) == 0)
        {
            eq++;
            return mytwip_form_decode(eq, (size_t) (next - eq), value, size);
        }

        p = next + 1;
    }

    return 0;
}


static int
mytwip_form_decode(const uint8_t *p, size_t len, char *value, size_t size)
{
    int      high, low;
    size_t   i, n;
    uint8_t  c;

    n = 0;

    for (i = 0; i < len; i++) {
        c = p[i];

        if (c == '+') {
            c = ' ';

        } else if (c == '%') {

            if (len - i < 3) {
                return 0;
            }

            high = mytwip_form_digit(p[i + 1]);
            low = mytwip_form_digit(p[i + 2]);

            if (high == -1 || low == -1) {
                return 0;
            }

            c = (uint8_t) (high << 4 | low);
            i += 2;
        }

        if (c == '\0' || n + 1 >= size) {
            return 0;
        }

        value[n++] = (char) c;
    }

    value[n] = '\0';

    return 1;
}


static int
mytwip_form_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


static int
mytwip_form_multipart(const mytwip_form_t *form, const char *name, char *value,
    size_t size)
{
    const uint8_t  *p, *end, *head, *next;

    end = form->body + form->len;
    p = mytwip_form_delimiter(form, form->body, end);

    while (p) {
        /* behind the boundary: what is left of its line */

        p += form->boundary_len + 2;

        head = memchr(p, '\n', (size_t) (end - p));
        next = mytwip_form_delimiter(form, p, end);

        if (head == NULL || next == NULL || head >= next) {
            return 0;
        }

        head++;

        /* the header ends with an empty line, the value before CRLF */

        for (p = head; p + 3 < next; p++) {
            if (memcmp(p, "\r\n\r\n", 4) == 0) {
                break;
            }
        }

        if (p + 3 < next && mytwip_form_named(head, p, name)) {
            p += 4;

            return p + 2 > next ? 0
                                : mytwip_form_copy(p, (size_t) (next - 2 - p),
                                                   value, size);
        }

        p = next;
    }

    return 0;
}


/* The next "--boundary" that begins a line, or NULL. */

static const uint8_t *
mytwip_form_delimiter(const mytwip_form_t *form, const uint8_t *p,
    const uint8_t *end)
{
    while ((size_t) (end - p) >= form->boundary_len + 2) {

        if (p[0] == '-' && p[1] == '-'
            && (p == form->body || p[-1] == '\n')
            && memcmp(p + 2, form->boundary, form->boundary_len) == 0)
        {
            return p;
        }

        p++;
    }

    return NULL;
}


/* Whether a part's header says: Content-Disposition: ...; name="name". */

static int
mytwip_form_named(const uint8_t *p, const uint8_t *end, const char *name)
{
    size_t          len, n;
    const uint8_t  *eol;

    static const char  disposition[] = "content-disposition:";

    n = strlen(name);

    while (p < end) {
        eol = memchr(p, '\n', (size_t) (end - p));
        if (eol == NULL) {
            eol = end;
        }

        len = sizeof(disposition) - 1;

        if ((size_t) (eol - p) >= len
            && strncasecmp((const char *) p, disposition, len) == 0)
        {
            /* "name" is a parameter of its own, not the end of "filename" */

            for (p += len; p + 5 <= eol; p++) {
                if ((p[-1] == ' ' || p[-1] == ';' || p[-1] == '\t')
                    && strncasecmp((const char *) p, "name=", 5) == 0)
                {
                    break;
                }
            }

            p += 5;

            if (p >= eol) {
                return 0;
            }

            if (*p == '"') {
                p++;
                return (size_t) (eol - p) > n && p[n] == '"'
                       && memcmp(p, name, n) == 0;
            }

            return (size_t) (eol - p) >= n && memcmp(p, name, n) == 0
                   && (p + n == eol || p[n] == ';' || p[n] == '\r'
                       || p[n] == ' ');
        }

        p = eol + 1;
    }

    return 0;
}


static int
mytwip_form_copy(const uint8_t *p, size_t len, char *value, size_t size)
{
    if (len >= size || memchr(p, '\0', len) != NULL) {
        return 0;
    }

    memcpy(value, p, len);
    value[len] = '\0';

    return 1;
}
