
/*
 * The journal's directory: which files are segments, how much there is, and
 * that it never grows beyond its maximum, however many processes make it grow.
 */

#include "segments.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>


#define SIZE  MYTWIP_JOURNAL_MIN_SIZE
#define NEW   "01234567-89ab-4def-8123-456789abcdef.new"


static char              name[MYTWIP_JOURNAL_NAME_LEN + 1];
static mytwip_segment_t  seg;


static int
count_found(void *data, const char *found)
{
    unsigned  *n = data;

    assert_int_equal(strlen(found), MYTWIP_JOURNAL_NAME_LEN);
    assert_string_equal(found + 36, ".journal");

    return --*n == 0;
}


static unsigned
scan(unsigned max)
{
    unsigned  n;

    n = max;
    assert_ok(mytwip_journal_scan(dir, count_found, &n, &err));

    return max - n;
}


static void
scan_finds_segments_and_nothing_else(void **state)
{
    unsigned                  i;
    static const char *const  names[] = {
        "lock", "README", ".journal", "0.journal",
        "01234567-89ab-4def-8123-456789abcdef",
        "01234567-89ab-4def-8123-456789abcdef.journal.gz",
        "0123456789ab04def081230456789abcdef0.journal"
    };

    (void) state;

    assert_int_equal(scan(100), 0);

    for (i = 0; i < MYTWIP_TEST_N(names); i++) {
        write_file(names[i], "", 0, 0);
    }

    for (i = 0; i < 5; i++) {
        leave_segment(name, SMALL, 1);
    }

    assert_int_equal(scan(100), 5);
    assert_int_equal(scan(5), 5);
    assert_int_equal(scan(2), 2);               /* until it is told to stop */
    assert_int_equal(files_in_dir(), 5 + MYTWIP_TEST_N(names));
}


static void
set_age(const char *file, time_t seconds)
{
    struct timespec  times[2];

    times[0].tv_sec = time(NULL) - seconds;
    times[0].tv_nsec = 0;
    times[1] = times[0];

    assert_int_equal(utimensat(AT_FDCWD, path_of(file), times, 0), 0);
}


static void
half_made_segment_is_discarded_when_old_and_unheld(void **state)
{
    int          fd;
    static char  alike[] = "not_a_uuid_but_as_long_as_one_is_all.new";

    (void) state;

    write_file(NEW, "", 0, 0);
    write_file(alike, "", 0, 0);
    set_age(alike, 3600);
    assert_int_equal(files_in_dir(), 2);

    set_age(NEW, 30);
    assert_int_equal(scan(9), 0);
    assert_int_equal(access(path_of(NEW), F_OK), 0);

    set_age(NEW, 120);
    fd = open(path_of(NEW), O_RDWR);
    assert_true(fd != -1);
    assert_int_equal(flock(fd, LOCK_EX|LOCK_NB), 0);
    assert_int_equal(scan(9), 0);
    assert_int_equal(access(path_of(NEW), F_OK), 0);

    (void) close(fd);
    assert_int_equal(scan(9), 0);
    assert_int_equal(access(path_of(NEW), F_OK), -1);
    assert_int_equal(access(path_of(alike), F_OK), 0);

    /* nor is anything but a file waited for, followed or discarded */
    assert_int_equal(symlink(path_of(alike), path_of(NEW)), 0);
    assert_int_equal(scan(9), 0);
    assert_int_equal(files_in_dir(), 2);
}


static void
usage_is_the_size_of_all_files_but_the_lock(void **state)
{
    uint64_t  bytes;

    (void) state;

    assert_ok(mytwip_journal_usage(dir, &bytes, &err));
    assert_int_equal(bytes, 0);

    leave_segment(name, SIZE, 1);
    leave_segment(name, SMALL, 1);
    write_file(NEW, "half", 4, 0);
    write_file("lock", "lock", 4, 0);
    assert_int_equal(mkdir(path_of("lost+found"), 0700), 0);
    assert_int_equal(symlink("/bin/sh", path_of("link")), 0);

    assert_ok(mytwip_journal_usage(dir, &bytes, &err));
    assert_int_equal(bytes, SIZE + SMALL + 4);
}


