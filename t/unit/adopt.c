
/*
 * Adopting a segment: what is found in it after its process was killed or its
 * file was damaged, and what is said of a file that is no segment.
 */

#include "segments.h"

#include <sys/mman.h>


#define HEADER  44                              /* the bytes that are used */


static char              name[MYTWIP_JOURNAL_NAME_LEN + 1];
static mytwip_segment_t  seg;


static void
assert_invalid(const char *file, const char *error)
{
    memset(&err, 0x5a, sizeof(err));

    assert_int_equal(mytwip_segment_adopt(&seg, dir, file, &err),
                     MYTWIP_JOURNAL_INVALID);
    assert_int_equal(seg.fd, -1);
    assert_null(seg.map);
    assert_string_equal(err.text, error);
    assert_int_equal(err.sys, 0);
}


/* Makes the header's CRC right again. */

static void
sign_header(const char *file)
{
    uint8_t  header[HEADER];

    read_file(file, header, HEADER, 0);
    put32(header + 40, mytwip_crc32c(0, header, 40));
    write_file(file, header, HEADER, 0);
}


static void
segment_is_adopted_after_a_crash(void **state)
{
    unsigned  n;

    (void) state;

    for (n = 0; n < 20; n++) {
        leave_segment(name, SMALL, n);
        assert_adopted(name, n, 0);

        /* and again: adopting changes nothing */
        assert_adopted(name, n, 0);
    }
}


static void
adopted_segment_is_as_old_as_it_was(void **state)
{
    int64_t  created;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, 1);
    created = seg.created;
    memcpy(name, seg.name, sizeof(name));
    mytwip_segment_close(&seg);

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_true(seg.created == created);
    mytwip_segment_close(&seg);
}


static void
adopted_segment_takes_no_event(void **state)
{
    mytwip_event_t  event;

    (void) state;

    leave_segment(name, SMALL, 3);
    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_null(mytwip_segment_reserve(&seg, 8));

    event = event_of(3);
    assert_int_equal(mytwip_journal_append(&seg, &event, 1), -1);
    assert_int_equal(seg.events, 3);
    assert_events(&seg, 3);
    mytwip_segment_close(&seg);
}


/*
 * A process that appends as fast as it can is killed at any moment: what it
 * says it has appended is there, and at most the one that it was at besides.
 */

static void
killed_process_leaves_all_that_it_appended(void **state)
{
    pid_t              pid;
    char              *shared;
    uint64_t           damaged;
    unsigned           i, told;
    uint32_t          *count;
    mytwip_segment_t   mine;

    (void) state;

    shared = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS,
                  -1, 0);
    assert_true(shared != MAP_FAILED);
    count = (uint32_t *) (void *) (shared + 64);

    for (i = 0; i < 30; i++) {
        *count = 0;
        shared[0] = '\0';

        pid = fork_child();

        if (pid == 0) {
            mytwip_event_t  event;

            if (mytwip_segment_create(&mine, dir, 16 * 1024 * 1024, &err)
                != MYTWIP_JOURNAL_OK)
            {
                _exit(1);
            }

            memcpy(shared, mine.name, sizeof(mine.name));

            do {
                event = event_of(mine.events);
                __atomic_store_n(count, mine.events, __ATOMIC_RELEASE);
            } while (mytwip_journal_append(&mine, &event, 1) == 0);

            for ( ;; ) {
                (void) pause();
            }
        }

        eventually(__atomic_load_n(count, __ATOMIC_ACQUIRE) > i * 37);
        kill_child(pid);

        told = *count;
        memcpy(name, shared, sizeof(name));

        assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
        assert_in_range(seg.events, told, told + 1);
        damaged = seg.damaged;
        assert_true(damaged <= FRAME);
        assert_events(&seg, seg.events);
        assert_ok(mytwip_segment_delete(&seg, dir, &err));
    }

    assert_int_equal(files_in_dir(), 0);
    (void) munmap(shared, 4096);
}


