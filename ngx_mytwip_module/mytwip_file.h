
/*
 * A file that nginx.conf names, read whole when the configuration is.
 */

#ifndef _MYTWIP_FILE_H_INCLUDED_
#define _MYTWIP_FILE_H_INCLUDED_


#include <stddef.h>

#include "mytwip_error.h"


/*
 * Reads a regular file of at most max bytes into memory of max + 1 bytes, to
 * be freed.  One that is secret must be closed to everybody, and what has been
 * read of it is overwritten on failure.  Returns NULL, and fills *err, if the
 * file cannot be read or is not fit.
 */
char *mytwip_file_read(const char *path, size_t max, int secret, size_t *len,
    mytwip_error_t *err);


#endif /* _MYTWIP_FILE_H_INCLUDED_ */
