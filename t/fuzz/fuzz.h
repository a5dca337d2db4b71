
/*
 * What every fuzz target begins with.  A target is a file that defines
 * LLVMFuzzerTestOneInput(): built with libFuzzer it is searched for inputs
 * that break a promise ("make fuzz"); in build/fuzz/replay.t all targets
 * stand beside each other, each under a name of its own, and are fed the
 * inputs of t/fuzz/corpus ("make test").
 */

#ifndef _MYTWIP_FUZZ_H_INCLUDED_
#define _MYTWIP_FUZZ_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* A promise: what breaks it ends the process, and libFuzzer keeps the input */

#define must(promise)                                                         \
    do {                                                                      \
        if (!(promise)) {                                                     \
            (void) fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__,   \
                           __LINE__, #promise);                               \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the rules that are compiled from now on are machine code. */
void fuzz_jit(int on);


/*
 * A copy that ends where its memory ends: the address sanitizer sees whoever
 * reads on.  The byte before it is there so that the copy may be empty.
 */

static inline void *
fuzz_copy(const void *data, size_t len)
{
    char  *p;

    p = malloc(1 + len);
    must(p != NULL);

    if (len) {
        memcpy(p + 1, data, len);
    }

    return p + 1;
}


static inline void
fuzz_free(void *copy)
{
    free((char *) copy - 1);
}


/*
 * Takes what stands before the first separator off the input; all of it, and
 * leaves nothing, if there is none.
 */

static inline const uint8_t *
fuzz_until(const uint8_t **data, size_t *size, uint8_t separator, size_t *len)
{
    const uint8_t  *p, *end;

    p = *data;
    end = *size ? memchr(p, separator, *size) : NULL;

    *len = end ? (size_t) (end - p) : *size;
    *size = end ? *size - *len - 1 : 0;
    *data = end ? end + 1 : p + *len;

    return p;
}


#endif /* _MYTWIP_FUZZ_H_INCLUDED_ */
