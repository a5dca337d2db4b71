
/*
 * The journal in a worker process: see ngx_mytwip_journal.h.
 *
 * A segment is at first the spare, then the current one, then finished: when
 * it is full, or old and wholly stored, so that no event lies in the journal
 * for long.  A finished segment is kept for "retain" after the database has
 * all of it, as a database that fails over may have lost its last seconds;
 * and it is deleted only while the database confirms that it still has it.
 */

#include "ngx_mytwip_segments.h"
#include "ngx_mytwip_zone.h"


/* the part of the current segment at which the next one is made */
#define NGX_MYTWIP_AHEAD    4

/* the part of it that is kept for unsubscribing when there is no next one */
#define NGX_MYTWIP_RESERVE  16


static void ngx_mytwip_journal_timer(ngx_event_t *ev,
    ngx_event_handler_pt handler);
static ngx_inline ngx_uint_t ngx_mytwip_journal_reserved(
    ngx_mytwip_segment_t *seg, mytwip_event_t *event);
static ngx_uint_t ngx_mytwip_journal_fits(mytwip_event_t *event,
    ngx_uint_t n);
static void ngx_mytwip_journal_soil(ngx_mytwip_segment_t *seg);
static void ngx_mytwip_journal_shed(ngx_uint_t n);
static void ngx_mytwip_journal_again(void);
static void ngx_mytwip_journal_settle(ngx_mytwip_segment_t *seg);
static void ngx_mytwip_journal_grown(ngx_mytwip_disk_job_t *job);


ngx_mytwip_journal_t  ngx_mytwip_journal;


void
ngx_mytwip_journal_init(ngx_cycle_t *cycle, ngx_mytwip_journal_conf_t *conf,
    void (*appended)(ngx_uint_t n))
{
    ngx_mytwip_journal_t   *j = &ngx_mytwip_journal;
    ngx_mytwip_disk_job_t  *job;

    j->conf = conf;
    j->log = cycle->log;
    j->appended = appended;

    ngx_queue_init(&j->segments);
    ngx_queue_init(&j->waiting);
    ngx_queue_init(&j->flushing);

    ngx_mytwip_journal_timer(&j->flush, ngx_mytwip_journal_flush_handler);
    ngx_mytwip_journal_timer(&j->tick, ngx_mytwip_journal_tick);
    ngx_mytwip_journal_timer(&j->hold, ngx_mytwip_journal_hold_handler);
    j->hold.cancelable = 0;

    /* there is no request yet that this could hold up */

    job = ngx_mytwip_disk_job(NGX_MYTWIP_DISK_GROW);

    ngx_mytwip_disk_run(job, cycle->log);
    ngx_mytwip_journal_grown(job);

    ngx_mytwip_journal_adopt();

    ngx_add_timer(&j->tick, NGX_MYTWIP_TICK);
}


static void
ngx_mytwip_journal_timer(ngx_event_t *ev, ngx_event_handler_pt handler)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    ev->handler = handler;
    ev->data = j;
    ev->log = j->log;
    ev->cancelable = 1;
}


/* Nobody is served any more: the disk may be waited for. */

void
ngx_mytwip_journal_exit(ngx_cycle_t *cycle)
{
    ngx_queue_t           *q;
    mytwip_error_t         err;
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    if (j->conf == NULL) {
        return;
    }

    if (j->spare) {
        ngx_queue_insert_tail(&j->segments, &j->spare->queue);
    }

    if (ngx_mytwip_worker->pending) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                      "%uL events stay in journal \"%V\"",
                      ngx_mytwip_worker->pending, &j->conf->path->name);
    }

    while (!ngx_queue_empty(&j->segments)) {
        q = ngx_queue_head(&j->segments);
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        ngx_queue_remove(q);

        if (seg->s.end == MYTWIP_JOURNAL_HEADER && !seg->s.damaged) {
            (void) mytwip_segment_delete(&seg->s,
                                         (char *) j->conf->path->name.data,
                                         &err);
            ngx_free(seg);
            continue;
        }

        if ((seg->dirty && j->conf->sync != NGX_MYTWIP_SYNC_OFF
             && mytwip_segment_sync(&seg->s, &err) != MYTWIP_JOURNAL_OK)
            || (!seg->sealed
                && mytwip_segment_seal(&seg->s, &err) != MYTWIP_JOURNAL_OK))
        {
            ngx_mytwip_disk_error(cycle->log, NGX_LOG_ERR, &err);
        }

        mytwip_segment_close(&seg->s);
        ngx_free(seg);
    }
}


