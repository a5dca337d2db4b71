
/*
 * Segments of the journal as files: see mytwip_segment.h for the format on the
 * disk and for who may do what to a segment, mytwip_frame.c for what is in
 * them.
 *
 * The order of the steps is what makes a crash at any of them harmless:
 *   making     create "<uuid>.new", lock, reserve, write the header, flush,
 *              rename, flush the directory.  A name that ends in ".journal"
 *              is therefore locked by its maker and has a whole header.
 *   deleting   unlink under the lock: an adopter that opened the file before
 *              sees that it has no name any more.
 */

#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS  64                   /* 4 GiB on any machine */
#endif

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
#include "mytwip_segment.h"


#define MYTWIP_SEGMENT_SIGNED     40            /* of the header, by its CRC */

/* repeats a system call that a signal interrupted */
#define mytwip_segment_retry(rc, call)                                        \
    do { (rc) = (call); } while ((rc) == -1 && errno == EINTR)


static mytwip_journal_result_t mytwip_segment_make(mytwip_segment_t *seg,
    const char *fresh, const char *path, mytwip_error_t *err);
static int mytwip_segment_fallocate(int fd, uint64_t size);
static int mytwip_segment_write_header(const mytwip_segment_t *seg);
static mytwip_journal_result_t mytwip_segment_open(mytwip_segment_t *seg,
    const char *path, mytwip_error_t *err);
static mytwip_journal_result_t mytwip_segment_map(mytwip_segment_t *seg,
    const char *path, mytwip_error_t *err);
static int mytwip_segment_load(mytwip_segment_t *seg);
static mytwip_journal_result_t mytwip_segment_check(mytwip_segment_t *seg,
    mytwip_error_t *err);
static int mytwip_segment_sync_dir(const char *dir);
static void mytwip_segment_name(mytwip_segment_t *seg);
static mytwip_journal_result_t mytwip_segment_failed(mytwip_error_t *err,
    const char *call, const char *path);
