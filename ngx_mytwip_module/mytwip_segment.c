
/*
 * Segments of the journal: see mytwip_segment.h for the format on the disk
 * and for who may do what to a segment.
 *
 * The order of the steps is what makes a crash at any of them harmless:
 *   making     create "<uuid>.new", lock, reserve, write the header, flush,
 *              rename, flush the directory.  A name that ends in ".journal"
 *              is therefore locked by its maker and has a whole header.
 *   appending  records, then the CRC, then the length: until the length is
 *              there, nothing is.
 *   deleting   unlink under the lock: an adopter that opened the file before
 *              sees that it has no name any more.
 */

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

#include "mytwip_crc32c.h"
#include "mytwip_segment.h"


#define MYTWIP_SEGMENT_MAGIC      "MYTWIPJ1"
#define MYTWIP_SEGMENT_SIGNED     40            /* of the header, by its CRC */
#define MYTWIP_SEGMENT_STRETCH    (256 * 1024)  /* searched in one call */


static mytwip_journal_result_t mytwip_segment_make(mytwip_segment_t *seg,
    const char *dir, mytwip_error_t *err);
static mytwip_journal_result_t mytwip_segment_check(mytwip_segment_t *seg,
    mytwip_error_t *err);
static void mytwip_segment_find_end(mytwip_segment_t *seg);
static uint32_t mytwip_segment_frame(const mytwip_segment_t *seg,
    uint64_t position, uint64_t limit);
static uint32_t mytwip_segment_crc(const mytwip_segment_t *seg,
    uint64_t position, uint32_t len);
static int mytwip_segment_sync_dir(const char *dir);
static void mytwip_segment_name(mytwip_segment_t *seg);
static mytwip_journal_result_t mytwip_segment_error(mytwip_error_t *err,
    int sys, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


static inline uint32_t
mytwip_get32(const uint8_t *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static inline uint64_t
mytwip_get64(const uint8_t *p)
{
    return (uint64_t) mytwip_get32(p) | (uint64_t) mytwip_get32(p + 4) << 32;
}


static inline void
mytwip_put32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t) n;
    p[1] = (uint8_t) (n >> 8);
    p[2] = (uint8_t) (n >> 16);
    p[3] = (uint8_t) (n >> 24);
}


static inline void
mytwip_put64(uint8_t *p, uint64_t n)
{
    mytwip_put32(p, (uint32_t) n);
    mytwip_put32(p + 4, (uint32_t) (n >> 32));
}


