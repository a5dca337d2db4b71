
/*
 * What went wrong: see mytwip_error.h.
 */

#include <stdarg.h>
#include <stdio.h>

#include "mytwip_error.h"


int
mytwip_error(mytwip_error_t *err, unsigned line, int sys, const char *fmt, ...)
{
    va_list  args;

    err->line = line;
    err->sys = sys;

    va_start(args, fmt);
    (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);

    return -1;
}
