
/*
 * The language of a page: see mytwip_language.h.
 */

#include <string.h>
#include <strings.h>

#include "mytwip_language.h"


static int mytwip_language_weight(const char *p, const char *end);


const char  *mytwip_languages[MYTWIP_LANGUAGES] = { "fr", "en", "de" };


const char *
mytwip_language_of(const void *tag, size_t len)
{
    unsigned     i;
    const char  *p;

    p = tag;

    if (len < 2 || (len > 2 && p[2] != '-' && p[2] != '_')) {
        return NULL;
    }

    for (i = 0; i < MYTWIP_LANGUAGES; i++) {
        if (strncasecmp(p, mytwip_languages[i], 2) == 0) {
            return mytwip_languages[i];
        }
    }

    return NULL;
}


const char *
mytwip_language_accepted(const void *accept, size_t len)
{
    int          weight, most;
    size_t       n;
    const char  *p, *end, *next, *best, *language;

    p = accept;
    end = p + len;

    most = 0;
    best = mytwip_languages[0];

    while (p < end) {

        if (*p == ' ' || *p == '\t' || *p == ',') {
            p++;
            continue;
        }

        next = memchr(p, ',', (size_t) (end - p));
        if (next == NULL) {
            next = end;
        }

        for (n = 0; p + n < next; n++) {
            if (p[n] == ';' || p[n] == ' ' || p[n] == '\t') {
                break;
            }
        }

        language = mytwip_language_of(p, n);

        if (language) {
            weight = mytwip_language_weight(p + n, next);

            /* of equals, the first */

            if (weight > most) {
                most = weight;
                best = language;
            }
        }

        p = next;
    }

    return best;
}


/* A quality value in thousandths: 1000 if there is none. */

static int
mytwip_language_weight(const char *p, const char *end)
{
    int  weight, unit;

    for ( /* void */ ; p + 1 < end; p++) {
        if ((p[0] == 'q' || p[0] == 'Q') && p[1] == '=') {
            break;
        }
    }

    if (p + 2 >= end) {
        return 1000;
    }

    p += 2;

    if (*p != '0') {
        return *p == '1' ? 1000 : 0;
    }

    weight = 0;
    p++;

    if (p < end && *p == '.') {
        p++;

        for (unit = 100; unit && p < end && *p >= '0' && *p <= '9'; p++) {
            weight += (*p - '0') * unit;
            unit /= 10;
        }
    }

    return weight;
}
