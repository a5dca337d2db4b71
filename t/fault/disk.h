
/*
 * A disk that loses its power: what of the journal's directory is sure to be
 * on it, by the words of POSIX, and what is only under way.
 *
 * A file's bytes are sure after fsync() or fdatasync() of it, names after
 * fsync() of the directory.  All else may be there or not, in any mixture of
 * pages and of changes to the directory.
 */

#ifndef _MYTWIP_FAULT_DISK_H_INCLUDED_
#define _MYTWIP_FAULT_DISK_H_INCLUDED_


#include <stdint.h>


#define DISK_FILES     24
#define DISK_FILE_MAX  (6 * 4096)
#define DISK_PENDING   256
#define DISK_NAME      36               /* of a segment, without the suffix */


typedef enum {
    DISK_CREATE = 0,                    /* as NAME.new */
    DISK_RENAME,                        /* to NAME.journal */
    DISK_UNLINK_NEW,
    DISK_UNLINK,
    DISK_SIZE
} disk_change_t;


typedef struct {
    char            name[DISK_NAME + 1];
    int             as_new;             /* which of its names it has */
    int             as_journal;
    uint64_t        size;
    uint8_t         data[DISK_FILE_MAX];
} disk_file_t;


typedef struct {
    disk_change_t   change;
    unsigned        file;
    uint64_t        size;
} disk_pending_t;


typedef struct {
    unsigned        n;
    disk_file_t     file[DISK_FILES];

    unsigned        pending;
    disk_pending_t  change[DISK_PENDING];
} disk_t;


/* The disk that the steps write to, or NULL. */
extern disk_t  *disk;


/* What the steps did: path is a file's of the journal, or is ignored. */
void disk_created(const char *path);
void disk_renamed(const char *path);
void disk_unlinked(const char *path);
void disk_resized(const char *path, uint64_t size);
void disk_synced(const char *path, int fd);
void disk_synced_dir(void);

/* The kernel writes some pages in its own time. */
void disk_write_back(const char *dir, uint64_t *seed);

/* What a power loss leaves of the journal in from, written to a new to. */
void disk_lose_power(const char *from, const char *to, uint64_t *seed);


/* The random numbers of all that is made up here. */
uint64_t random_next(uint64_t *seed);
unsigned random_below(uint64_t *seed, unsigned n);


#endif /* _MYTWIP_FAULT_DISK_H_INCLUDED_ */
