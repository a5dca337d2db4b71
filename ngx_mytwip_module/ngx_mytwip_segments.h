
/*
 * What the parts of the journal share: ngx_mytwip_journal.c appends,
 * ngx_mytwip_flush.c flushes, ngx_mytwip_upkeep.c renews, adopts and deletes.
 * Nobody else includes this.
 */

#ifndef _NGX_MYTWIP_SEGMENTS_H_INCLUDED_
#define _NGX_MYTWIP_SEGMENTS_H_INCLUDED_


#include "ngx_mytwip_disk.h"


#define NGX_MYTWIP_TICK  1000           /* milliseconds */


typedef struct {
    ngx_mytwip_journal_conf_t  *conf;
    ngx_log_t                  *log;
    void                      (*appended)(ngx_uint_t n);

    ngx_mytwip_segment_t       *current;
    ngx_mytwip_segment_t       *spare;
    ngx_queue_t                 segments;       /* all but the spare */

    ngx_queue_t                 waiting;        /* for the next flush */
    ngx_queue_t                 flushing;       /* for the one under way */
    ngx_event_t                 flush;
    ngx_event_t                 hold;           /* the process, for waiters */
    ngx_event_t                 tick;

    uint64_t                    shed;           /* since there is no room */
    uint64_t                    serial;         /* of the current segment */
    uint64_t                    broken;         /* the last that a flush failed */
    unsigned                    failed:1;       /* to make a segment */
    unsigned                    unread:1;       /* the directory, and logged */
    unsigned                    told:1;         /* and that was logged */
} ngx_mytwip_journal_t;


extern ngx_mytwip_journal_t  ngx_mytwip_journal;


/* Makes the spare segment the current one; NULL if there is none. */
ngx_mytwip_segment_t *ngx_mytwip_journal_turn(void);

/* Has a spare segment made. */
void ngx_mytwip_journal_grow(void);

/* A segment of this process; NULL, with s closed, without memory. */
ngx_mytwip_segment_t *ngx_mytwip_journal_new(mytwip_segment_t *s);

/* Nothing is appended to it from now on. */
void ngx_mytwip_journal_finish(ngx_mytwip_segment_t *seg);

/* Brings the status in step with the segments. */
void ngx_mytwip_journal_gauges(void);

/* Flushes and seals what needs it; does nothing while that is under way. */
void ngx_mytwip_journal_flush(void);
void ngx_mytwip_journal_flush_handler(ngx_event_t *ev);
void ngx_mytwip_journal_hold_handler(ngx_event_t *ev);

void ngx_mytwip_journal_tick(ngx_event_t *ev);
void ngx_mytwip_journal_adopt(void);


#endif /* _NGX_MYTWIP_SEGMENTS_H_INCLUDED_ */