static void
missing_directory_is_an_error(void **state)
{
    char      missing[sizeof(dir) + 20], path[5000];
    uint64_t  bytes;

    (void) state;

    (void) snprintf(missing, sizeof(missing), "%s/missing", dir);

    assert_failed(mytwip_journal_scan(missing, count_found, &bytes, &err), err,
                  ENOENT, "opendir(\"%s\") failed", missing);
    assert_failed(mytwip_journal_usage(missing, &bytes, &err), err, ENOENT,
                  "opendir(\"%s\") failed", missing);
    assert_failed(mytwip_journal_grow(&seg, missing, SIZE, SIZE, &err), err,
                  ENOENT, "open(\"%s/lock\") failed", missing);
    assert_int_equal(seg.fd, -1);
    assert_null(seg.map);

    memset(path, 'd', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_failed(mytwip_journal_grow(&seg, path, SIZE, SIZE, &err), err,
                  ENAMETOOLONG, "open(\"%.192s\") failed", path);
    assert_int_equal(seg.fd, -1);
}


static void
journal_grows_to_its_maximum_and_no_further(void **state)
{
    struct stat       st;
    mytwip_segment_t  first;

    (void) state;

    assert_ok(mytwip_journal_grow(&first, dir, SIZE, 2 * SIZE, &err));
    append(&first, 1);
    assert_events(&first, 1);

    assert_int_equal(mytwip_journal_grow(&seg, dir, SIZE, 2 * SIZE - 1, &err),
                     MYTWIP_JOURNAL_FULL);
    assert_int_equal(seg.fd, -1);
    assert_null(seg.map);

    assert_ok(mytwip_journal_grow(&seg, dir, SIZE, 2 * SIZE, &err));
    mytwip_segment_close(&seg);

    /* neither less than there is nor the largest number is a way around it */
    assert_int_equal(mytwip_journal_grow(&seg, dir, SIZE, 0, &err),
                     MYTWIP_JOURNAL_FULL);
    assert_int_equal(mytwip_journal_grow(&seg, dir, UINT64_MAX, UINT64_MAX,
                                         &err), MYTWIP_JOURNAL_FULL);
    assert_int_equal(mytwip_journal_grow(&seg, dir, SIZE, 2 * SIZE, &err),
                     MYTWIP_JOURNAL_FULL);

    /* what is sealed makes room */
    assert_ok(mytwip_segment_seal(&first, &err));
    assert_ok(mytwip_journal_grow(&seg, dir, SIZE - FIRST - FRAME, 2 * SIZE,
                                  &err));
    assert_ok(mytwip_segment_delete(&seg, dir, &err));
    assert_ok(mytwip_segment_delete(&first, dir, &err));
    assert_ok(mytwip_journal_grow(&seg, dir, SIZE, 2 * SIZE, &err));
    mytwip_segment_close(&seg);

    assert_int_equal(stat(path_of("lock"), &st), 0);
    assert_int_equal(st.st_mode, S_IFREG|0600);
    assert_int_equal(st.st_size, 0);
}


static void
growing_in_a_read_only_directory_is_an_error(void **state)
{
    (void) state;

    assert_int_equal(chmod(dir, 0555), 0);
    become_nobody();
    assert_failed(mytwip_journal_grow(&seg, dir, SIZE, SIZE, &err), err,
                  EACCES, "open(\"%s/lock\") failed", dir);
    become_root();

    /* with a lock that is there already, too */
    assert_int_equal(chmod(dir, 0755), 0);
    write_file("lock", "", 0, 0);
    assert_int_equal(chmod(path_of("lock"), 0666), 0);
    assert_int_equal(chmod(dir, 0555), 0);
    become_nobody();
    assert_int_equal(mytwip_journal_grow(&seg, dir, SIZE, SIZE, &err),
                     MYTWIP_JOURNAL_FAILED);
    assert_int_equal(err.sys, EACCES);
    assert_int_equal(seg.fd, -1);
    become_root();
}


static void
lock_that_is_a_link_is_not_followed(void **state)
{
    (void) state;

    assert_int_equal(symlink(path_of("target"), path_of("lock")), 0);
    assert_failed(mytwip_journal_grow(&seg, dir, SIZE, SIZE, &err), err,
                  ELOOP, "open(\"%s/lock\") failed", dir);
    assert_int_equal(access(path_of("target"), F_OK), -1);
}


/* Processes that grow the journal all at once, as workers do at a start. */

static void
processes_never_exceed_the_maximum_together(void **state)
{
    int       go[2];
    char      byte;
    pid_t     pid[6];
    unsigned  i;
    uint64_t  bytes;

    (void) state;

    assert_int_equal(pipe(go), 0);

    for (i = 0; i < MYTWIP_TEST_N(pid); i++) {
        pid[i] = fork_child();

        if (pid[i] == 0) {
            mytwip_journal_result_t  rc;

            (void) close(go[1]);
            (void) !read(go[0], &byte, 1);

            do {
                rc = mytwip_journal_grow(&seg, dir, SIZE, 21 * SIZE - 1, &err);
                mytwip_segment_close(&seg);
            } while (rc == MYTWIP_JOURNAL_OK);

            _exit(rc == MYTWIP_JOURNAL_FULL ? 0 : 1);
        }
    }

    (void) close(go[0]);
    (void) close(go[1]);

    for (i = 0; i < MYTWIP_TEST_N(pid); i++) {
        assert_exit(pid[i], 0);
    }

    assert_ok(mytwip_journal_usage(dir, &bytes, &err));
    assert_int_equal(bytes, 20 * SIZE);
    assert_int_equal(scan(100), 20);
}


static int
waits_for_a_lock(pid_t pid)
{
    char   line[256], want[32];
    FILE  *f;
    int    waits;

    f = fopen("/proc/locks", "r");
    assert_non_null(f);

    waits = 0;
    (void) snprintf(want, sizeof(want), " WRITE %d ", (int) pid);

    while (fgets(line, sizeof(line), f)) {
        waits |= strstr(line, "-> FLOCK") != NULL
                 && strstr(line, want) != NULL;
    }

    (void) fclose(f);

    return waits;
}


static void
signal_handler(int signo)
{
    (void) signo;
}


/* nginx's signals come without SA_RESTART. */

static void
growing_waits_its_turn_and_no_signal_ends_that(void **state)
{
    int                fd, i;
    pid_t              pid;
    struct sigaction   sa;

    (void) state;

    fd = open(path_of("lock"), O_RDWR|O_CREAT, 0600);
    assert_true(fd != -1);
    assert_int_equal(flock(fd, LOCK_EX), 0);

    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = signal_handler;
    assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);

    pid = fork_child();

    if (pid == 0) {
        (void) close(fd);
        _exit(mytwip_journal_grow(&seg, dir, SIZE, SIZE, &err));
    }

    for (i = 0; i < 20; i++) {
        eventually(waits_for_a_lock(pid));
        assert_int_equal(kill(pid, SIGUSR1), 0);
    }

    assert_int_equal(scan(9), 0);
    (void) close(fd);

    assert_exit(pid, MYTWIP_JOURNAL_OK);
    assert_int_equal(scan(9), 1);
}


