
/*
 * The steps: see steps.h.  Syncing only tells the disk of disk.h: the tests
 * would wait for the real one.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk.h"
#include "steps.h"


#define STEPS_FDS    256
#define STEPS_PAGE   4096
#define STEPS_BLOCK  512                /* a bad one of these is a bad page */


static int step(step_call_t call);
static int step_failed(step_call_t call);
static int step_opened(int fd, const char *path);
static int step_read_bad(int fd, size_t len, off_t at, size_t *fit);


static plan_t       plan;
static unsigned     done;
static unsigned     failed;
static step_call_t  failed_call;
static uint64_t     seed;
static int          files;
static int          mappings;
static uint8_t     *trace;
static unsigned     trace_max;
static char         paths[STEPS_FDS][128];


void
steps_begin(const plan_t *p, uint64_t s)
{
    plan = *p;
    seed = s;
    done = 0;
    failed = 0;
    files = 0;
    mappings = 0;
    trace = NULL;
}


unsigned
steps_done(void)
{
    return done;
}


unsigned
steps_failed(void)
{
    return failed;
}


int
steps_failed_at(step_call_t call, unsigned before)
{
    return failed > before && failed_call == call && plan.error != EINTR;
}


int
steps_open_files(void)
{
    return files;
}


int
steps_mappings(void)
{
    return mappings;
}


void
steps_trace(uint8_t *calls, unsigned max)
{
    trace = calls;
    trace_max = max;
}


int
step_changes_something(step_call_t call)
{
    switch (call) {
    case STEP_PREAD:
    case STEP_MMAP:
    case STEP_MUNMAP:
    case STEP_STAT:
    case STEP_OPENDIR:
    case STEP_READDIR:
    case STEP_RANDOM:
    case STEP_OPEN:
        return 0;

    default:
        return 1;
    }
}


int
step_error(step_call_t call, unsigned which)
{
    static const int  error[] = { ENOSPC, EIO, EACCES };

    switch (call) {
    case STEP_ENCODE:
    case STEP_COMMIT:
        return 0;

    case STEP_PREAD:
        /* EIO is a bad page, see plan_t: it stays bad */
        return EACCES;

    default:
        return error[which % 3];
    }
}


/* Comes back with 0, or with the errno to fail with, or not at all. */

static int
step(step_call_t call)
{
    unsigned  now;

    if (plan.race) {
        plan.race(plan.data, call);
    }

    now = done++;

    if (trace && now < trace_max) {
        trace[now] = (uint8_t) call;
    }

    if (now == plan.at) {
        switch (plan.kind) {

        case PLAN_EXIT:
            _exit(0);

        case PLAN_KILL:
            (void) raise(SIGKILL);
            break;

        case PLAN_FAIL:
        case PLAN_FAIL_ALL:
            if (step_error(call, 0)) {
                return step_failed(call);
            }

            break;

        default:
            break;
        }
    }

    if (plan.kind == PLAN_FAIL_ALL && failed && call == failed_call) {
        return step_failed(call);
    }

    return 0;
}


static int
step_failed(step_call_t call)
{
    failed++;
    failed_call = call;
    errno = plan.error;

    return plan.error;
}


void
step_store(step_call_t call)
{
    (void) step(call);
}


static int
step_opened(int fd, const char *path)
{
    if (fd != -1) {
        files++;

        if (fd < STEPS_FDS) {
            (void) strncpy(paths[fd], path, sizeof(paths[fd]) - 1);
        }
    }

    return fd;
}


int
step_open(const char *path, int flags, ...)
{
    int      fd;
    mode_t   mode;
    va_list  args;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);

    if (step(flags & O_EXCL ? STEP_CREATE : STEP_OPEN)) {
        return -1;
    }

    fd = step_opened(open(path, flags, mode), path);

    if (fd != -1 && (flags & O_EXCL)) {
        disk_created(path);
    }

    return fd;
}


int
step_openat(int at, const char *path, int flags, ...)
{
    return step(STEP_OPEN) ? -1 : step_opened(openat(at, path, flags), path);
}


/* A close() that fails has closed all the same, on Linux. */

int
step_close(int fd)
{
    int  error, rc;

    error = step(STEP_CLOSE);
    rc = close(fd);
    files--;

    if (error) {
        errno = error;
        return -1;
    }

    return rc;
}


int
step_flock(int fd, int operation)
{
    return step(STEP_FLOCK) ? -1 : flock(fd, operation);
}


/* Without room, a part of it may have been reserved. */

int
step_posix_fallocate(int fd, off_t from, off_t len)
{
    int  error, rc;

    error = step(STEP_FALLOCATE);

    if (error && error != EINTR) {
        len /= 2;
    }

    rc = posix_fallocate(fd, from, len);

    if (rc == 0) {
        disk_resized(paths[fd], (uint64_t) len);
    }

    return error ? error : rc;
}


