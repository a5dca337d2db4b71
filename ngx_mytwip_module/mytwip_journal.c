
/*
 * The journal's directory and the events in its segments: see
 * mytwip_journal.h.
 */

#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS  64                   /* 4 GiB on any machine */
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mytwip_journal.h"


#define MYTWIP_JOURNAL_LOCK       "lock"
#define MYTWIP_JOURNAL_NEW_AGE    60            /* seconds */
#define MYTWIP_JOURNAL_STRETCH    262144        /* searched in one call */


static void mytwip_journal_discard_new(int dirfd, const char *name);
static int mytwip_journal_lock(const char *dir, mytwip_error_t *err);
static mytwip_journal_result_t mytwip_journal_failed(mytwip_error_t *err,
    const char *call, const char *path);


mytwip_journal_result_t
mytwip_journal_scan(const char *dir, mytwip_journal_found_pt found, void *data,
    mytwip_error_t *err)
{
    DIR                      *d;
    uint8_t                   uuid[16];
    struct dirent            *de;
    mytwip_journal_result_t   rc;

    d = opendir(dir);
    if (d == NULL) {
        return mytwip_journal_failed(err, "opendir", dir);
    }

    rc = MYTWIP_JOURNAL_OK;

    for ( ;; ) {
        errno = 0;

        de = readdir(d);
        if (de == NULL) {
            if (errno != 0) {
                rc = mytwip_journal_failed(err, "readdir", dir);
            }

            break;
        }

        if (mytwip_segment_parse_name(de->d_name, ".new", uuid) == 0) {
            mytwip_journal_discard_new(dirfd(d), de->d_name);
            continue;
        }

        if (mytwip_segment_parse_name(de->d_name, ".journal", uuid) == 0
            && found(data, de->d_name) != 0)
        {
            break;
        }
    }

    (void) closedir(d);

    return rc;
}


/*
 * What a process that died while making a segment has left; nothing was ever
 * accepted into it.  The age is looked at first: to lock a file that is not
 * yet locked by who makes it would be to disturb him.
 */

static void
mytwip_journal_discard_new(int dirfd, const char *name)
{
    int          fd;
    struct stat  st;

    fd = openat(dirfd, name, O_RDWR|O_CLOEXEC|O_NOFOLLOW|O_NONBLOCK);
    if (fd == -1) {
        return;
    }

    if (fstat(fd, &st) == 0
        && st.st_mtime + MYTWIP_JOURNAL_NEW_AGE < time(NULL)
        && flock(fd, LOCK_EX|LOCK_NB) == 0)
    {
        (void) unlinkat(dirfd, name, 0);
    }

    (void) close(fd);
}


mytwip_journal_result_t
mytwip_journal_usage(const char *dir, uint64_t *bytes, mytwip_error_t *err)
{
    DIR                      *d;
    struct stat               st;
    struct dirent            *de;
    mytwip_journal_result_t   rc;

    *bytes = 0;

    d = opendir(dir);
    if (d == NULL) {
        return mytwip_journal_failed(err, "opendir", dir);
    }

    rc = MYTWIP_JOURNAL_OK;

    for ( ;; ) {
        errno = 0;

        de = readdir(d);
        if (de == NULL) {
            if (errno != 0) {
                rc = mytwip_journal_failed(err, "readdir", dir);
            }

            break;
        }

        if (fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
            if (errno == ENOENT) {
                continue;
            }

            rc = mytwip_journal_failed(err, "fstatat", de->d_name);
            break;
        }

        if (S_ISREG(st.st_mode)
            && strcmp(de->d_name, MYTWIP_JOURNAL_LOCK) != 0)
        {
            *bytes += (uint64_t) st.st_size;
        }
    }

    (void) closedir(d);

    return rc;
}


mytwip_journal_result_t
mytwip_journal_grow(mytwip_segment_t *seg, const char *dir, uint64_t size,
    uint64_t max, mytwip_error_t *err)
{
    int                      lock;
    uint64_t                 used;
    mytwip_journal_result_t  rc;

    memset(seg, 0, sizeof(mytwip_segment_t));
    seg->fd = -1;

    lock = mytwip_journal_lock(dir, err);
    if (lock == -1) {
        return MYTWIP_JOURNAL_FAILED;
    }

    rc = mytwip_journal_usage(dir, &used, err);

    if (rc == MYTWIP_JOURNAL_OK) {
        if (used > max || size > max - used) {
            rc = MYTWIP_JOURNAL_FULL;

        } else {
            rc = mytwip_segment_create(seg, dir, size, err);
        }
    }

    /* this unlocks, too */
    (void) close(lock);

    return rc;
}


/* Waits for the directory's lock; returns its descriptor, or -1. */

static int
mytwip_journal_lock(const char *dir, mytwip_error_t *err)
{
    int   fd, rc;
    char  path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/" MYTWIP_JOURNAL_LOCK, dir)
        >= (int) sizeof(path))
    {
        errno = ENAMETOOLONG;
        (void) mytwip_journal_failed(err, "open", dir);
        return -1;
    }

    do {
        fd = open(path, O_RDWR|O_CREAT|O_CLOEXEC|O_NOFOLLOW, 0600);
    } while (fd == -1 && errno == EINTR);

    if (fd == -1) {
        (void) mytwip_journal_failed(err, "open", path);
        return -1;
    }

    do {
        rc = flock(fd, LOCK_EX);
    } while (rc == -1 && errno == EINTR);

    if (rc == -1) {
        (void) mytwip_journal_failed(err, "flock", path);
        (void) close(fd);
        return -1;
    }

    return fd;
}


int
mytwip_journal_append(mytwip_segment_t *seg, mytwip_event_t *event, unsigned n)
{
    size_t     size;
    uint8_t   *p, *first;
    unsigned   i;

    if (n == 0 || n > MYTWIP_EVENTS_PER_FRAME) {
        return n == 0 ? 0 : -1;
    }

    size = 0;

    for (i = 0; i < n; i++) {
        size += mytwip_event_size(&event[i]);
    }

    first = mytwip_segment_reserve(seg, size);
    if (first == NULL) {
        return -1;
    }

    p = first;

    for (i = 0; i < n; i++) {
        event[i].number = seg->events++;
        p += mytwip_event_encode(&event[i], p);
    }

    mytwip_segment_commit(seg, (size_t) (p - first));

    return 0;
}


/* A frame without an event of this version is passed over like damage. */

int
mytwip_journal_next(const mytwip_segment_t *seg, uint64_t position,
    mytwip_event_t *event)
{
    int             rc;
    size_t          at, size;
    uint64_t        last;
    mytwip_frame_t  frame;

    last = position + MYTWIP_JOURNAL_STRETCH;

    do {
        rc = mytwip_segment_read(seg, &position, &frame);
        if (rc != 1) {
            return rc;
        }

        at = 0;

        do {
            if (mytwip_event_decode(event, frame.data + at, frame.len - at)) {
                return 1;
            }

            size = mytwip_event_length(frame.data + at, frame.len - at);
            at += size;

        } while (size);

    } while (position < last);

    return -1;
}


static mytwip_journal_result_t
mytwip_journal_failed(mytwip_error_t *err, const char *call, const char *path)
{
    err->line = 0;
    err->sys = errno;

    (void) snprintf(err->text, sizeof(err->text), "%s(\"%.192s\") failed",
                    call, path);

    return MYTWIP_JOURNAL_FAILED;
}
