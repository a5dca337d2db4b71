
/*
 * What the tests of the journal share: a directory of their own for each
 * test, events that are told by their numbers, and patching of files.
 */

#ifndef _MYTWIP_TEST_SEGMENTS_H_INCLUDED_
#define _MYTWIP_TEST_SEGMENTS_H_INCLUDED_


#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mytwip_crc32c.h"
#include "mytwip_event.h"
#include "mytwip_journal.h"
#include "mytwip_segment.h"


#define FIRST       MYTWIP_JOURNAL_HEADER
#define FRAME       (MYTWIP_JOURNAL_FRAME + 32)         /* of one open */
#define SMALL       (2 * 4096)                          /* a small segment */

#define assert_ok(call)                                                       \
    assert_int_equal(call, MYTWIP_JOURNAL_OK)

#define assert_failed(call, err, errno_, fmt, ...)                            \
    do {                                                                      \
        char  text_[MYTWIP_ERROR_LEN];                                        \
                                                                              \
        memset(&(err), 0x5a, sizeof(err));                                    \
        assert_int_equal(call, MYTWIP_JOURNAL_FAILED);                        \
        (void) snprintf(text_, sizeof(text_), fmt, __VA_ARGS__);              \
        assert_string_equal((err).text, text_);                               \
        assert_int_equal((err).sys, errno_);                                  \
        assert_int_equal((err).line, 0);                                      \
    } while (0)


static char            dir[64];
static mytwip_error_t  err;


static inline int
make_dir(void **state)
{
    (void) state;

    /* a lock that is waited for in vain is a failure, too */
    (void) alarm(60);

    memcpy(dir, "/tmp/mytwip_journal_XXXXXX", 27);

    return mkdtemp(dir) == NULL ? -1 : 0;
}


static inline char *
path_of(const char *name)
{
    static char  path[4][sizeof(dir) + 300];
    static int   i;

    i = (i + 1) % 4;
    (void) snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);

    return path[i];
}


static inline unsigned
files_in_dir(void)
{
    DIR            *d;
    unsigned        n;
    struct dirent  *de;

    n = 0;
    d = opendir(dir);
    assert_non_null(d);

    while ((de = readdir(d)) != NULL) {
        n += strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0;
    }

    (void) closedir(d);

    return n;
}


static inline int
remove_dir(void **state)
{
    DIR            *d;
    struct dirent  *de;

    (void) state;

    (void) chmod(dir, 0700);

    d = opendir(dir);
    if (d == NULL) {
        return -1;
    }

    while ((de = readdir(d)) != NULL) {
        if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0
            && unlink(path_of(de->d_name)) == -1)
        {
            (void) rmdir(path_of(de->d_name));
        }
    }

    (void) closedir(d);

    return rmdir(dir);
}


#define in_dir(test)                                                          \
    cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)


/* The event that has this number, and no other. */

static inline mytwip_event_t
event_of(uint32_t number)
{
    mytwip_event_t  event;

    event.kind = MYTWIP_EVENT_OPEN;
    event.code = (uint8_t) (number % 5);
    event.number = number;
    event.time = 1700000000000000 + (int64_t) number * 1000003;
    event.issue = 1 + number * UINT64_C(0x9e3779b97f4a7c15);
    event.reader = number * UINT64_C(0xc2b2ae3d27d4eb4f);

    return event;
}


static inline void
assert_event(const mytwip_event_t *event, uint32_t number)
{
    mytwip_event_t  expected;

    expected = event_of(number);

    assert_int_equal(event->number, number);
    assert_int_equal(event->kind, expected.kind);
    assert_int_equal(event->code, expected.code);
    assert_true(event->time == expected.time);
    assert_true(event->issue == expected.issue);
    assert_true(event->reader == expected.reader);
}


/* Appends events one by one. */

static inline void
append(mytwip_segment_t *seg, unsigned n)
{
    mytwip_event_t  event;

    while (n--) {
        event = event_of(seg->events);
        assert_int_equal(mytwip_journal_append(seg, &event, 1), 0);
    }
}


/* Reads from a position to the end; counts how often each event is there. */

