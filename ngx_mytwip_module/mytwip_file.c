
/*
 * Reads a file whole: see mytwip_file.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "mytwip_file.h"


static int mytwip_file_open(const char *path, size_t max, int secret,
    mytwip_error_t *err);
static int mytwip_file_fit(const struct stat *st, size_t max, int secret,
    mytwip_error_t *err);
static int mytwip_file_take(int fd, char *buf, size_t max, size_t *len,
    mytwip_error_t *err);


char *
mytwip_file_read(const char *path, size_t max, int secret, size_t *len,
    mytwip_error_t *err)
{
    int    fd, rc;
    char  *buf;

    fd = mytwip_file_open(path, max, secret, err);
    if (fd == -1) {
        return NULL;
    }

    /* a byte more than is allowed, to see a file that has grown meanwhile */
    buf = malloc(max + 1);

    rc = buf ? mytwip_file_take(fd, buf, max, len, err)
             : mytwip_error(err, 0, errno, "no memory to read the file");

    (void) close(fd);

    if (rc == -1) {
        if (buf) {
            OPENSSL_cleanse(buf, max + 1);
            free(buf);
        }

        return NULL;
    }

    return buf;
}


static int
mytwip_file_open(const char *path, size_t max, int secret,
    mytwip_error_t *err)
{
    int          fd;
    struct stat  st;

    /* O_NONBLOCK: a FIFO would wait for its writer */
    fd = open(path, O_RDONLY|O_CLOEXEC|O_NOCTTY|O_NONBLOCK);
    if (fd == -1) {
        return mytwip_error(err, 0, errno, "file cannot be opened");
    }

    if (fstat(fd, &st) == -1) {
        (void) mytwip_error(err, 0, errno, "fstat() of the file failed");

    } else if (mytwip_file_fit(&st, max, secret, err) == 0) {
        return fd;
    }

    (void) close(fd);

    return -1;
}


static int
mytwip_file_fit(const struct stat *st, size_t max, int secret,
    mytwip_error_t *err)
{
    if (!S_ISREG(st->st_mode)) {
        return mytwip_error(err, 0, 0, "not a regular file");
    }

    if (secret && (st->st_mode & 07)) {
        return mytwip_error(err, 0, 0, "file is open to everybody (mode %03o),"
                            " do chmod 640 or chmod 600",
                            (unsigned) (st->st_mode & 0777));
    }

    if (st->st_size > (off_t) max) {
        return mytwip_error(err, 0, 0, "file is larger than %zu bytes", max);
    }

    return 0;
}


static int
mytwip_file_take(int fd, char *buf, size_t max, size_t *len,
    mytwip_error_t *err)
{
    ssize_t  n;

    *len = 0;

    while (*len <= max) {
        n = read(fd, buf + *len, max + 1 - *len);

        if (n == 0) {
            return 0;
        }

        if (n == -1) {
            if (errno == EINTR) {
                continue;
            }

            return mytwip_error(err, 0, errno, "file cannot be read");
        }

        *len += (size_t) n;
    }

    return mytwip_error(err, 0, 0, "file is larger than %zu bytes", max);
}
