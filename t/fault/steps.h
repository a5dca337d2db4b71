
/*
 * The journal's system calls as steps: each may be the one at which the
 * process is killed, or that fails.  routed.c compiles the journal so that it
 * calls these instead; the stores of an append are steps as well.
 */

#ifndef _MYTWIP_FAULT_STEPS_H_INCLUDED_
#define _MYTWIP_FAULT_STEPS_H_INCLUDED_


#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>


typedef enum {
    STEP_OPEN = 0,
    STEP_CREATE,
    STEP_CLOSE,
    STEP_FLOCK,
    STEP_FALLOCATE,
    STEP_PWRITE,
    STEP_PREAD,
    STEP_MMAP,
    STEP_MUNMAP,
    STEP_FSYNC,
    STEP_FDATASYNC,
    STEP_TRUNCATE,
    STEP_STAT,
    STEP_RENAME,
    STEP_UNLINK,
    STEP_OPENDIR,
    STEP_READDIR,
    STEP_RANDOM,
    STEP_ENCODE,
    STEP_COMMIT
} step_call_t;


typedef enum {
    PLAN_RUN = 0,           /* nothing happens; the steps are counted */
    PLAN_EXIT,              /* _exit() instead of the step */
    PLAN_KILL,              /* SIGKILL instead of the step */
    PLAN_FAIL,              /* the step fails, once */
    PLAN_FAIL_ALL           /* and so do all later steps of its kind */
} plan_kind_t;


typedef struct {
    plan_kind_t    kind;
    unsigned       at;                  /* the step, from 0 */
    int            error;               /* errno of a failure */

    /* a page that the disk cannot read: its file's name, and where it is */
    char           bad[64];
    int64_t        bad_page;

    /* called before the step, instead of an end of the process */
    void         (*race)(void *data, step_call_t call);
    void          *data;
} plan_t;


/* Begins to count, with a seed for what getrandom() gives. */
void steps_begin(const plan_t *plan, uint64_t seed);

/* Steps so far, and how many of them failed. */
unsigned steps_done(void);
unsigned steps_failed(void);

/* Whether such a call has failed, for good, since so many had failed. */
int steps_failed_at(step_call_t call, unsigned failed);

/* Descriptors and mappings that the journal has now. */
int steps_open_files(void);
int steps_mappings(void);

/* The calls of the steps in a run, for up to max of them. */
void steps_trace(uint8_t *calls, unsigned max);

/* Whether a process that dies there leaves anything new behind. */
int step_changes_something(step_call_t call);

/* An errno that the call may give, or 0. */
int step_error(step_call_t call, unsigned which);


/* A step without a system call: a store into the mapping comes next. */
void step_store(step_call_t call);

int step_open(const char *path, int flags, ...);
int step_openat(int at, const char *path, int flags, ...);
int step_close(int fd);
int step_flock(int fd, int operation);
int step_posix_fallocate(int fd, off_t from, off_t len);
ssize_t step_pwrite(int fd, const void *data, size_t len, off_t at);
ssize_t step_pread(int fd, void *data, size_t len, off_t at);
void *step_mmap(void *addr, size_t len, int prot, int flags, int fd,
    off_t at);
int step_munmap(void *addr, size_t len);
int step_fsync(int fd);
int step_fdatasync(int fd);
int step_ftruncate(int fd, off_t len);
int step_fstat(int fd, struct stat *st);
int step_fstatat(int at, const char *path, struct stat *st, int flags);
int step_rename(const char *from, const char *to);
int step_unlink(const char *path);
int step_unlinkat(int at, const char *path, int flags);
DIR *step_opendir(const char *path);
struct dirent *step_readdir(DIR *dir);
int step_closedir(DIR *dir);
ssize_t step_getrandom(void *data, size_t len, unsigned flags);


#endif /* _MYTWIP_FAULT_STEPS_H_INCLUDED_ */