static inline unsigned
read_events(const mytwip_segment_t *seg, uint64_t position, uint8_t *times,
    unsigned max)
{
    int             rc;
    size_t          at;
    unsigned        n;
    mytwip_event_t  event;
    mytwip_frame_t  frame;

    n = 0;
    memset(times, 0, max);

    while ((rc = mytwip_segment_read(seg, &position, &frame)) != 0) {

        for (at = 0; rc == 1 && at < frame.len; at += 32) {
            assert_int_equal(mytwip_event_decode(&event, frame.data + at,
                                                 frame.len - at), 32);
            assert_true(event.number < max);
            assert_event(&event, event.number);
            times[event.number]++;
            n++;
        }
    }

    return n;
}


/* That events 0 to n - 1 are there, each once, and no others. */

static inline void
assert_events(const mytwip_segment_t *seg, unsigned n)
{
    uint8_t   *times;
    unsigned   i;

    times = malloc(n + 1);
    assert_non_null(times);

    assert_int_equal(read_events(seg, FIRST, times, n), n);

    for (i = 0; i < n; i++) {
        assert_int_equal(times[i], 1);
    }

    free(times);
}


/* Makes a small segment with n events and leaves it as a crash does. */

static inline void
leave_segment(char name[MYTWIP_JOURNAL_NAME_LEN + 1], uint64_t size,
    unsigned n)
{
    mytwip_segment_t  seg;

    assert_ok(mytwip_segment_create(&seg, dir, size, &err));
    append(&seg, n);
    memcpy(name, seg.name, MYTWIP_JOURNAL_NAME_LEN + 1);
    mytwip_segment_close(&seg);
}


/* Adopts what a crash has left: events 0 to n - 1, so much damage. */

static inline void
assert_adopted(const char *name, unsigned n, uint64_t damaged)
{
    mytwip_segment_t  seg;

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_string_equal(seg.name, name);
    assert_int_equal(seg.events, n);
    assert_int_equal(seg.damaged, damaged);
    assert_events(&seg, n);
    mytwip_segment_close(&seg);
}


static inline void
read_file(const char *name, void *data, size_t len, off_t at)
{
    int  fd;

    fd = open(path_of(name), O_RDONLY);
    assert_true(fd != -1);
    assert_int_equal(pread(fd, data, len, at), len);
    (void) close(fd);
}


static inline void
write_file(const char *name, const void *data, size_t len, off_t at)
{
    int  fd;

    fd = open(path_of(name), O_WRONLY|O_CREAT, 0600);
    assert_true(fd != -1);
    assert_int_equal(pwrite(fd, data, len, at), len);
    (void) close(fd);
}


static inline uint32_t
get32(const uint8_t *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static inline void
put32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t) n;
    p[1] = (uint8_t) (n >> 8);
    p[2] = (uint8_t) (n >> 16);
    p[3] = (uint8_t) (n >> 24);
}


/* Polls for a condition, for at most ten seconds. */

#define eventually(condition)                                                 \
    do {                                                                      \
        unsigned  tries_ = 10000;                                             \
                                                                              \
        while (!(condition)) {                                                \
            assert_true(tries_--);                                            \
            (void) usleep(1000);                                              \
        }                                                                     \
    } while (0)


/* A process that ends with this one, should a test fail before it does. */

static inline pid_t
fork_child(void)
{
    pid_t  pid, parent;

    parent = getpid();
    pid = fork();
    assert_true(pid != -1);

    if (pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);

        if (getppid() != parent) {
            _exit(1);
        }
    }

    return pid;
}


static inline void
assert_exit(pid_t pid, int code)
{
    int  status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}


static inline void
kill_child(pid_t pid)
{
    int  status;

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}


/*
 * Root may write anywhere: what only others are refused is tried as nobody.
 */

static inline void
become_nobody(void)
{
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
    }
}


static inline void
become_root(void)
{
    if (getuid() == 0) {
        assert_int_equal(seteuid(0), 0);
    }
}


#endif /* _MYTWIP_TEST_SEGMENTS_H_INCLUDED_ */
