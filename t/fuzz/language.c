
/*
 * Accept-Language.  The input is its value.
 *
 * Whatever it says, the language is one of ours: it becomes a part of a path.
 */

#include "fuzz.h"

#include "mytwip_language.h"


static int
ours(const char *language)
{
    unsigned  i;

    for (i = 0; i < MYTWIP_LANGUAGES; i++) {
        if (language == mytwip_languages[i]) {
            return 1;
        }
    }

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char        *text;
    const char  *language, *one;

    text = fuzz_copy(data, size);

    language = mytwip_language_accepted(text, size);
    must(ours(language));

    one = mytwip_language_of(text, size);
    must(one == NULL || ours(one));

    /* a tag alone is what is accepted, if it has pages at all */

    if (one && memchr(text, ',', size) == NULL
        && memchr(text, ';', size) == NULL && memchr(text, ' ', size) == NULL
        && memchr(text, '\t', size) == NULL)
    {
        must(language == one);
    }

    fuzz_free(text);

    return 0;
}
