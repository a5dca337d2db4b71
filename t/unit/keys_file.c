
/*
 * The key file as a file: which are read, and what is said of the others.
 * Everything is made in a directory of its own.
 */

#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mytwip_keys.h"


#define SECRET   "5ec2e75ec2e75ec2e75ec2e75ec2e75e"                           \
                 "c2e75ec2e75ec2e75ec2e75ec2e75ec2"
#define SECRET2  "000102030405060708090a0b0c0d0e0f"                           \
                 "101112131415161718191a1b1c1d1e1f"


static char  dir[] = "/tmp/mytwip_keys_XXXXXX";
static char  file[64];


static void
write_file(const char *text, size_t len, mode_t mode)
{
    FILE  *f;

    f = fopen(file, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(file, mode), 0);
}


static void
assert_load_refused(const char *path, unsigned line, int sys,
    const char *error)
{
    mytwip_error_t  err;

    memset(&err, 0x5a, sizeof(err));

    assert_null(mytwip_keys_load(path, &err));
    assert_string_equal(err.text, error);
    assert_int_equal(err.line, line);
    assert_int_equal(err.sys, sys);
}


static int
make_dir(void **state)
{
    (void) state;

    if (mkdtemp(dir) == NULL) {
        return -1;
    }

    (void) snprintf(file, sizeof(file), "%s/keys", dir);

    return 0;
}


static int
remove_dir(void **state)
{
    (void) state;

    return rmdir(dir);
}


static int
remove_file(void **state)
{
    (void) state;

    return unlink(file);
}


static void
file_of_owner_or_group_is_read(void **state)
{
    size_t                i;
    mytwip_keys_t        *keys;
    mytwip_error_t        err;
    static const char     text[] = "9:" SECRET "\n3:" SECRET2 "\n";
    static const mode_t   modes[] = { 0600, 0640, 0400, 0440, 0660, 0700 };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(modes); i++) {
        write_file(text, strlen(text), modes[i]);

        keys = mytwip_keys_load(file, &err);
        assert_non_null(keys);
        assert_int_equal(keys->n, 2);
        assert_int_equal(keys->key[0].id, 9);
        assert_int_equal(keys->key[1].id, 3);

        mytwip_keys_free(keys);
        assert_int_equal(unlink(file), 0);
    }

    write_file(text, strlen(text), 0600);
}


static void
file_open_to_everybody_is_refused(void **state)
{
    mode_t             bit;
    char               error[MYTWIP_ERROR_LEN];
    static const char  text[] = "1:" SECRET "\n";

    (void) state;

    for (bit = 1; bit <= 7; bit++) {
        write_file(text, strlen(text), 0640 | bit);

        (void) snprintf(error, sizeof(error), "file is open to everybody (mode"
                        " 64%o), do chmod 640 or chmod 600", (unsigned) bit);

        assert_load_refused(file, 0, 0, error);
    }
}


static void
error_in_a_file_has_its_line(void **state)
{
    static const char  text[] = "1:" SECRET "\n# old\n1:" SECRET2 "\n";

    (void) state;

    write_file(text, strlen(text), 0600);
    assert_load_refused(file, 3, 0, "key id 1 is there twice");
}


static void
file_that_is_not_there_is_refused_with_errno(void **state)
{
    (void) state;

    assert_load_refused(file, 0, ENOENT, "file cannot be opened");
}


static void
directory_is_refused(void **state)
{
    (void) state;

    assert_load_refused(dir, 0, 0, "not a regular file");
}


/* Nobody writes to it: one that opened it as a file would wait for ever. */

static void
fifo_is_refused_at_once(void **state)
{
    (void) state;

    assert_int_equal(mkfifo(file, 0600), 0);
    (void) alarm(10);
    assert_load_refused(file, 0, 0, "not a regular file");
    (void) alarm(0);
}


static void
file_too_large_is_refused(void **state)
{
    size_t             i;
    mytwip_keys_t     *keys;
    mytwip_error_t     err;
    static char        text[65536 + 1];
    static const char  key[] = "1:" SECRET "\n";

    (void) state;

    memset(text, '#', sizeof(text));

    for (i = 1000; i < sizeof(text); i += 1000) {
        text[i] = '\n';
    }

    memcpy(text, key, sizeof(key) - 1);

    write_file(text, 65536, 0600);
    keys = mytwip_keys_load(file, &err);
    assert_non_null(keys);
    mytwip_keys_free(keys);

    write_file(text, 65537, 0600);
    assert_load_refused(file, 0, 0, "file is larger than 65536 bytes");
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test_teardown(file_of_owner_or_group_is_read, remove_file),
        cmocka_unit_test_teardown(file_open_to_everybody_is_refused,
                                  remove_file),
        cmocka_unit_test_teardown(error_in_a_file_has_its_line, remove_file),
        cmocka_unit_test(file_that_is_not_there_is_refused_with_errno),
        cmocka_unit_test(directory_is_refused),
        cmocka_unit_test_teardown(fifo_is_refused_at_once, remove_file),
        cmocka_unit_test_teardown(file_too_large_is_refused, remove_file)
    };

    return mytwip_test_run_with(tests, make_dir, remove_dir);
}
