
/*
 * The key file.  The input is the file.
 *
 * It is read whole or refused, with a line that it has and a reason that
 * repeats nothing of it: what looks like an error could be a secret.
 */

#include <ctype.h>

#include "fuzz.h"

#include "mytwip_keys.h"


static void check_error(const char *text, size_t size, mytwip_error_t *err);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char            *text;
    unsigned         i;
    mytwip_keys_t   *keys;
    mytwip_error_t   err;

    memset(&err, 0, sizeof(err));

    text = fuzz_copy(data, size);
    keys = mytwip_keys_parse(text, size, &err);

    if (keys == NULL) {
        check_error(text, size, &err);

    } else {
        must(keys->n >= 1 && keys->n <= MYTWIP_KEYS_MAX);

        for (i = 0; i < keys->n; i++) {
            must(keys->key[i].id != 0);
            must(mytwip_keys_find(keys, keys->key[i].id) == &keys->key[i]);
        }

        must(mytwip_keys_find(keys, 0) == NULL);

        mytwip_keys_free(keys);
    }

    fuzz_free(text);

    return 0;
}


static void
check_error(const char *text, size_t size, mytwip_error_t *err)
{
    char      part[9];
    size_t    i, digits;
    unsigned  lines;

    must(err->text[0] != '\0');
    must(memchr(err->text, '\0', sizeof(err->text)) != NULL);

    lines = 1;
    digits = 0;

    for (i = 0; i < size; i++) {
        lines += text[i] == '\n';
        digits = isxdigit((unsigned char) text[i]) ? digits + 1 : 0;

        /* eight hexadecimal digits in a row are no word of ours */

        if (digits >= sizeof(part) - 1) {
            memcpy(part, text + i + 2 - sizeof(part), sizeof(part) - 1);
            part[sizeof(part) - 1] = '\0';
            must(strstr(err->text, part) == NULL);
        }
    }

    must(err->line <= lines);
}
