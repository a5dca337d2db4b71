
/*
 * Segments as files: how they are made, who holds them, how they end.
 */

#include "segments.h"


static char              name[MYTWIP_JOURNAL_NAME_LEN + 1];
static mytwip_segment_t  seg;


static void
new_segment_has_the_documented_bytes(void **state)
{
    size_t        i;
    int64_t       now;
    uint8_t       p[4096];
    uint64_t      created;
    struct stat   st;

    (void) state;

    now = (int64_t) time(NULL) * 1000000;
    assert_ok(mytwip_segment_create(&seg, dir, 100001, &err));

    read_file(seg.name, p, 4096, 0);
    assert_memory_equal(p, "MYTWIPJ1\x01\0\0\0\0\x10\0\0", 16);
    assert_memory_equal(p + 16, seg.uuid, 16);

    created = get32(p + 32) | (uint64_t) get32(p + 36) << 32;
    assert_true(created == (uint64_t) seg.created);
    assert_in_range(seg.created, now, now + 10 * 1000000);
    assert_int_equal(get32(p + 40), mytwip_crc32c(0, p, 40));

    for (i = 44; i < 4096; i++) {
        assert_int_equal(p[i], 0);
    }

    assert_int_equal(strlen(seg.name), 44);
    assert_string_equal(seg.name + 36, ".journal");
    assert_int_equal(seg.name[14], '4');                /* a random uuid */

    assert_int_equal(stat(path_of(seg.name), &st), 0);
    assert_int_equal(st.st_mode, S_IFREG|0600);
    assert_int_equal(st.st_size, 100001);
    assert_true(st.st_blocks * 512 >= 100001);          /* not sparse */
    assert_int_equal(files_in_dir(), 1);

    assert_int_equal(seg.size, 100001);
    assert_int_equal(seg.end, FIRST);
    assert_int_equal(seg.events, 0);
    assert_int_equal(seg.damaged, 0);

    mytwip_segment_close(&seg);
}


static void
segment_of_an_impossible_size_is_not_made(void **state)
{
    size_t                 i;
    static const uint64_t  sizes[] = {
        0, 1, FIRST, FIRST + 8, MYTWIP_JOURNAL_MAX_SIZE + 1, UINT64_MAX
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(sizes); i++) {
        assert_failed(mytwip_segment_create(&seg, dir, sizes[i], &err), err,
                      EINVAL, "segment of %llu bytes",
                      (unsigned long long) sizes[i]);
        assert_int_equal(seg.fd, -1);
        assert_null(seg.map);
    }

    assert_int_equal(files_in_dir(), 0);
}