/* Mounts a file system of so many bytes; tells why if it cannot be. */

static int
mount_small_disk(unsigned long bytes)
{
    char  options[64];

    if (geteuid() != 0) {
        print_message("# skipped: only root can mount a small disk\n");
        return -1;
    }

    (void) snprintf(options, sizeof(options), "size=%lu,mode=0700", bytes);

    if (unshare(CLONE_NEWNS) == -1
        || mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL) == -1
        || mount("tmpfs", dir, "tmpfs", 0, options) == -1)
    {
        print_message("# skipped: no small disk can be mounted: %s\n",
                      strerror(errno));
        return -1;
    }

    return 0;
}


static int
unmount_and_remove_dir(void **state)
{
    (void) umount(dir);

    return remove_dir(state);
}


/* Full is an error when a segment is made, and never a SIGBUS later. */

static void
full_disk_is_an_error_of_growing(void **state)
{
    int               fd;
    char              block[4096];
    mytwip_event_t    event;
    mytwip_segment_t  other;

    (void) state;

    if (mount_small_disk(4 * SIZE) == -1) {
        /* cmocka's skip() is no skip to prove */
        return;
    }

    assert_ok(mytwip_journal_grow(&seg, dir, 2 * SIZE, 1024 * SIZE, &err));

    assert_int_equal(mytwip_journal_grow(&other, dir, 3 * SIZE, 1024 * SIZE,
                                         &err), MYTWIP_JOURNAL_FAILED);
    assert_int_equal(err.sys, ENOSPC);
    assert_non_null(strstr(err.text, "posix_fallocate(\""));
    assert_int_equal(other.fd, -1);
    assert_int_equal(files_in_dir(), 2);        /* nothing half made is left */

    /* somebody else takes all the rest */
    memset(block, 0xff, sizeof(block));
    fd = open(path_of("filler"), O_WRONLY|O_CREAT, 0600);
    assert_true(fd != -1);

    while (write(fd, block, sizeof(block)) > 0) {
        /* void */
    }

    assert_int_equal(errno, ENOSPC);
    (void) close(fd);

    do {
        event = event_of(seg.events);
    } while (mytwip_journal_append(&seg, &event, 1) == 0);

    assert_int_equal(seg.events, (2 * SIZE - FIRST) / FRAME);
    assert_events(&seg, seg.events);
    assert_ok(mytwip_segment_sync(&seg, &err));
    mytwip_segment_close(&seg);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        in_dir(scan_finds_segments_and_nothing_else),
        in_dir(half_made_segment_is_discarded_when_old_and_unheld),
        in_dir(usage_is_the_size_of_all_files_but_the_lock),
        in_dir(missing_directory_is_an_error),
        in_dir(journal_grows_to_its_maximum_and_no_further),
        in_dir(growing_in_a_read_only_directory_is_an_error),
        in_dir(lock_that_is_a_link_is_not_followed),
        in_dir(processes_never_exceed_the_maximum_together),
        in_dir(growing_waits_its_turn_and_no_signal_ends_that),
        cmocka_unit_test_setup_teardown(full_disk_is_an_error_of_growing,
                                        make_dir, unmount_and_remove_dir)
    };

    return mytwip_test_run(tests);
}
