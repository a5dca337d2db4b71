
/*
 * The journal: what has been accepted and is not yet known to be in the
 * database.  A directory of segments (mytwip_segment.h), shared by all worker
 * processes, each of which appends to one of its own.
 */

#ifndef _MYTWIP_JOURNAL_H_INCLUDED_
#define _MYTWIP_JOURNAL_H_INCLUDED_


#include <stdint.h>

#include "mytwip_error.h"
#include "mytwip_event.h"
#include "mytwip_segment.h"


/*
 * Calls found() for the name of every segment in the directory until it
 * returns other than 0, and deletes what a crash left half made.
 */
typedef int (*mytwip_journal_found_pt)(void *data, const char *name);

mytwip_journal_result_t mytwip_journal_scan(const char *dir,
    mytwip_journal_found_pt found, void *data, mytwip_error_t *err);


/* Adds up the sizes of the files in the directory. */
mytwip_journal_result_t mytwip_journal_usage(const char *dir,
    uint64_t *bytes, mytwip_error_t *err);


/*
 * Makes a new segment, unless the files in the directory and its size
 * together exceed max: then MYTWIP_JOURNAL_FULL.  Processes wait for each
 * other here, on a lock of the directory's "lock" file, so that they never
 * exceed max together.  Blocks on the disk.
 */
mytwip_journal_result_t mytwip_journal_grow(mytwip_segment_t *seg,
    const char *dir, uint64_t size, uint64_t max, mytwip_error_t *err);


/*
 * Appends n events, at most MYTWIP_EVENTS_PER_FRAME, in one frame: either all
 * or none of them outlive a crash.  Numbers them, and returns 0; or -1, with
 * nothing changed, if the segment has no room.
 */
int mytwip_journal_append(mytwip_segment_t *seg, mytwip_event_t *event,
    unsigned n);


/*
 * Finds the first event at the position of a frame or after it.  Returns 1; or
 * 0 if there is none; or -1 if there was none in a bounded stretch of damage.
 */
int mytwip_journal_next(const mytwip_segment_t *seg, uint64_t position,
    mytwip_event_t *event);


#endif /* _MYTWIP_JOURNAL_H_INCLUDED_ */