static void
adopted_segment_can_be_sealed(void **state)
{
    struct stat  st;

    (void) state;

    leave_segment(name, SMALL, 7);
    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_ok(mytwip_segment_seal(&seg, &err));
    assert_events(&seg, 7);
    mytwip_segment_close(&seg);

    assert_int_equal(stat(path_of(name), &st), 0);
    assert_int_equal(st.st_size, FIRST + 7 * FRAME);
    assert_adopted(name, 7, 0);
}


static void
damaged_header_costs_no_event(void **state)
{
    off_t     at;
    uint8_t   byte, changed, zero[4096];

    (void) state;

    leave_segment(name, SMALL, 9);

    for (at = 0; at < HEADER; at++) {
        read_file(name, &byte, 1, at);
        changed = (uint8_t) (byte ^ 0x10);
        write_file(name, &changed, 1, at);
        assert_adopted(name, 9, HEADER);
        write_file(name, &byte, 1, at);
    }

    assert_adopted(name, 9, 0);

    memset(zero, 0, sizeof(zero));
    write_file(name, zero, sizeof(zero), 0);
    assert_adopted(name, 9, HEADER);

    /* then the file tells when it was made */
    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_in_range(seg.created / 1000000, time(NULL) - 10, time(NULL) + 1);
    mytwip_segment_close(&seg);
}


static void
every_truncation_gives_the_whole_frames(void **state)
{
    int               fd;
    off_t             len;
    unsigned          n;
    uint64_t          position;
    struct stat       st;
    mytwip_frame_t    frame;
    mytwip_event_t    event;

    (void) state;

    leave_segment(name, SMALL, 6);
    fd = open(path_of(name), O_RDWR);
    assert_true(fd != -1);

    for (len = FIRST + 6 * FRAME; len >= 0; len--) {
        assert_int_equal(ftruncate(fd, len), 0);

        n = len < FIRST ? 0 : (unsigned) (len - FIRST) / FRAME;

        assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
        assert_int_equal(seg.events, n);
        assert_int_equal(seg.end, FIRST + n * FRAME);
        assert_events(&seg, n);

        position = 0;
        assert_int_equal(mytwip_segment_read(&seg, &position, &frame), n > 0);
        assert_int_equal(mytwip_journal_next(&seg, 0, &event), n > 0);

        if (len < FIRST) {
            assert_int_equal(seg.damaged, HEADER);
            assert_int_equal(position, FIRST);
        }

        /* a seal makes it shorter or leaves it as it is */
        assert_ok(mytwip_segment_seal(&seg, &err));
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_size, len < FIRST ? len : FIRST + n * FRAME);

        mytwip_segment_close(&seg);
    }

    (void) close(fd);

    assert_ok(mytwip_segment_adopt(&seg, dir, name, &err));
    assert_ok(mytwip_segment_delete(&seg, dir, &err));
    assert_int_equal(files_in_dir(), 0);
}


static void
other_format_is_refused(void **state)
{
    char     error[MYTWIP_ERROR_LEN];
    uint8_t  header[HEADER];

    (void) state;

    leave_segment(name, SMALL, 1);
    read_file(name, header, HEADER, 0);

    write_file(name, "\x02", 1, 8);
    sign_header(name);
    (void) snprintf(error, sizeof(error), "\"%s\" has format \"MYTWIPJ1\","
                    " version 2; this module reads \"MYTWIPJ1\", version 1",
                    name);
    assert_invalid(name, error);

    write_file(name, header, HEADER, 0);
    write_file(name, "MYTWIPJ9", 8, 0);
    sign_header(name);
    (void) snprintf(error, sizeof(error), "\"%s\" has format \"MYTWIPJ9\","
                    " version 1; this module reads \"MYTWIPJ1\", version 1",
                    name);
    assert_invalid(name, error);

    write_file(name, header, HEADER, 0);
    write_file(name, "\x20", 1, 13);
    sign_header(name);
    assert_int_equal(mytwip_segment_adopt(&seg, dir, name, &err),
                     MYTWIP_JOURNAL_INVALID);

    write_file(name, header, HEADER, 0);
    assert_adopted(name, 1, 0);
}


/* Its events are the original's: they would be stored twice. */

