
/*
 * The file of rules for User-Agents as a file: which are read, and what is said
 * of the others.
 */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mytwip_agent.h"


static char  directory[] = "/tmp/mytwip.agent.XXXXXX";


static void
write_file(const char *name, const char *text, size_t len, char *path)
{
    int  fd;

    (void) sprintf(path, "%s/%s", directory, name);

    fd = open(path, O_WRONLY|O_CREAT|O_TRUNC, 0600);
    assert_int_not_equal(fd, -1);

    assert_int_equal(write(fd, text, len), (ssize_t) len);
    assert_int_equal(close(fd), 0);
}


static void
a_file_is_loaded(void **state)
{
    char              path[sizeof(directory) + 32];
    mytwip_error_t    err;
    mytwip_agents_t  *agents;

    (void) state;

    write_file("rules", "bot apple\n", 10, path);

    agents = mytwip_agents_load(path, &err);
    assert_non_null(agents);
    assert_int_equal(mytwip_agent(agents, "apple", 5), MYTWIP_AGENT_BOT);
    mytwip_agents_free(agents);

    write_file("rules", "bot apple\nbot (\n", 16, path);

    assert_null(mytwip_agents_load(path, &err));
    assert_int_equal(err.line, 2);
    assert_string_equal(err.text, "column 6: missing closing parenthesis");

    assert_int_equal(unlink(path), 0);
}


static void
a_file_that_cannot_be_read_is_refused(void **state)
{
    char             path[sizeof(directory) + 32];
    mytwip_error_t   err;

    (void) state;

    (void) sprintf(path, "%s/none", directory);

    assert_null(mytwip_agents_load(path, &err));
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(err.line, 0);
    assert_string_equal(err.text, "file cannot be opened");

    assert_null(mytwip_agents_load(directory, &err));
    assert_int_equal(err.sys, 0);
    assert_string_equal(err.text, "not a regular file");

    (void) sprintf(path, "%s/fifo", directory);
    assert_int_equal(mkfifo(path, 0600), 0);

    assert_null(mytwip_agents_load(path, &err));
    assert_string_equal(err.text, "not a regular file");

    assert_int_equal(unlink(path), 0);
}


static void
the_size_of_a_file_is_limited(void **state)
{
    char              path[sizeof(directory) + 32];
    size_t            i, len;
    mytwip_error_t    err;
    mytwip_agents_t  *agents;
    static char       text[MYTWIP_AGENTS_FILE_MAX + 1];

    (void) state;

    len = MYTWIP_AGENTS_FILE_MAX;

    for (i = 0; i < len; i++) {
        text[i] = "#\n"[i % 2];
    }

    memcpy(text, "bot x\n", 6);

    write_file("large", text, len, path);

    agents = mytwip_agents_load(path, &err);
    assert_non_null(agents);
    mytwip_agents_free(agents);

    text[len] = '#';
    write_file("large", text, len + 1, path);

    assert_null(mytwip_agents_load(path, &err));
    assert_int_equal(err.line, 0);
    assert_string_equal(err.text, "file is larger than 131072 bytes");

    assert_int_equal(unlink(path), 0);
}


static int
make_directory(void **state)
{
    (void) state;

    return mkdtemp(directory) == NULL ? -1 : 0;
}


static int
remove_directory(void **state)
{
    (void) state;

    return rmdir(directory);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_file_is_loaded),
        cmocka_unit_test(a_file_that_cannot_be_read_is_refused),
        cmocka_unit_test(the_size_of_a_file_is_limited),
    };

    return mytwip_test_run_with(tests, make_directory, remove_directory);
}
