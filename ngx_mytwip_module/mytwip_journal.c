
/*
 * The journal's directory: see mytwip_journal.h.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mytwip_journal.h"


#define MYTWIP_JOURNAL_NEW_AGE    60            /* seconds */


static void mytwip_journal_discard_new(int dirfd, const char *name);
static int mytwip_journal_has_suffix(const char *name, const char *suffix);
static mytwip_journal_result_t mytwip_journal_opendir_error(const char *dir,
    mytwip_error_t *err);


mytwip_journal_result_t
mytwip_journal_scan(const char *dir, mytwip_journal_found_pt found, void *data,
    mytwip_error_t *err)
{
    DIR            *d;
    struct dirent  *de;

    d = opendir(dir);
    if (d == NULL) {
        return mytwip_journal_opendir_error(dir, err);
    }

    while ((de = readdir(d)) != NULL) {

        if (mytwip_journal_has_suffix(de->d_name, ".new")) {
            mytwip_journal_discard_new(dirfd(d), de->d_name);
            continue;
        }

        if (mytwip_journal_has_suffix(de->d_name, ".journal")
            && found(data, de->d_name) != 0)
        {
            break;
        }
    }

    (void) closedir(d);

    return MYTWIP_JOURNAL_OK;
}


mytwip_journal_result_t
mytwip_journal_usage(const char *dir, uint64_t *bytes, mytwip_error_t *err)
{
    DIR            *d;
    struct stat     st;
    struct dirent  *de;

    *bytes = 0;

    d = opendir(dir);
    if (d == NULL) {
        return mytwip_journal_opendir_error(dir, err);
    }

    while ((de = readdir(d)) != NULL) {
        if (fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(st.st_mode))
        {
            *bytes += (uint64_t) st.st_size;
        }
    }

    (void) closedir(d);

    return MYTWIP_JOURNAL_OK;
}


/*
 * What a process that died while making a segment has left; nothing was ever
 * accepted into it.  The age spares one that is just being made.
 */

static void
mytwip_journal_discard_new(int dirfd, const char *name)
{
    int          fd;
    struct stat  st;

    fd = openat(dirfd, name, O_RDWR|O_CLOEXEC|O_NOFOLLOW);
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


static int
mytwip_journal_has_suffix(const char *name, const char *suffix)
{
    size_t  len, n;

    len = strlen(name);
    n = strlen(suffix);

    return len == 36 + n && strcmp(name + 36, suffix) == 0;
}


static mytwip_journal_result_t
mytwip_journal_opendir_error(const char *dir, mytwip_error_t *err)
{
    err->line = 0;
    err->sys = errno;

    (void) snprintf(err->text, sizeof(err->text), "opendir(\"%.192s\") failed",
                    dir);

    return MYTWIP_JOURNAL_FAILED;
}
