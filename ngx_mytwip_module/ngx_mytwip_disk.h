
/*
 * What the journal does on the disk, each a job in nginx's thread pool:
 * making a segment, flushing, adopting what others left, deleting.  There is
 * one job of a kind, which is either idle or under way.
 */

#ifndef _NGX_MYTWIP_DISK_H_INCLUDED_
#define _NGX_MYTWIP_DISK_H_INCLUDED_


#include "ngx_mytwip_journal.h"


#define NGX_MYTWIP_DISK_SEGMENTS  16        /* in one job */


typedef enum {
    NGX_MYTWIP_DISK_GROW = 0,
    NGX_MYTWIP_DISK_FLUSH,
    NGX_MYTWIP_DISK_ADOPT,
    NGX_MYTWIP_DISK_DELETE,
    NGX_MYTWIP_DISK_JOBS
} ngx_mytwip_disk_kind_t;


typedef struct {
    ngx_mytwip_segment_t     *owner;        /* of s, where it has one */
    mytwip_segment_t          s;
    unsigned                  sync:1;
    unsigned                  seal:1;
    mytwip_journal_result_t   result;
    mytwip_error_t            error;
} ngx_mytwip_disk_segment_t;


typedef struct ngx_mytwip_disk_job_s  ngx_mytwip_disk_job_t;

typedef void (*ngx_mytwip_disk_done_pt)(ngx_mytwip_disk_job_t *job);

struct ngx_mytwip_disk_job_s {
    ngx_mytwip_disk_kind_t      kind;
    ngx_mytwip_journal_conf_t  *conf;
    ngx_mytwip_disk_done_pt     done;       /* in the event loop */

    mytwip_journal_result_t     result;     /* of the whole job */
    mytwip_error_t              error;

    ngx_uint_t                  n;          /* segments in and out */
    ngx_mytwip_disk_segment_t   segment[NGX_MYTWIP_DISK_SEGMENTS];
};


/* Makes the jobs. */
ngx_int_t ngx_mytwip_disk_init(ngx_cycle_t *cycle,
    ngx_mytwip_journal_conf_t *conf);

/* Returns the job, emptied, or NULL if it is under way. */
ngx_mytwip_disk_job_t *ngx_mytwip_disk_job(ngx_mytwip_disk_kind_t kind);

/* Starts it; NGX_ERROR if the thread pool takes no more. */
ngx_int_t ngx_mytwip_disk_post(ngx_mytwip_disk_job_t *job,
    ngx_mytwip_disk_done_pt done);

/* Does it here and now, where blocking is no harm, and calls nobody. */
void ngx_mytwip_disk_run(ngx_mytwip_disk_job_t *job, ngx_log_t *log);

/* Logs what failed. */
void ngx_mytwip_disk_error(ngx_log_t *log, ngx_uint_t level,
    mytwip_error_t *error);


#endif /* _NGX_MYTWIP_DISK_H_INCLUDED_ */
