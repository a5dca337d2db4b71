
/*
 * PCRE2 with machine code or without, as a target asks for each input: rules
 * are to judge alike on a system where nobody may make any.  The linker's
 * --wrap puts this in the place of PCRE2's own.
 */

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "fuzz.h"


pcre2_jit_stack *__real_pcre2_jit_stack_create_8(size_t start, size_t max,
    pcre2_general_context *ctx);
pcre2_jit_stack *__wrap_pcre2_jit_stack_create_8(size_t start, size_t max,
    pcre2_general_context *ctx);


static int  fuzz_jit_off;


void
fuzz_jit(int on)
{
    fuzz_jit_off = !on;
}


pcre2_jit_stack *
__wrap_pcre2_jit_stack_create_8(size_t start, size_t max,
    pcre2_general_context *ctx)
{
    if (fuzz_jit_off) {
        /* what a PCRE2 without JIT returns */
        return NULL;
    }

    return __real_pcre2_jit_stack_create_8(start, max, ctx);
}
