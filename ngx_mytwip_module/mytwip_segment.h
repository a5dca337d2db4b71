
/*
 * A segment of the journal: a memory-mapped file that one process appends to
 * and reads from.  Plain C and POSIX: it knows neither nginx nor PostgreSQL.
 *
 * Appending is a copy into the mapping: the page cache owns the bytes from
 * then on, whatever becomes of the process.  A segment is held by flock(); one
 * that nobody holds was left by a process that is gone, and whoever gets its
 * lock may adopt it.  How far a segment has been stored is known by the
 * database alone.
 *
 * A segment file is named "<uuid>.journal" (while being made, "<uuid>.new")
 * and is zero wherever nothing was written.  Integers are little-endian.
 *
 *     bytes    0..7     "MYTWIPJ1"
 *     bytes    8..11    format version, 1
 *     bytes   12..15    size of this header, 4096: position of the first frame
 *     bytes   16..31    uuid of the segment, as in its name
 *     bytes   32..39    time it was made, microseconds since 1970
 *     bytes   40..43    CRC32C of bytes 0..39
 *     bytes   44..4095  zero
 *
 * The first 44 bytes keep their meaning in every later version, so that a
 * module knows a segment which it cannot read from one that is damaged.
 *
 * Frames follow without gaps, each at a position that is a multiple of 8.  A
 * frame holds the records (mytwip_event.h) of one request, 1 to
 * MYTWIP_EVENTS_PER_FRAME of them, so that a request is recorded whole or not
 * at all:
 *
 *     bytes  0..3    length of the frame, this header included; a multiple of
 *                    8; 0 where nothing has been written; stored last
 *     bytes  4..7    CRC32C of the segment's uuid, the frame's position (8
 *                    bytes), its length (4 bytes) and its records
 *     bytes  8..     records
 *
 * A frame torn by a power loss or damaged on the disk is recognised by its
 * CRC and skipped, up to the next position where a frame is whole.  A damaged
 * header costs nothing: the name tells the uuid.
 *
 * Locks and mappings want a local file system.  One that writes to new blocks
 * what it overwrites (Btrfs, ZFS) cannot reserve room for it: there, a full
 * disk may still end the process when it appends.
 */

#ifndef _MYTWIP_SEGMENT_H_INCLUDED_
#define _MYTWIP_SEGMENT_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "mytwip_error.h"


#define MYTWIP_JOURNAL_VERSION    1
#define MYTWIP_JOURNAL_HEADER     4096
#define MYTWIP_JOURNAL_FRAME      8             /* a frame's header */
#define MYTWIP_JOURNAL_FRAME_MAX  (1024 * 1024)
#define MYTWIP_JOURNAL_MIN_SIZE   (64 * 1024)
#define MYTWIP_JOURNAL_MAX_SIZE   4294967296    /* the database's limit */
#define MYTWIP_JOURNAL_NAME_LEN   (36 + sizeof(".journal") - 1)


typedef struct {
    int            fd;
    uint8_t        uuid[16];
    uint32_t       seed;                /* CRC32C of the uuid */
    char           name[MYTWIP_JOURNAL_NAME_LEN + 1];
    int64_t        created;             /* microseconds since 1970; of the
                                           last write if not known */
    int64_t        modified;            /* the file, when it was adopted */
    uint8_t       *map;
    uint64_t       size;                /* of the mapping */
    uint64_t       end;                 /* where the next frame goes */
    uint64_t       limit;               /* of appending; the end if adopted */
    uint32_t       events;              /* appended so far */
    uint64_t       damaged;             /* bytes skipped by a scan */
} mytwip_segment_t;


typedef struct {
    const uint8_t *data;                /* the records */
    size_t         len;
    uint64_t       position;            /* of the frame */
} mytwip_frame_t;


typedef enum {
    MYTWIP_JOURNAL_OK = 0,
    MYTWIP_JOURNAL_HELD,        /* somebody else's, and alive */
    MYTWIP_JOURNAL_GONE,        /* deleted meanwhile */
    MYTWIP_JOURNAL_FULL,        /* a new segment would exceed the maximum */
    MYTWIP_JOURNAL_INVALID,     /* not a segment of this version */
    MYTWIP_JOURNAL_FAILED       /* a system call failed */
} mytwip_journal_result_t;


/*
 * Makes, reserves, locks and maps a new segment of size bytes in the
 * directory.  Blocks on the disk.
 */
mytwip_journal_result_t mytwip_segment_create(mytwip_segment_t *seg,
    const char *dir, uint64_t size, mytwip_error_t *err);

/*
 * Locks and maps a segment that nobody holds, to be read, and finds its end
 * and the number of its events.  Damage, of the header too, makes it no less
 * a segment: damaged tells how much there is.  Blocks on the disk.
 */
mytwip_journal_result_t mytwip_segment_adopt(mytwip_segment_t *seg,
    const char *dir, const char *name, mytwip_error_t *err);

/*
 * Sets the end of a segment, the number of its events and the bytes that are
 * damaged, from what is in the mapping: for mytwip_segment_adopt().
 */
void mytwip_segment_find_end(mytwip_segment_t *seg);

/*
 * Takes room for a frame with len bytes of records; returns where to write
 * them, or NULL if the segment has no room.  Nothing is appended before
 * mytwip_segment_commit() with the number of bytes used, a multiple of 8 which
 * may be less.
 */
uint8_t *mytwip_segment_reserve(mytwip_segment_t *seg, size_t len);
void mytwip_segment_commit(mytwip_segment_t *seg, size_t len);

/*
 * Reads the frame at *position or the first whole one after it, and moves
 * *position behind it.  Returns 1; or 0 at the end, *position then being the
 * end, or as it was if it lay beyond; or -1 after a bounded stretch of damage,
 * to be called again.
 */
int mytwip_segment_read(const mytwip_segment_t *seg, uint64_t *position,
    mytwip_frame_t *frame);

/*
 * Cuts the file to what is used; for a segment made here or adopted.  Nothing
 * can be appended any more, not even while this runs.  The mapping keeps its
 * size: what lies in it beyond the end must not be touched.  Blocks on the
 * disk.
 */
mytwip_journal_result_t mytwip_segment_seal(mytwip_segment_t *seg,
    mytwip_error_t *err);

/*
 * Writes what is in memory to the disk; blocks.  May run beside the other
 * functions in a thread of its own.  What was appended before a failure may be
 * lost even if a later call succeeds, as the kernel tells an error once: go on
 * in another segment.
 */
mytwip_journal_result_t mytwip_segment_sync(const mytwip_segment_t *seg,
    mytwip_error_t *err);

/* Unmaps and unlocks; the file stays. */
void mytwip_segment_close(mytwip_segment_t *seg);

/*
 * Deletes the file of a segment that is held, then closes the segment, even if
 * the file cannot be deleted.
 */
mytwip_journal_result_t mytwip_segment_delete(mytwip_segment_t *seg,
    const char *dir, mytwip_error_t *err);

/*
 * Takes the uuid out of the name of a file with this suffix; returns 0, or -1
 * if it is not such a name.
 */
int mytwip_segment_parse_name(const char *name, const char *suffix,
    uint8_t uuid[16]);


#endif /* _MYTWIP_SEGMENT_H_INCLUDED_ */