static void
segment_is_not_made_without_its_directory(void **state)
{
    char  path[5000];

    (void) state;

    assert_int_equal(mytwip_segment_create(&seg, path_of("missing"), SMALL,
                                           &err), MYTWIP_JOURNAL_FAILED);
    assert_int_equal(err.sys, ENOENT);
    assert_non_null(strstr(err.text, "open(\""));
    assert_int_equal(seg.fd, -1);

    memset(path, 'd', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_failed(mytwip_segment_create(&seg, path, SMALL, &err), err,
                  ENAMETOOLONG, "journal \"%.128s\"", path);
    assert_failed(mytwip_segment_adopt(&seg, path,
                             "00000000-0000-4000-8000-000000000000.journal",
                             &err), err,
                  ENAMETOOLONG, "journal \"%.128s\"", path);
    assert_int_equal(seg.fd, -1);
}


static void
read_only_directory_is_an_error(void **state)
{
    mytwip_segment_t  held;

    (void) state;

    assert_ok(mytwip_segment_create(&held, dir, SMALL, &err));
    assert_int_equal(chmod(dir, 0555), 0);
    become_nobody();

    assert_int_equal(mytwip_segment_create(&seg, dir, SMALL, &err),
                     MYTWIP_JOURNAL_FAILED);
    assert_int_equal(err.sys, EACCES);

    /* the holder lets go all the same: another one may try */
    memcpy(name, held.name, sizeof(name));
    assert_failed(mytwip_segment_delete(&held, dir, &err), err, EACCES,
                  "unlink(\"%s\") failed", path_of(name));
    assert_int_equal(held.fd, -1);
    assert_null(held.map);

    become_root();
    assert_int_equal(chmod(dir, 0700), 0);
    assert_adopted(name, 0, 0);
}


static void
segment_of_a_living_process_is_held(void **state)
{
    int    ready[2];
    char   byte;
    pid_t  pid;

    (void) state;

    leave_segment(name, SMALL, 5);
    assert_int_equal(pipe(ready), 0);

    pid = fork_child();

    if (pid == 0) {
        if (mytwip_segment_adopt(&seg, dir, name, &err)
            != MYTWIP_JOURNAL_OK)
        {
            _exit(1);
        }

        (void) !write(ready[1], "r", 1);

        for ( ;; ) {
            (void) pause();
        }
    }

    assert_int_equal(read(ready[0], &byte, 1), 1);

    assert_int_equal(mytwip_segment_adopt(&seg, dir, name, &err),
                     MYTWIP_JOURNAL_HELD);
    assert_int_equal(seg.fd, -1);
    assert_null(seg.map);

    kill_child(pid);
    assert_adopted(name, 5, 0);

    (void) close(ready[0]);
    (void) close(ready[1]);
}


static void
own_segment_is_held_too(void **state)
{
    mytwip_segment_t  mine;

    (void) state;

    assert_ok(mytwip_segment_create(&mine, dir, SMALL, &err));
    append(&mine, 2);
    memcpy(name, mine.name, sizeof(name));

    assert_int_equal(mytwip_segment_adopt(&seg, dir, name, &err),
                     MYTWIP_JOURNAL_HELD);
    append(&mine, 1);
    mytwip_segment_close(&mine);
    assert_adopted(name, 3, 0);
}


/* A program that the process has started does not keep its locks. */

static void
lock_does_not_outlive_exec(void **state)
{
    int               ran[2];
    char              byte;
    pid_t             pid;
    mytwip_segment_t  mine;

    (void) state;

    assert_ok(mytwip_segment_create(&mine, dir, SMALL, &err));
    memcpy(name, mine.name, sizeof(name));

    assert_int_equal(pipe2(ran, O_CLOEXEC), 0);

    pid = fork_child();

    if (pid == 0) {
        (void) execl("/bin/sleep", "sleep", "60", (char *) NULL);
        _exit(1);
    }

    (void) close(ran[1]);
    assert_int_equal(read(ran[0], &byte, 1), 0);        /* exec closed it */
    (void) close(ran[0]);

    mytwip_segment_close(&mine);
    assert_adopted(name, 0, 0);

    kill_child(pid);
}


static void
deleted_segment_is_gone(void **state)
{
    mytwip_segment_t  mine;

    (void) state;

    assert_ok(mytwip_segment_create(&mine, dir, SMALL, &err));
    memcpy(name, mine.name, sizeof(name));
    assert_ok(mytwip_segment_delete(&mine, dir, &err));
    assert_int_equal(mine.fd, -1);
    assert_null(mine.map);
    assert_int_equal(files_in_dir(), 0);

    assert_int_equal(mytwip_segment_adopt(&seg, dir, name, &err),
                     MYTWIP_JOURNAL_GONE);
    assert_int_equal(seg.fd, -1);

    /* somebody else's rm is no error */
    assert_ok(mytwip_segment_create(&mine, dir, SMALL, &err));
    assert_int_equal(unlink(path_of(mine.name)), 0);
    assert_ok(mytwip_segment_delete(&mine, dir, &err));
}


static void
sealed_segment_has_only_what_is_used(void **state)
{
    int          i;
    struct stat  st;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, 7);

    for (i = 0; i < 2; i++) {
        assert_ok(mytwip_segment_seal(&seg, &err));
        assert_int_equal(stat(path_of(seg.name), &st), 0);
        assert_int_equal(st.st_size, FIRST + 7 * FRAME);
        assert_int_equal(seg.size, SMALL);
        assert_null(mytwip_segment_reserve(&seg, 8));
        assert_events(&seg, 7);
    }

    memcpy(name, seg.name, sizeof(name));
    mytwip_segment_close(&seg);
    assert_adopted(name, 7, 0);
}


static void
failed_seal_and_sync_are_told(void **state)
{
    int               fd[2];
    mytwip_event_t    event;
    mytwip_segment_t  broken;

    (void) state;

    assert_ok(mytwip_segment_create(&seg, dir, SMALL, &err));
    append(&seg, 1);
    assert_ok(mytwip_segment_sync(&seg, &err));

    /* a pipe can neither be cut nor synced */
    assert_int_equal(pipe(fd), 0);
    broken = seg;
    broken.fd = fd[1];

    assert_failed(mytwip_segment_sync(&broken, &err), err, EINVAL,
                  "fdatasync(\"%s\") failed", seg.name);
    assert_failed(mytwip_segment_seal(&broken, &err), err, EINVAL,
                  "ftruncate(\"%s\") failed", seg.name);

    /* one that could not be sealed goes on */
    event = event_of(1);
    assert_int_equal(mytwip_journal_append(&broken, &event, 1), 0);
    assert_events(&broken, 2);

    (void) close(fd[0]);
    (void) close(fd[1]);
    mytwip_segment_close(&seg);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        in_dir(new_segment_has_the_documented_bytes),
        in_dir(segment_of_an_impossible_size_is_not_made),
        in_dir(segment_is_not_made_without_its_directory),
        in_dir(read_only_directory_is_an_error),
        in_dir(segment_of_a_living_process_is_held),
        in_dir(own_segment_is_held_too),
        in_dir(lock_does_not_outlive_exec),
        in_dir(deleted_segment_is_gone),
        in_dir(sealed_segment_has_only_what_is_used),
        in_dir(failed_seal_and_sync_are_told)
    };

    return mytwip_test_run(tests);
}
