
/*
 * The journal: what has been accepted and is not yet known to be in the
 * database.  A directory of segments (mytwip_segment.h), shared by all worker
 * processes, each of which appends to one of its own.
 */

#ifndef _MYTWIP_JOURNAL_H_INCLUDED_
#define _MYTWIP_JOURNAL_H_INCLUDED_


#include <stdint.h>

#include "mytwip_error.h"
#include "mytwip_segment.h"


/*
 * Calls found() for the name of every segment in the directory until it
 * returns other than 0, and deletes what a crash left half made.  Returns MYTWIP_JOURNAL_OK or MYTWIP_JOURNAL_FAILED.
 */
typedef int (*mytwip_journal_found_pt)(void *data, const char *name);

mytwip_journal_result_t mytwip_journal_scan(const char *dir,
    mytwip_journal_found_pt found, void *data, mytwip_error_t *err);


/* Adds up the sizes of the files in the directory. */
mytwip_journal_result_t mytwip_journal_usage(const char *dir,
    uint64_t *bytes, mytwip_error_t *err);


#endif /* _MYTWIP_JOURNAL_H_INCLUDED_ */