/* Without room, a part of it may have been written. */

ssize_t
step_pwrite(int fd, const void *data, size_t len, off_t at)
{
    int  error;

    error = step(STEP_PWRITE);

    if (error == ENOSPC) {
        return pwrite(fd, data, len / 2, at);
    }

    return error ? -1 : pwrite(fd, data, len, at);
}


ssize_t
step_pread(int fd, void *data, size_t len, off_t at)
{
    size_t  fit;

    if (step(STEP_PREAD)) {
        return -1;
    }

    if (plan.bad[0] && step_read_bad(fd, len, at, &fit) == -1) {
        if (fit == 0) {
            errno = EIO;
            return -1;
        }

        len = fit;
    }

    return pread(fd, data, len, at);
}


/*
 * Returns -1 if the bad page is in the way, with what comes before what is bad
 * in it: its second block.
 */

static int
step_read_bad(int fd, size_t len, off_t at, size_t *fit)
{
    off_t  bad;

    bad = plan.bad_page * STEPS_PAGE + STEPS_BLOCK;

    if (strstr(paths[fd], plan.bad) == NULL
        || at >= bad + STEPS_BLOCK || at + (off_t) len <= bad)
    {
        return 0;
    }

    *fit = at < bad ? (size_t) (bad - at) : 0;

    return -1;
}


void *
step_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t at)
{
    void  *p;

    if (step(STEP_MMAP)) {
        return MAP_FAILED;
    }

    p = mmap(addr, len, prot, flags, fd, at);

    if (p == MAP_FAILED || (flags & MAP_FIXED)) {
        return p;
    }

    mappings++;

    if (plan.bad[0] && strstr(paths[fd], plan.bad)
        && (size_t) plan.bad_page * STEPS_PAGE + STEPS_BLOCK < len)
    {
        /* whoever touches it is killed, as by a disk that cannot read it */
        (void) mprotect((char *) p + plan.bad_page * STEPS_PAGE, STEPS_PAGE,
                        PROT_NONE);
    }

    return p;
}


int
step_munmap(void *addr, size_t len)
{
    int  error, rc;

    error = step(STEP_MUNMAP);
    rc = munmap(addr, len);
    mappings--;

    if (error) {
        errno = error;
        return -1;
    }

    return rc;
}


int
step_fsync(int fd)
{
    struct stat  st;

    if (step(STEP_FSYNC)) {
        return -1;
    }

    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        disk_synced_dir();

    } else {
        disk_synced(paths[fd], fd);
    }

    return 0;
}


int
step_fdatasync(int fd)
{
    if (step(STEP_FDATASYNC)) {
        return -1;
    }

    disk_synced(paths[fd], fd);

    return 0;
}


int
step_ftruncate(int fd, off_t len)
{
    if (step(STEP_TRUNCATE) || ftruncate(fd, len) == -1) {
        return -1;
    }

    disk_resized(paths[fd], (uint64_t) len);

    return 0;
}


int
step_fstat(int fd, struct stat *st)
{
    return step(STEP_STAT) ? -1 : fstat(fd, st);
}


int
step_fstatat(int at, const char *path, struct stat *st, int flags)
{
    return step(STEP_STAT) ? -1 : fstatat(at, path, st, flags);
}


int
step_rename(const char *from, const char *to)
{
    if (step(STEP_RENAME) || rename(from, to) == -1) {
        return -1;
    }

    disk_renamed(to);

    return 0;
}


int
step_unlink(const char *path)
{
    if (step(STEP_UNLINK) || unlink(path) == -1) {
        return -1;
    }

    disk_unlinked(path);

    return 0;
}


int
step_unlinkat(int at, const char *path, int flags)
{
    if (step(STEP_UNLINK) || unlinkat(at, path, flags) == -1) {
        return -1;
    }

    disk_unlinked(path);

    return 0;
}


DIR *
step_opendir(const char *path)
{
    return step(STEP_OPENDIR) ? NULL : opendir(path);
}


struct dirent *
step_readdir(DIR *dir)
{
    return step(STEP_READDIR) ? NULL : readdir(dir);
}


int
step_closedir(DIR *dir)
{
    return closedir(dir);
}


/* Uuids that are the same each time a history is run. */

ssize_t
step_getrandom(void *data, size_t len, unsigned flags)
{
    size_t   i;
    uint8_t  *p = data;

    (void) flags;

    if (step(STEP_RANDOM)) {
        return -1;
    }

    for (i = 0; i < len; i++) {
        p[i] = (uint8_t) (random_next(&seed) >> 56);
    }

    return (ssize_t) len;
}
