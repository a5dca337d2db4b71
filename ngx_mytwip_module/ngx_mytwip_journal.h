
/*
 * The journal in a worker process: the segment it appends to, a spare one made
 * ahead of need, and those that wait to be shipped or to be deleted, its own
 * and adopted ones.  Handlers append; the shipper reads and says how far the
 * database has come.  Nothing here blocks the event loop: what touches the
 * disk is a job of ngx_mytwip_disk.c.
 */

#ifndef _NGX_MYTWIP_JOURNAL_H_INCLUDED_
#define _NGX_MYTWIP_JOURNAL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>

#include "mytwip_journal.h"


#define NGX_MYTWIP_SYNC_OFF       0
#define NGX_MYTWIP_SYNC_INTERVAL  1
#define NGX_MYTWIP_SYNC_ALWAYS    2


typedef struct {
    ngx_path_t         *path;
    size_t              segment;            /* bytes */
    off_t               max;                /* bytes, of all segments */
    ngx_uint_t          sync;               /* NGX_MYTWIP_SYNC_* */
    ngx_msec_t          interval;           /* between flushes */
    ngx_msec_t          retain;             /* after all is stored */
    ngx_thread_pool_t  *pool;
} ngx_mytwip_journal_conf_t;


typedef struct {
    ngx_queue_t         queue;
    mytwip_segment_t    s;
    uint64_t            mark;               /* bytes the database has */
    uint32_t            stored;             /* events before the mark */
    ngx_msec_t          first;              /* when it got its first event */
    ngx_msec_t          done;               /* when it was complete */
    ngx_msec_t          confirmed;          /* when the mark was told */
    ngx_msec_t          age;                /* if it was so when adopted */
    ngx_uint_t          jobs;               /* on the disk, that use it */
    uint64_t            serial;             /* in the order of being current */
    unsigned            known:1;            /* the database told the mark */
    unsigned            finished:1;         /* nothing is appended any more */
    unsigned            complete:1;         /* finished, and all is stored */
    unsigned            sealed:1;
    unsigned            dirty:1;            /* has what was not flushed */
} ngx_mytwip_segment_t;


/* Somebody who waits for the disk to have what was appended before. */

typedef struct {
    ngx_queue_t         queue;
    void              (*handler)(void *data, ngx_int_t rc);
    void               *data;
    uint64_t            serial;             /* of the segment it is in */
    unsigned            waiting:1;
} ngx_mytwip_sync_t;


/*
 * Begins and ends with the process; appended() is called after each append
 * with the number of events, and for an adopted segment with 0.
 */
void ngx_mytwip_journal_init(ngx_cycle_t *cycle,
    ngx_mytwip_journal_conf_t *conf, void (*appended)(ngx_uint_t n));
void ngx_mytwip_journal_exit(ngx_cycle_t *cycle);

/*
 * Accepts n events, all or none.  Returns NGX_OK: they outlive this process;
 * NGX_DECLINED: there is no room, and they are counted as shed; or NGX_ABORT:
 * all together are more than a segment can hold, now or ever.
 */
ngx_int_t ngx_mytwip_journal_append(mytwip_event_t *event, ngx_uint_t n);

/* Whether an answer has to wait for ngx_mytwip_journal_sync(). */
ngx_uint_t ngx_mytwip_journal_always(void);

/*
 * Calls the waiter's handler when all that was appended so far is on the disk
 * (NGX_OK), or the disk has failed (NGX_ERROR).  Forget takes a waiter back;
 * it is fit for a cleanup handler.
 */
void ngx_mytwip_journal_note(ngx_mytwip_sync_t *waiter);
void ngx_mytwip_journal_sync(ngx_mytwip_sync_t *waiter);
void ngx_mytwip_journal_forget(void *waiter);


/* The shipper's: the segments, oldest first. */
ngx_queue_t *ngx_mytwip_journal_segments(void);

/* Where the last event is: its segment, and where it ends in it. */
ngx_mytwip_segment_t *ngx_mytwip_journal_last(uint64_t *position);

/* Whether events are appended to this segment. */
ngx_uint_t ngx_mytwip_journal_current(ngx_mytwip_segment_t *seg);

/* Notes how far the database has the segment. */
void ngx_mytwip_journal_mark(ngx_mytwip_segment_t *seg, uint64_t mark);

/* The marks are to be asked for again. */
void ngx_mytwip_journal_doubt(void);


#endif /* _NGX_MYTWIP_JOURNAL_H_INCLUDED_ */