ngx_int_t
ngx_mytwip_journal_append(mytwip_event_t *event, ngx_uint_t n)
{
    uint64_t               end;
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_worker_t   *worker;

    seg = ngx_mytwip_journal.current;
    end = seg ? seg->s.end : 0;

    if (seg == NULL
        || ngx_mytwip_journal_reserved(seg, event)
        || mytwip_journal_append(&seg->s, event, n) != 0)
    {
        if (!ngx_mytwip_journal_fits(event, n)) {
            return NGX_ABORT;
        }

        seg = ngx_mytwip_journal_turn();

        if (seg == NULL || mytwip_journal_append(&seg->s, event, n) != 0) {
            ngx_mytwip_journal_shed(n);
            return NGX_DECLINED;
        }

        end = MYTWIP_JOURNAL_HEADER;
    }

    if (!seg->dirty) {
        ngx_mytwip_journal_soil(seg);
    }

    if (ngx_mytwip_journal.shed && ngx_mytwip_journal.spare) {
        ngx_mytwip_journal_again();
    }

    if (ngx_mytwip_journal.spare == NULL
        && seg->s.end >= seg->s.size / NGX_MYTWIP_AHEAD)
    {
        ngx_mytwip_journal_grow();
    }

    worker = ngx_mytwip_worker;

    worker->count.accepted += n;
    worker->pending += n;
    worker->pending_bytes += seg->s.end - end;

    if (worker->oldest == 0) {
        worker->oldest = event->time;
    }

    ngx_mytwip_journal.appended(n);

    return NGX_OK;
}


/*
 * Whether what room there is is for others: the last segment's end is kept for
 * what readers ask for, whatever else is shed.
 */

static ngx_inline ngx_uint_t
ngx_mytwip_journal_reserved(ngx_mytwip_segment_t *seg, mytwip_event_t *event)
{
    return ngx_mytwip_journal.spare == NULL
           && seg->s.size - seg->s.end < seg->s.size / NGX_MYTWIP_RESERVE
           && (event->kind == MYTWIP_EVENT_OPEN
               || event->kind == MYTWIP_EVENT_TRAP
               || event->kind == MYTWIP_EVENT_ACTIVITY);
}


/* Whether an empty segment has room: if not, none is used up for it. */

static ngx_uint_t
ngx_mytwip_journal_fits(mytwip_event_t *event, ngx_uint_t n)
{
    size_t      size;
    ngx_uint_t  i;

    size = MYTWIP_JOURNAL_HEADER + MYTWIP_JOURNAL_FRAME;

    for (i = 0; i < n; i++) {
        size += mytwip_event_size(&event[i]);
    }

    return size <= ngx_mytwip_journal.conf->segment;
}


/* Notes that the segment has to be flushed, and later to be renewed. */

static void
ngx_mytwip_journal_soil(ngx_mytwip_segment_t *seg)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    seg->dirty = 1;

    if (seg->first == 0) {
        /* never 0: that is a segment without events */
        seg->first = ngx_current_msec | 1;
    }

    if (j->conf->sync == NGX_MYTWIP_SYNC_INTERVAL && !j->flush.timer_set) {
        ngx_add_timer(&j->flush, j->conf->interval);
    }
}


/* Makes the spare segment the current one; NULL if there is none. */

ngx_mytwip_segment_t *
ngx_mytwip_journal_turn(void)
{
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    seg = j->spare;

    if (seg == NULL) {
        ngx_mytwip_journal_grow();
        return NULL;
    }

    if (j->current) {
        ngx_mytwip_journal_finish(j->current);
    }

    if (j->shed) {
        ngx_mytwip_journal_again();
    }

    j->spare = NULL;
    j->current = seg;
    seg->serial = ++j->serial;

    ngx_queue_insert_tail(&j->segments, &seg->queue);

    return seg;
}


static void
ngx_mytwip_journal_shed(ngx_uint_t n)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    if (j->shed == 0) {
        ngx_log_error(NGX_LOG_ERR, j->log, 0,
                      "journal \"%V\" has no room, events are shed",
                      &j->conf->path->name);
    }

    j->shed += n;
    ngx_mytwip_worker->count.shed += n;
}


static void
ngx_mytwip_journal_again(void)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    ngx_log_error(NGX_LOG_WARN, j->log, 0,
                  "journal takes events again, %uL were shed", j->shed);

    j->shed = 0;
}


void
ngx_mytwip_journal_finish(ngx_mytwip_segment_t *seg)
{
    seg->finished = 1;

    ngx_mytwip_journal_settle(seg);
}


/* Brings what follows from the mark in step with it. */

static void
ngx_mytwip_journal_settle(ngx_mytwip_segment_t *seg)
{
    mytwip_event_t  event;

    if (seg->mark >= seg->s.end) {
        seg->stored = seg->s.events;

        if (seg->finished && !seg->complete) {
            seg->complete = 1;
            seg->done = ngx_current_msec - seg->age;
        }

        return;
    }

    seg->complete = 0;

    if (seg->known) {
        /* it is still being stored, or again */
        seg->age = 0;
    }

    if (mytwip_journal_next(&seg->s, seg->mark, &event) == 1) {
        seg->stored = event.number;
    }
}


