
/*
 * The journal as it is, but for the system calls that it makes and the stores
 * by which it appends: see steps.h.  The journal knows nothing of this.
 */

/* the headers first: what they declare keeps its name */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mytwip_bytes.h"
#include "mytwip_crc32c.h"
#include "mytwip_event.h"
#include "mytwip_journal.h"
#include "mytwip_segment.h"

#include "steps.h"


#define open             step_open
#define openat           step_openat
#define close            step_close
#define flock            step_flock
#define posix_fallocate  step_posix_fallocate
#define pwrite           step_pwrite
#define pread            step_pread
#define mmap             step_mmap
#define munmap           step_munmap
#define fsync            step_fsync
#define fdatasync        step_fdatasync
#define ftruncate        step_ftruncate
#define fstat            step_fstat
#define fstatat          step_fstatat
#define rename           step_rename
#define unlink           step_unlink
#define unlinkat         step_unlinkat
#define opendir          step_opendir
#define readdir          step_readdir
#define closedir         step_closedir
#define getrandom        step_getrandom

/* before each record of a frame and before its length */

#define mytwip_event_encode(event, p)                                         \
    (step_store(STEP_ENCODE), mytwip_event_encode(event, p))

#define __atomic_store_n(p, value, order)                                     \
    (step_store(STEP_COMMIT), __atomic_store_n(p, value, order))


#include "mytwip_segment.c"
#include "mytwip_frame.c"
#include "mytwip_journal.c"
