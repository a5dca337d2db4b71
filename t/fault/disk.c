
/*
 * The disk that loses its power: see disk.h.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"


static disk_file_t *disk_find(const char *path, int add);
static void disk_change(const char *path, disk_change_t change,
    uint64_t size);
static void disk_apply(disk_t *d, const disk_pending_t *change);
static void disk_mix(disk_file_t *file, const char *dir, uint64_t *seed,
    unsigned grain);
static void disk_store(const disk_file_t *file, const char *dir,
    const char *suffix);


disk_t  *disk;


void
disk_created(const char *path)
{
    (void) disk_find(path, 1);
    disk_change(path, DISK_CREATE, 0);
}


void
disk_renamed(const char *path)
{
    disk_change(path, DISK_RENAME, 0);
}


void
disk_unlinked(const char *path)
{
    disk_change(path, strstr(path, ".new") ? DISK_UNLINK_NEW : DISK_UNLINK, 0);
}


void
disk_resized(const char *path, uint64_t size)
{
    disk_change(path, DISK_SIZE, size);
}


void
disk_synced(const char *path, int fd)
{
    unsigned        i, n, id;
    ssize_t         len;
    struct stat     st;
    disk_file_t    *file;

    file = disk_find(path, 0);
    if (file == NULL || fstat(fd, &st) == -1) {
        return;
    }

    memset(file->data, 0, sizeof(file->data));
    len = pread(fd, file->data, sizeof(file->data), 0);

    if (len != st.st_size) {
        abort();
    }

    file->size = (uint64_t) st.st_size;
    id = (unsigned) (file - disk->file);
    n = 0;

    for (i = 0; i < disk->pending; i++) {
        if (disk->change[i].change != DISK_SIZE
            || disk->change[i].file != id)
        {
            disk->change[n++] = disk->change[i];
        }
    }

    disk->pending = n;
}


void
disk_synced_dir(void)
{
    unsigned  i, n;

    if (disk == NULL) {
        return;
    }

    n = 0;

    for (i = 0; i < disk->pending; i++) {
        if (disk->change[i].change == DISK_SIZE) {
            disk->change[n++] = disk->change[i];

        } else {
            disk_apply(disk, &disk->change[i]);
        }
    }

    disk->pending = n;
}


void
disk_write_back(const char *dir, uint64_t *seed)
{
    unsigned  i;

    for (i = 0; i < disk->n; i++) {
        disk_mix(&disk->file[i], dir, seed, 4096);
    }
}


void
disk_lose_power(const char *from, const char *to, uint64_t *seed)
{
    unsigned       i, grain;
    static disk_t  left;

    left = *disk;

    for (i = 0; i < left.pending; i++) {
        if (random_below(seed, 2)) {
            disk_apply(&left, &left.change[i]);
        }
    }

    for (i = 0; i < left.n; i++) {

        /* most disks write a page whole, and some only a sector */
        grain = random_below(seed, 2) ? 4096 : 512;
        disk_mix(&left.file[i], from, seed, grain);

        if (left.file[i].as_new) {
            disk_store(&left.file[i], to, ".new");
        }

        if (left.file[i].as_journal) {
            disk_store(&left.file[i], to, ".journal");
        }
    }
}


static disk_file_t *
disk_find(const char *path, int add)
{
    unsigned      i;
    const char   *name;
    disk_file_t  *file;

    name = strrchr(path, '/');
    name = name ? name + 1 : path;

    if (disk == NULL || strlen(name) < DISK_NAME) {
        return NULL;
    }

    for (i = 0; i < disk->n; i++) {
        if (strncmp(disk->file[i].name, name, DISK_NAME) == 0) {
            return &disk->file[i];
        }
    }

    if (!add) {
        return NULL;
    }

    if (disk->n == DISK_FILES) {
        abort();
    }

    file = &disk->file[disk->n++];
    memset(file, 0, sizeof(disk_file_t));
    memcpy(file->name, name, DISK_NAME);

    return file;
}


static void
disk_change(const char *path, disk_change_t change, uint64_t size)
{
    disk_file_t  *file;

    file = disk_find(path, 0);
    if (file == NULL) {
        return;
    }

    if (disk->pending == DISK_PENDING || size > DISK_FILE_MAX) {
        abort();
    }

    disk->change[disk->pending].change = change;
    disk->change[disk->pending].file = (unsigned) (file - disk->file);
    disk->change[disk->pending].size = size;
    disk->pending++;
}


static void
disk_apply(disk_t *d, const disk_pending_t *change)
{
    disk_file_t  *file;

    file = &d->file[change->file];

    switch (change->change) {

    case DISK_CREATE:
        file->as_new = 1;
        break;

    case DISK_RENAME:
        /* of a name that is not there it is the new name that is lost */
        file->as_journal = file->as_new;
        file->as_new = 0;
        break;

    case DISK_UNLINK_NEW:
        file->as_new = 0;
        break;

    case DISK_UNLINK:
        file->as_journal = 0;
        break;

    case DISK_SIZE:
        if (change->size < file->size) {
            memset(file->data + change->size, 0, file->size - change->size);
        }

        file->size = change->size;
        break;
    }
}


/* Gives the file a random part of what is in memory of it. */

static void
disk_mix(disk_file_t *file, const char *dir, uint64_t *seed, unsigned grain)
{
    int             fd;
    char            path[128];
    ssize_t         len;
    uint64_t        at, end;
    static uint8_t  data[DISK_FILE_MAX];

    (void) snprintf(path, sizeof(path), "%s/%s.journal", dir, file->name);

    fd = open(path, O_RDONLY|O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    len = pread(fd, data, sizeof(data), 0);
    (void) close(fd);

    for (at = 0; (ssize_t) at < len; at += grain) {
        if (random_below(seed, 2)) {
            end = at + grain < (uint64_t) len ? at + grain : (uint64_t) len;
            memcpy(file->data + at, data + at, end - at);
        }
    }
}


static void
disk_store(const disk_file_t *file, const char *dir, const char *suffix)
{
    int   fd;
    char  path[128];

    (void) snprintf(path, sizeof(path), "%s/%s%s", dir, file->name, suffix);

    fd = open(path, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);

    if (fd == -1
        || pwrite(fd, file->data, file->size, 0) != (ssize_t) file->size)
    {
        abort();
    }

    (void) close(fd);
}


/* xorshift*: the same on every machine. */

uint64_t
random_next(uint64_t *seed)
{
    uint64_t  x;

    x = *seed ? *seed : 1;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *seed = x;

    return x * UINT64_C(0x2545f4914f6cdd1d);
}


unsigned
random_below(uint64_t *seed, unsigned n)
{
    return (unsigned) ((random_next(seed) >> 33) % n);
}