ngx_uint_t
ngx_mytwip_journal_always(void)
{
    return ngx_mytwip_journal.conf->sync == NGX_MYTWIP_SYNC_ALWAYS;
}


ngx_queue_t *
ngx_mytwip_journal_segments(void)
{
    return &ngx_mytwip_journal.segments;
}


ngx_mytwip_segment_t *
ngx_mytwip_journal_last(uint64_t *position)
{
    ngx_mytwip_segment_t  *seg;

    seg = ngx_mytwip_journal.current;

    *position = seg->s.end;

    return seg;
}


ngx_uint_t
ngx_mytwip_journal_current(ngx_mytwip_segment_t *seg)
{
    return seg == ngx_mytwip_journal.current;
}


void
ngx_mytwip_journal_mark(ngx_mytwip_segment_t *seg, uint64_t mark)
{
    seg->mark = mark;
    seg->known = 1;
    seg->confirmed = ngx_current_msec;

    ngx_mytwip_journal_settle(seg);
    ngx_mytwip_journal_gauges();
}


void
ngx_mytwip_journal_doubt(void)
{
    ngx_queue_t           *q;
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    for (q = ngx_queue_head(&j->segments);
         q != ngx_queue_sentinel(&j->segments);
         q = ngx_queue_next(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);
        seg->known = 0;
    }
}


void
ngx_mytwip_journal_gauges(void)
{
    int64_t                oldest;
    uint64_t               pending, pending_bytes, segments, bytes;
    ngx_queue_t           *q;
    mytwip_event_t         event;
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_worker_t   *worker;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    oldest = 0;
    pending = 0;
    pending_bytes = 0;
    segments = 0;
    bytes = 0;

    for (q = ngx_queue_head(&j->segments);
         q != ngx_queue_sentinel(&j->segments);
         q = ngx_queue_next(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        segments++;
        bytes += seg->sealed ? seg->s.end : seg->s.size;

        if (seg->mark >= seg->s.end) {
            continue;
        }

        pending += seg->s.events - seg->stored;
        pending_bytes += seg->s.end - seg->mark;

        if (mytwip_journal_next(&seg->s, seg->mark, &event) == 1
            && (oldest == 0 || event.time < oldest))
        {
            oldest = event.time;
        }
    }

    if (j->spare) {
        segments++;
        bytes += j->spare->s.size;
    }

    worker = ngx_mytwip_worker;

    worker->pending = pending;
    worker->pending_bytes = pending_bytes;
    worker->oldest = oldest;
    worker->segments = segments;
    worker->segment_bytes = bytes;
}


ngx_mytwip_segment_t *
ngx_mytwip_journal_new(mytwip_segment_t *s)
{
    ngx_mytwip_segment_t  *seg;

    /* segments come and go as long as the process lives: no pool */

    seg = ngx_calloc(sizeof(ngx_mytwip_segment_t), ngx_mytwip_journal.log);
    if (seg == NULL) {
        mytwip_segment_close(s);
        return NULL;
    }

    seg->s = *s;
    seg->mark = MYTWIP_JOURNAL_HEADER;

    return seg;
}


void
ngx_mytwip_journal_grow(void)
{
    ngx_mytwip_journal_t   *j = &ngx_mytwip_journal;
    ngx_mytwip_disk_job_t  *job;

    if (j->failed) {
        /* the next tick tries again */
        return;
    }

    job = ngx_mytwip_disk_job(NGX_MYTWIP_DISK_GROW);

    if (job && ngx_mytwip_disk_post(job, ngx_mytwip_journal_grown) != NGX_OK) {
        j->failed = 1;
    }
}


static void
ngx_mytwip_journal_grown(ngx_mytwip_disk_job_t *job)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    if (job->result != MYTWIP_JOURNAL_OK) {

        /* said once, and again only after it went well in between */

        if (!j->told) {
            if (job->result == MYTWIP_JOURNAL_FULL) {
                ngx_log_error(NGX_LOG_WARN, j->log, 0,
                              "journal \"%V\" has reached max=%O",
                              &j->conf->path->name, j->conf->max);
            } else {
                ngx_mytwip_disk_error(j->log, NGX_LOG_ERR, &job->error);
            }
        }

        j->failed = 1;
        j->told = 1;
        return;
    }

    j->failed = 0;
    j->told = 0;
    j->spare = ngx_mytwip_journal_new(&job->segment[0].s);

    if (j->current == NULL) {
        (void) ngx_mytwip_journal_turn();
    }
}