mytwip_journal_result_t
mytwip_segment_create(mytwip_segment_t *seg, const char *dir, uint64_t size,
    mytwip_error_t *err)
{
    struct timespec          now;
    mytwip_journal_result_t  rc;

    memset(seg, 0, sizeof(mytwip_segment_t));
    seg->fd = -1;

    if (getrandom(seg->uuid, sizeof(seg->uuid), 0) != sizeof(seg->uuid)) {
        return mytwip_segment_error(err, errno, "getrandom() failed");
    }

    /* version 4 and variant 1 of RFC 9562, so that PostgreSQL's tools agree */
    seg->uuid[6] = (uint8_t) ((seg->uuid[6] & 0x0f) | 0x40);
    seg->uuid[8] = (uint8_t) ((seg->uuid[8] & 0x3f) | 0x80);

    (void) clock_gettime(CLOCK_REALTIME, &now);

    seg->created = (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
    seg->seed = mytwip_crc32c(0, seg->uuid, sizeof(seg->uuid));
    seg->size = size;
    seg->end = MYTWIP_JOURNAL_HEADER;
    mytwip_segment_name(seg);

    rc = mytwip_segment_make(seg, dir, err);
    if (rc != MYTWIP_JOURNAL_OK) {
        mytwip_segment_close(seg);
    }

    return rc;
}


static mytwip_journal_result_t
mytwip_segment_make(mytwip_segment_t *seg, const char *dir,
    mytwip_error_t *err)
{
    int      rc;
    char     path[PATH_MAX], fresh[PATH_MAX];
    uint8_t  header[MYTWIP_SEGMENT_SIGNED + 4];

    if (snprintf(path, sizeof(path), "%s/%s", dir, seg->name)
        >= (int) sizeof(path))
    {
        return mytwip_segment_error(err, ENAMETOOLONG, "journal \"%.128s\"",
                                    dir);
    }

    (void) snprintf(fresh, sizeof(fresh), "%.*s.new",
                    (int) (strlen(path) - sizeof(".journal") + 1), path);

    seg->fd = open(fresh, O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
    if (seg->fd == -1) {
        return mytwip_segment_error(err, errno, "open(\"%.192s\") failed",
                                    fresh);
    }

    if (flock(seg->fd, LOCK_EX|LOCK_NB) == -1) {
        (void) mytwip_segment_error(err, errno, "flock(\"%.192s\") failed",
                                    fresh);
        goto failed;
    }

    rc = posix_fallocate(seg->fd, 0, (off_t) seg->size);
    if (rc != 0) {
        (void) mytwip_segment_error(err, rc, "posix_fallocate(\"%.128s\", %llu)"
                                    " failed", fresh,
                                    (unsigned long long) seg->size);
        goto failed;
    }

    memcpy(header, MYTWIP_SEGMENT_MAGIC, 8);
    mytwip_put32(header + 8, MYTWIP_JOURNAL_VERSION);
    mytwip_put32(header + 12, MYTWIP_JOURNAL_HEADER);
    memcpy(header + 16, seg->uuid, 16);
    mytwip_put64(header + 32, (uint64_t) seg->created);
    mytwip_put32(header + 40, mytwip_crc32c(0, header, MYTWIP_SEGMENT_SIGNED));

    if (pwrite(seg->fd, header, sizeof(header), 0) != sizeof(header)) {
        (void) mytwip_segment_error(err, errno, "pwrite(\"%.192s\") failed",
                                    fresh);
        goto failed;
    }

    seg->map = mmap(NULL, seg->size, PROT_READ|PROT_WRITE, MAP_SHARED, seg->fd,
                    0);
    if (seg->map == MAP_FAILED) {
        seg->map = NULL;
        (void) mytwip_segment_error(err, errno, "mmap(\"%.192s\") failed",
                                    fresh);
        goto failed;
    }

    if (fsync(seg->fd) == -1) {
        (void) mytwip_segment_error(err, errno, "fsync(\"%.192s\") failed",
                                    fresh);
        goto failed;
    }

    if (rename(fresh, path) == -1) {
        (void) mytwip_segment_error(err, errno, "rename(\"%.192s\") failed",
                                    fresh);
        goto failed;
    }

    if (mytwip_segment_sync_dir(dir) == -1) {
        (void) mytwip_segment_error(err, errno, "fsync(\"%.192s\") failed",
                                    dir);
        (void) unlink(path);
        return MYTWIP_JOURNAL_FAILED;
    }

    return MYTWIP_JOURNAL_OK;

failed:

    (void) unlink(fresh);

    return MYTWIP_JOURNAL_FAILED;
}


mytwip_journal_result_t
mytwip_segment_adopt(mytwip_segment_t *seg, const char *dir, const char *name,
    mytwip_error_t *err)
{
    char                     path[PATH_MAX];
    struct stat              st;
    mytwip_journal_result_t  rc;

    memset(seg, 0, sizeof(mytwip_segment_t));

    (void) snprintf(seg->name, sizeof(seg->name), "%s", name);

    if (snprintf(path, sizeof(path), "%s/%s", dir, name)
        >= (int) sizeof(path))
    {
        return mytwip_segment_error(err, ENAMETOOLONG, "journal \"%.128s\"",
                                    dir);
    }

    seg->fd = open(path, O_RDWR|O_CLOEXEC|O_NOFOLLOW);
    if (seg->fd == -1) {
        if (errno == ENOENT) {
            return MYTWIP_JOURNAL_GONE;
        }

        return mytwip_segment_error(err, errno, "open(\"%.192s\") failed",
                                    path);
    }

    if (flock(seg->fd, LOCK_EX|LOCK_NB) == -1) {
        if (errno == EWOULDBLOCK) {
            rc = MYTWIP_JOURNAL_HELD;
            goto failed;
        }

        rc = mytwip_segment_error(err, errno, "flock(\"%.192s\") failed", path);
        goto failed;
    }

    if (fstat(seg->fd, &st) == -1) {
        rc = mytwip_segment_error(err, errno, "fstat(\"%.192s\") failed", path);
        goto failed;
    }

    if (st.st_nlink == 0) {
        rc = MYTWIP_JOURNAL_GONE;
        goto failed;
    }

    if (!S_ISREG(st.st_mode) || st.st_size < MYTWIP_JOURNAL_HEADER) {
        (void) mytwip_segment_error(err, 0, "\"%.160s\" is shorter than the"
                                    " header of a segment", path);
        rc = MYTWIP_JOURNAL_INVALID;
        goto failed;
    }

    seg->size = (uint64_t) st.st_size;

    seg->map = mmap(NULL, seg->size, PROT_READ, MAP_SHARED, seg->fd, 0);
    if (seg->map == MAP_FAILED) {
        seg->map = NULL;
        rc = mytwip_segment_error(err, errno, "mmap(\"%.192s\") failed", path);
        goto failed;
    }

    rc = mytwip_segment_check(seg, err);
    if (rc != MYTWIP_JOURNAL_OK) {
        goto failed;
    }

    mytwip_segment_find_end(seg);

    return MYTWIP_JOURNAL_OK;

failed:

    mytwip_segment_close(seg);

    return rc;
}


static mytwip_journal_result_t
mytwip_segment_check(mytwip_segment_t *seg, mytwip_error_t *err)
{
    uint32_t  version;
    char      name[sizeof(seg->name)];

    if (memcmp(seg->map, MYTWIP_SEGMENT_MAGIC, 8) != 0
        || mytwip_get32(seg->map + 40)
           != mytwip_crc32c(0, seg->map, MYTWIP_SEGMENT_SIGNED))
    {
        (void) mytwip_segment_error(err, 0, "\"%s\" has no valid header",
                                    seg->name);
        return MYTWIP_JOURNAL_INVALID;
    }

    version = mytwip_get32(seg->map + 8);

    if (version != MYTWIP_JOURNAL_VERSION
        || mytwip_get32(seg->map + 12) != MYTWIP_JOURNAL_HEADER)
    {
        (void) mytwip_segment_error(err, 0, "\"%s\" has format version %u,"
                                    " this module reads version %u",
                                    seg->name, version,
                                    MYTWIP_JOURNAL_VERSION);
        return MYTWIP_JOURNAL_INVALID;
    }

    memcpy(name, seg->name, sizeof(name));
    memcpy(seg->uuid, seg->map + 16, 16);
    mytwip_segment_name(seg);

    if (strcmp(name, seg->name) != 0) {
        /* a copy: its events are the original's */
        (void) mytwip_segment_error(err, 0, "\"%s\" is a copy of \"%s\"", name,
                                    seg->name);
        return MYTWIP_JOURNAL_INVALID;
    }

    seg->created = (int64_t) mytwip_get64(seg->map + 32);
    seg->seed = mytwip_crc32c(0, seg->uuid, sizeof(seg->uuid));

    return MYTWIP_JOURNAL_OK;
}


/*
 * The end is behind the last whole frame of the file, not at the first zero
 * length: pages that a power loss left unwritten may lie between frames.
 */

static void
mytwip_segment_find_end(mytwip_segment_t *seg)
{
    uint32_t  len;
    uint64_t  position, skipped;

    seg->end = MYTWIP_JOURNAL_HEADER;
    seg->damaged = 0;

    skipped = 0;
    position = MYTWIP_JOURNAL_HEADER;

    while (position + MYTWIP_JOURNAL_FRAME <= seg->size) {
        len = mytwip_segment_frame(seg, position, seg->size);

        if (len) {
            position += len;
            seg->end = position;
            seg->damaged += skipped;
            skipped = 0;
            continue;
        }

        if (mytwip_get64(seg->map + position) != 0) {
            skipped += 8;
        }

        position += 8;
    }

    seg->damaged += skipped;
}


/* Returns the length of the whole frame at the position, or 0. */

static uint32_t
mytwip_segment_frame(const mytwip_segment_t *seg, uint64_t position,
    uint64_t limit)
{
    uint32_t        len;
    const uint8_t  *p;

    p = seg->map + position;
    len = mytwip_get32(p);

    if (len <= MYTWIP_JOURNAL_FRAME
        || len % 8 != 0
        || len > MYTWIP_JOURNAL_FRAME_MAX
        || len > limit - position
        || mytwip_get32(p + 4) != mytwip_segment_crc(seg, position, len))
    {
        return 0;
    }

    return len;
}


/*
 * The uuid is under the CRC: a client cannot know it, so that no bytes sent
 * by a client look like a frame when damage before them is skipped.
 */

static uint32_t
mytwip_segment_crc(const mytwip_segment_t *seg, uint64_t position,
    uint32_t len)
{
    uint32_t  crc;
    uint8_t   where[12];

    mytwip_put64(where, position);
    mytwip_put32(where + 8, len);

    crc = mytwip_crc32c(seg->seed, where, sizeof(where));

    return mytwip_crc32c(crc, seg->map + position + MYTWIP_JOURNAL_FRAME,
                         len - MYTWIP_JOURNAL_FRAME);
}


uint8_t *
mytwip_segment_reserve(mytwip_segment_t *seg, size_t len)
{
    if (len > MYTWIP_JOURNAL_FRAME_MAX - MYTWIP_JOURNAL_FRAME
        || MYTWIP_JOURNAL_FRAME + len > seg->size - seg->end)
    {
        return NULL;
    }

    return seg->map + seg->end + MYTWIP_JOURNAL_FRAME;
}


void
mytwip_segment_commit(mytwip_segment_t *seg, size_t len)
{
    uint8_t   *p, bytes[4];
    uint32_t   frame, stored;

    p = seg->map + seg->end;
    frame = (uint32_t) (MYTWIP_JOURNAL_FRAME + len);

    mytwip_put32(p + 4, mytwip_segment_crc(seg, seg->end, frame));

    /* the length makes the frame exist: last, in one store, and in order */

    mytwip_put32(bytes, frame);
    memcpy(&stored, bytes, sizeof(stored));
    __atomic_store_n((uint32_t *) (void *) p, stored, __ATOMIC_RELEASE);

    seg->end += frame;
}


int
mytwip_segment_read(const mytwip_segment_t *seg, uint64_t *position,
    mytwip_frame_t *frame)
{
    uint32_t  len;
    uint64_t  last;

    last = *position + MYTWIP_SEGMENT_STRETCH;

    while (*position + MYTWIP_JOURNAL_FRAME <= seg->end) {

        len = mytwip_segment_frame(seg, *position, seg->end);

        if (len) {
            frame->data = seg->map + *position + MYTWIP_JOURNAL_FRAME;
            frame->len = len - MYTWIP_JOURNAL_FRAME;
            frame->position = *position;
            *position += len;
            return 1;
        }

        *position += 8;

        if (*position >= last) {
            return -1;
        }
    }

    *position = seg->end;

    return 0;
}


mytwip_journal_result_t
mytwip_segment_seal(mytwip_segment_t *seg, mytwip_error_t *err)
{
    if (ftruncate(seg->fd, (off_t) seg->end) == -1) {
        return mytwip_segment_error(err, errno, "ftruncate(\"%s\") failed",
                                    seg->name);
    }

    return MYTWIP_JOURNAL_OK;
}


mytwip_journal_result_t
mytwip_segment_sync(const mytwip_segment_t *seg, mytwip_error_t *err)
{
    if (fdatasync(seg->fd) == -1) {
        return mytwip_segment_error(err, errno, "fdatasync(\"%s\") failed",
                                    seg->name);
    }

    return MYTWIP_JOURNAL_OK;
}


void
mytwip_segment_close(mytwip_segment_t *seg)
{
    if (seg->map) {
        (void) munmap(seg->map, seg->size);
        seg->map = NULL;
    }

    if (seg->fd != -1) {
        (void) close(seg->fd);
        seg->fd = -1;
    }
}


mytwip_journal_result_t
mytwip_segment_delete(mytwip_segment_t *seg, const char *dir,
    mytwip_error_t *err)
{
    int   rc, sys;
    char  path[PATH_MAX];

    (void) snprintf(path, sizeof(path), "%s/%s", dir, seg->name);

    rc = unlink(path);
    sys = errno;

    mytwip_segment_close(seg);

    if (rc == -1 && sys != ENOENT) {
        return mytwip_segment_error(err, sys, "unlink(\"%.192s\") failed",
                                    path);
    }

    return MYTWIP_JOURNAL_OK;
}


static int
mytwip_segment_sync_dir(const char *dir)
{
    int  fd, rc, sys;

    fd = open(dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    rc = fsync(fd);
    sys = errno;

    (void) close(fd);

    errno = sys;

    return rc;
}


static void
mytwip_segment_name(mytwip_segment_t *seg)
{
    char      *p;
    unsigned   i;

    p = seg->name;

    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }

        (void) snprintf(p, 3, "%02x", seg->uuid[i]);
        p += 2;
    }

    memcpy(p, ".journal", sizeof(".journal"));
}


static mytwip_journal_result_t
mytwip_segment_error(mytwip_error_t *err, int sys, const char *fmt, ...)
{
    va_list  args;

    err->line = 0;
    err->sys = sys;

    va_start(args, fmt);
    (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);

    return MYTWIP_JOURNAL_FAILED;
}