static void
copy_is_refused(void **state)
{
    char         error[MYTWIP_ERROR_LEN];
    static char  copy[] = "01234567-89ab-4def-8123-456789abcdef.journal";

    (void) state;

    leave_segment(name, SMALL, 1);
    assert_int_equal(link(path_of(name), path_of(copy)), 0);

    (void) snprintf(error, sizeof(error), "\"%s\" is a copy of another"
                    " segment", copy);
    assert_invalid(copy, error);
    assert_adopted(name, 1, 0);
}


static void
name_that_is_no_uuid_is_refused(void **state)
{
    size_t                    i;
    char                      error[MYTWIP_ERROR_LEN];
    static const char *const  names[] = {
        "",
        ".journal",
        "01234567-89ab-4def-8123-456789abcdef",
        "01234567-89ab-4def-8123-456789abcdef.new",
        "01234567-89ab-4def-8123-456789abcdef.journal~",
        "01234567-89ab-4def-8123-456789abcde.journal",
        "01234567-89ab-4def-8123-456789abcdef0.journal",
        "01234567-89ab-4def-8123-456789abcdeg.journal",
        "01234567-89AB-4DEF-8123-456789ABCDEF.journal",
        "0123456789ab-4def--8123-456789abcdef.journal",
        "01234567089ab-4def-8123-456789abcdef.journal",
        "../34567-89ab-4def-8123-456789abcdef.journal"
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(names); i++) {
        (void) snprintf(error, sizeof(error), "\"%s\" is not the name of a"
                        " segment", names[i]);
        assert_invalid(names[i], error);
    }
}


/* Also none that an administrator has put in the way is waited for. */

static void
what_is_no_file_is_refused(void **state)
{
    int          fd;
    char         error[MYTWIP_ERROR_LEN];
    static char  file[] = "01234567-89ab-4def-8123-456789abcdef.journal";

    (void) state;

    (void) snprintf(error, sizeof(error), "\"%s\" is not a file of at most"
                    " 4 GiB", path_of(file));

    assert_int_equal(mkfifo(path_of(file), 0600), 0);
    (void) alarm(10);
    assert_invalid(file, error);
    (void) alarm(0);
    assert_int_equal(unlink(path_of(file)), 0);

    fd = open(path_of(file), O_RDWR|O_CREAT, 0600);
    assert_int_equal(ftruncate(fd, (off_t) MYTWIP_JOURNAL_MAX_SIZE + 1), 0);
    (void) close(fd);
    assert_invalid(file, error);
    assert_int_equal(unlink(path_of(file)), 0);

    assert_int_equal(symlink(path_of("target"), path_of(file)), 0);
    assert_failed(mytwip_segment_adopt(&seg, dir, file, &err), err, ELOOP,
                  "open(\"%s\") failed", path_of(file));
    assert_int_equal(unlink(path_of(file)), 0);

    assert_int_equal(mkdir(path_of(file), 0700), 0);
    assert_failed(mytwip_segment_adopt(&seg, dir, file, &err), err, EISDIR,
                  "open(\"%s\") failed", path_of(file));
}


static void
segment_of_another_user_is_an_error(void **state)
{
    (void) state;

    leave_segment(name, SMALL, 1);
    assert_int_equal(chmod(path_of(name), 0400), 0);
    assert_int_equal(chmod(dir, 0755), 0);

    become_nobody();
    assert_failed(mytwip_segment_adopt(&seg, dir, name, &err), err, EACCES,
                  "open(\"%s\") failed", path_of(name));
    become_root();
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        in_dir(segment_is_adopted_after_a_crash),
        in_dir(adopted_segment_is_as_old_as_it_was),
        in_dir(adopted_segment_takes_no_event),
        in_dir(killed_process_leaves_all_that_it_appended),
        in_dir(adopted_segment_can_be_sealed),
        in_dir(damaged_header_costs_no_event),
        in_dir(every_truncation_gives_the_whole_frames),
        in_dir(other_format_is_refused),
        in_dir(copy_is_refused),
        in_dir(name_that_is_no_uuid_is_refused),
        in_dir(what_is_no_file_is_refused),
        in_dir(segment_of_another_user_is_an_error)
    };

    return mytwip_test_run(tests);
}