static mytwip_journal_result_t mytwip_segment_error(mytwip_error_t *err,
    int sys, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


static const char  mytwip_segment_magic[8] = {
    'M', 'Y', 'T', 'W', 'I', 'P', 'J', '1'
};


mytwip_journal_result_t
mytwip_segment_create(mytwip_segment_t *seg, const char *dir, uint64_t size,
    mytwip_error_t *err)
{
    char                     path[PATH_MAX], fresh[PATH_MAX];
    struct timespec          now;
    mytwip_journal_result_t  rc;

    memset(seg, 0, sizeof(mytwip_segment_t));
    seg->fd = -1;

    if (size <= MYTWIP_JOURNAL_HEADER + MYTWIP_JOURNAL_FRAME
        || size > MYTWIP_JOURNAL_MAX_SIZE)
    {
        return mytwip_segment_error(err, EINVAL, "segment of %llu bytes",
                                    (unsigned long long) size);
    }

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
    seg->limit = size;
    seg->end = MYTWIP_JOURNAL_HEADER;
    mytwip_segment_name(seg);

    if (snprintf(path, sizeof(path), "%s/%s", dir, seg->name)
        >= (int) sizeof(path))
    {
        return mytwip_segment_error(err, ENAMETOOLONG, "journal \"%.128s\"",
                                    dir);
    }

    (void) snprintf(fresh, sizeof(fresh), "%.*s.new",
                    (int) (strlen(path) - sizeof(".journal") + 1), path);

    mytwip_segment_retry(seg->fd, open(fresh, O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC,
                                       0600));
    if (seg->fd == -1) {
        return mytwip_segment_failed(err, "open", fresh);
    }

    rc = mytwip_segment_make(seg, fresh, path, err);

    if (rc != MYTWIP_JOURNAL_OK) {
        (void) unlink(fresh);

    } else if (mytwip_segment_sync_dir(dir) == -1) {
        rc = mytwip_segment_failed(err, "fsync", dir);
        (void) unlink(path);
    }

    if (rc != MYTWIP_JOURNAL_OK) {
        mytwip_segment_close(seg);
    }

    return rc;
}


static mytwip_journal_result_t
mytwip_segment_make(mytwip_segment_t *seg, const char *fresh, const char *path,
    mytwip_error_t *err)
{
    int  rc;

    if (flock(seg->fd, LOCK_EX|LOCK_NB) == -1) {
        return mytwip_segment_failed(err, "flock", fresh);
    }

    rc = mytwip_segment_fallocate(seg->fd, seg->size);
    if (rc != 0) {
        return mytwip_segment_error(err, rc, "posix_fallocate(\"%.160s\","
                                    " %llu) failed", fresh,
                                    (unsigned long long) seg->size);
    }

    if (mytwip_segment_write_header(seg) == -1) {
        return mytwip_segment_failed(err, "pwrite", fresh);
    }

    seg->map = mmap(NULL, (size_t) seg->size, PROT_READ|PROT_WRITE, MAP_SHARED,
                    seg->fd, 0);
    if (seg->map == MAP_FAILED) {
        seg->map = NULL;
        return mytwip_segment_failed(err, "mmap", fresh);
    }

    mytwip_segment_retry(rc, fsync(seg->fd));
    if (rc == -1) {
        return mytwip_segment_failed(err, "fsync", fresh);
    }

    if (rename(fresh, path) == -1) {
        return mytwip_segment_failed(err, "rename", fresh);
    }

    return MYTWIP_JOURNAL_OK;
}


/* Returns 0 or an errno, as posix_fallocate() does. */

static int
mytwip_segment_fallocate(int fd, uint64_t size)
{
    int  rc;

    do {
        rc = posix_fallocate(fd, 0, (off_t) size);
    } while (rc == EINTR);

    return rc;
}


static int
mytwip_segment_write_header(const mytwip_segment_t *seg)
{
    ssize_t  n;
    uint8_t  header[MYTWIP_SEGMENT_SIGNED + 4];

    memcpy(header, mytwip_segment_magic, 8);
    mytwip_put32(header + 8, MYTWIP_JOURNAL_VERSION);
    mytwip_put32(header + 12, MYTWIP_JOURNAL_HEADER);
    memcpy(header + 16, seg->uuid, 16);
    mytwip_put64(header + 32, (uint64_t) seg->created);
    mytwip_put32(header + 40, mytwip_crc32c(0, header, MYTWIP_SEGMENT_SIGNED));

    mytwip_segment_retry(n, pwrite(seg->fd, header, sizeof(header), 0));

    if (n >= 0 && n != (ssize_t) sizeof(header)) {
        errno = EIO;
        return -1;
    }

    return n == -1 ? -1 : 0;
}


mytwip_journal_result_t
mytwip_segment_adopt(mytwip_segment_t *seg, const char *dir, const char *name,
    mytwip_error_t *err)
{
    char                     path[PATH_MAX];
    mytwip_journal_result_t  rc;

    memset(seg, 0, sizeof(mytwip_segment_t));
    seg->fd = -1;

    if (mytwip_segment_parse_name(name, ".journal", seg->uuid) == -1) {
        (void) mytwip_segment_error(err, 0, "\"%.128s\" is not the name of a"
                                    " segment", name);
        return MYTWIP_JOURNAL_INVALID;
    }

    mytwip_segment_name(seg);

    if (snprintf(path, sizeof(path), "%s/%s", dir, name)
        >= (int) sizeof(path))
    {
        return mytwip_segment_error(err, ENAMETOOLONG, "journal \"%.128s\"",
                                    dir);
    }

    rc = mytwip_segment_open(seg, path, err);

    if (rc == MYTWIP_JOURNAL_OK) {
        rc = mytwip_segment_map(seg, path, err);
    }

    if (rc == MYTWIP_JOURNAL_OK) {
        rc = mytwip_segment_check(seg, err);
    }

    if (rc != MYTWIP_JOURNAL_OK) {
        mytwip_segment_close(seg);
        return rc;
    }

    mytwip_segment_find_end(seg);

    return MYTWIP_JOURNAL_OK;
}


static mytwip_journal_result_t
mytwip_segment_open(mytwip_segment_t *seg, const char *path,
    mytwip_error_t *err)
{
    struct stat  st;

    mytwip_segment_retry(seg->fd, open(path, O_RDWR|O_CLOEXEC|O_NOFOLLOW
                                             |O_NONBLOCK));
    if (seg->fd == -1) {
        if (errno == ENOENT) {
            return MYTWIP_JOURNAL_GONE;
        }

        return mytwip_segment_failed(err, "open", path);
    }

    if (flock(seg->fd, LOCK_EX|LOCK_NB) == -1) {
        if (errno == EWOULDBLOCK) {
            return MYTWIP_JOURNAL_HELD;
        }

        return mytwip_segment_failed(err, "flock", path);
    }

    if (fstat(seg->fd, &st) == -1) {
        return mytwip_segment_failed(err, "fstat", path);
    }

    if (st.st_nlink == 0) {
        return MYTWIP_JOURNAL_GONE;
    }

    if (!S_ISREG(st.st_mode)
        || (uint64_t) st.st_size > MYTWIP_JOURNAL_MAX_SIZE)
    {
        (void) mytwip_segment_error(err, 0, "\"%.160s\" is not a file of at"
                                    " most 4 GiB", path);
        return MYTWIP_JOURNAL_INVALID;
    }

    seg->size = (uint64_t) st.st_size;

    /* what a damaged header cannot tell */
    seg->modified = (int64_t) st.st_mtim.tv_sec * 1000000
                    + st.st_mtim.tv_nsec / 1000;
    seg->created = seg->modified;

    return MYTWIP_JOURNAL_OK;
}


static mytwip_journal_result_t
mytwip_segment_map(mytwip_segment_t *seg, const char *path,
    mytwip_error_t *err)
{
    if (seg->size == 0) {
        return MYTWIP_JOURNAL_OK;
    }

    seg->map = mmap(NULL, (size_t) seg->size, PROT_READ, MAP_SHARED, seg->fd,
                    0);
    if (seg->map == MAP_FAILED) {
        seg->map = NULL;
        return mytwip_segment_failed(err, "mmap", path);
    }

    if (mytwip_segment_load(seg) == -1) {
        return mytwip_segment_failed(err, "pread", path);
    }

    return MYTWIP_JOURNAL_OK;
}


/*
 * Reads the whole file once.  In the mapping, a page that the disk cannot give
 * would be a SIGBUS, in this process and in every one that adopts the segment
 * after it: such a page is covered with zeros, which is damage like any other.
 */

static int
mytwip_segment_load(mytwip_segment_t *seg)
{
    char      buf[65536];
    void     *p;
    ssize_t   n;
    uint64_t  at, page;

    page = (uint64_t) sysconf(_SC_PAGESIZE);
    at = 0;

    while (at < seg->size) {
        mytwip_segment_retry(n, pread(seg->fd, buf, sizeof(buf), (off_t) at));

        if (n > 0) {
            at += (uint64_t) n;
            continue;
        }

        if (n == -1 && errno != EIO) {
            return -1;
        }

        at -= at % page;

        p = mmap(seg->map + at, (size_t) page, PROT_READ,
                 MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0);
        if (p == MAP_FAILED) {
            return -1;
        }

        seg->damaged += page;
        at += page;
    }

    return 0;
}


/*
 * A header that is not whole is damage like any other: the name tells the
 * uuid, and the frames tell by their CRCs that they belong to it.
 */

static mytwip_journal_result_t
mytwip_segment_check(mytwip_segment_t *seg, mytwip_error_t *err)
{
    uint32_t  version;

    seg->seed = mytwip_crc32c(0, seg->uuid, sizeof(seg->uuid));

    if (seg->map == NULL
        || seg->size < MYTWIP_JOURNAL_HEADER
        || mytwip_get32(seg->map + MYTWIP_SEGMENT_SIGNED)
           != mytwip_crc32c(0, seg->map, MYTWIP_SEGMENT_SIGNED))
    {
        seg->damaged += MYTWIP_SEGMENT_SIGNED + 4;
        return MYTWIP_JOURNAL_OK;
    }

    version = mytwip_get32(seg->map + 8);

    if (memcmp(seg->map, mytwip_segment_magic, 8) != 0
        || version != MYTWIP_JOURNAL_VERSION
        || mytwip_get32(seg->map + 12) != MYTWIP_JOURNAL_HEADER)
    {
        (void) mytwip_segment_error(err, 0, "\"%s\" has format \"%.8s\","
                                    " version %u; this module reads \"%.8s\","
                                    " version %u", seg->name,
                                    (const char *) seg->map, version,
                                    mytwip_segment_magic,
                                    MYTWIP_JOURNAL_VERSION);
        return MYTWIP_JOURNAL_INVALID;
    }

    if (memcmp(seg->map + 16, seg->uuid, sizeof(seg->uuid)) != 0) {
        /* its events are the original's */
        (void) mytwip_segment_error(err, 0, "\"%s\" is a copy of another"
                                    " segment", seg->name);
        return MYTWIP_JOURNAL_INVALID;
    }

    seg->created = (int64_t) mytwip_get64(seg->map + 32);

    return MYTWIP_JOURNAL_OK;
}


mytwip_journal_result_t
mytwip_segment_seal(mytwip_segment_t *seg, mytwip_error_t *err)
{
    int  rc;

    /* a file cut inside its header is not made longer */

    if (seg->end < seg->size) {
        mytwip_segment_retry(rc, ftruncate(seg->fd, (off_t) seg->end));
        if (rc == -1) {
            return mytwip_segment_failed(err, "ftruncate", seg->name);
        }
    }

    seg->limit = seg->end;

    return MYTWIP_JOURNAL_OK;
}


mytwip_journal_result_t
mytwip_segment_sync(const mytwip_segment_t *seg, mytwip_error_t *err)
{
    int  rc;

    mytwip_segment_retry(rc, fdatasync(seg->fd));
    if (rc == -1) {
        return mytwip_segment_failed(err, "fdatasync", seg->name);
    }

    return MYTWIP_JOURNAL_OK;
}


void
mytwip_segment_close(mytwip_segment_t *seg)
{
    if (seg->map) {
        (void) munmap(seg->map, (size_t) seg->size);
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
    char                     path[PATH_MAX];
    mytwip_journal_result_t  rc;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, seg->name);

    rc = MYTWIP_JOURNAL_OK;

    if (unlink(path) == -1 && errno != ENOENT) {
        rc = mytwip_segment_failed(err, "unlink", path);
    }

    mytwip_segment_close(seg);

    return rc;
}


static int
mytwip_segment_sync_dir(const char *dir)
{
    int  fd, rc, sys;

    mytwip_segment_retry(fd, open(dir, O_RDONLY|O_DIRECTORY|O_CLOEXEC));
    if (fd == -1) {
        return -1;
    }

    mytwip_segment_retry(rc, fsync(fd));
    sys = errno;

    (void) close(fd);

    errno = sys;

    return rc;
}


int
mytwip_segment_parse_name(const char *name, const char *suffix,
    uint8_t uuid[16])
{
    unsigned     i, digit;
    const char  *p;

    memset(uuid, 0, 16);
    p = name;

    for (i = 0; i < 32; i++) {
        if ((i == 8 || i == 12 || i == 16 || i == 20) && *p++ != '-') {
            return -1;
        }

        if (*p >= '0' && *p <= '9') {
            digit = (unsigned) (*p - '0');

        } else if (*p >= 'a' && *p <= 'f') {
            digit = (unsigned) (*p - 'a' + 10);

        } else {
            return -1;
        }

        uuid[i / 2] = (uint8_t) (uuid[i / 2] * 16u + digit);
        p++;
    }

    return strcmp(p, suffix) == 0 ? 0 : -1;
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
mytwip_segment_failed(mytwip_error_t *err, const char *call, const char *path)
{
    return mytwip_segment_error(err, errno, "%s(\"%.192s\") failed", call,
                                path);
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
