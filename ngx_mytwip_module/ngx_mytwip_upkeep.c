
/*
 * The journal's upkeep, once a second: segments are renewed, adopted from
 * processes that are gone, and deleted when they have served.
 */

#include "ngx_mytwip_segments.h"


#define NGX_MYTWIP_CONFIRM  5000         /* milliseconds */


static void ngx_mytwip_journal_age(void);
static void ngx_mytwip_journal_adopted(ngx_mytwip_disk_job_t *job);
static ngx_msec_t ngx_mytwip_journal_age_of(ngx_mytwip_segment_t *seg);
static void ngx_mytwip_journal_delete(void);
static ngx_uint_t ngx_mytwip_journal_disposable(ngx_mytwip_segment_t *seg);
static void ngx_mytwip_journal_deleted(ngx_mytwip_disk_job_t *job);


void
ngx_mytwip_journal_tick(ngx_event_t *ev)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    j->failed = 0;

    if (j->current == NULL || (j->shed && j->spare == NULL)) {
        ngx_mytwip_journal_grow();
    }

    if (j->shed && j->spare) {
        (void) ngx_mytwip_journal_turn();
    }

    if (j->current && j->current->serial <= j->broken) {
        (void) ngx_mytwip_journal_turn();
    }

    ngx_mytwip_journal_age();

    if (!j->flush.timer_set) {
        ngx_mytwip_journal_flush();
    }

    ngx_mytwip_journal_delete();

    if (!ngx_exiting) {
        ngx_mytwip_journal_adopt();
    }

    ngx_mytwip_journal_gauges();

    ngx_add_timer(ev, j->current ? NGX_MYTWIP_TICK : NGX_MYTWIP_TICK / 10);
}


/*
 * An event that is stored lies in the journal for twice "retain" at most:
 * the journal is no place to keep personal data (GDPR, art. 5(1)(e)).
 */

static void
ngx_mytwip_journal_age(void)
{
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    seg = j->current;

    if (seg == NULL || seg->first == 0 || seg->mark < seg->s.end
        || ngx_current_msec - seg->first < j->conf->retain)
    {
        return;
    }

    if (j->spare) {
        (void) ngx_mytwip_journal_turn();

    } else {
        ngx_mytwip_journal_grow();
    }
}


void
ngx_mytwip_journal_adopt(void)
{
    ngx_mytwip_disk_job_t  *job;

    job = ngx_mytwip_disk_job(NGX_MYTWIP_DISK_ADOPT);

    if (job) {
        /* if the thread pool takes no more, the next tick tries again */
        (void) ngx_mytwip_disk_post(job, ngx_mytwip_journal_adopted);
    }
}


static void
ngx_mytwip_journal_adopted(ngx_mytwip_disk_job_t *job)
{
    ngx_uint_t             i;
    ngx_queue_t           *q;
    ngx_mytwip_segment_t  *seg, *other;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    if (job->result == MYTWIP_JOURNAL_OK) {
        j->unread = 0;

    } else if (!j->unread) {
        j->unread = 1;
        ngx_mytwip_disk_error(j->log, NGX_LOG_ERR, &job->error);
    }

    for (i = 0; i < job->n; i++) {
        seg = ngx_mytwip_journal_new(&job->segment[i].s);
        if (seg == NULL) {
            continue;
        }

        /* behind those that are older */

        for (q = ngx_queue_last(&j->segments);
             q != ngx_queue_sentinel(&j->segments);
             q = ngx_queue_prev(q))
        {
            other = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

            if (other->s.created <= seg->s.created) {
                break;
            }
        }

        ngx_queue_insert_after(q, &seg->queue);

        /* not by its adoption is it newer, nor longer than it is */

        seg->age = ngx_min(ngx_mytwip_journal_age_of(seg), j->conf->retain);
        seg->sealed = (seg->s.size == seg->s.end);

        ngx_mytwip_journal_finish(seg);
    }

    if (job->n == 0) {
        return;
    }

    ngx_mytwip_journal_gauges();
    j->appended(0);

    if (job->n == NGX_MYTWIP_DISK_SEGMENTS && !ngx_exiting) {
        ngx_mytwip_journal_adopt();
    }
}


/* Milliseconds since the file was last written to. */

static ngx_msec_t
ngx_mytwip_journal_age_of(ngx_mytwip_segment_t *seg)
{
    int64_t  age;

    age = (int64_t) ngx_time() * 1000 - seg->s.modified / 1000;

    return age > 0 ? (ngx_msec_t) age : 0;
}


static void
ngx_mytwip_journal_delete(void)
{
    ngx_uint_t              i;
    ngx_queue_t            *q;
    ngx_mytwip_segment_t   *seg;
    ngx_mytwip_journal_t   *j = &ngx_mytwip_journal;
    ngx_mytwip_disk_job_t  *job;

    job = ngx_mytwip_disk_job(NGX_MYTWIP_DISK_DELETE);

    if (job == NULL) {
        return;
    }

    for (q = ngx_queue_head(&j->segments);
         q != ngx_queue_sentinel(&j->segments)
         && job->n < NGX_MYTWIP_DISK_SEGMENTS;
         q = ngx_queue_next(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        if (ngx_mytwip_journal_disposable(seg)) {
            job->segment[job->n].owner = seg;
            job->segment[job->n].s = seg->s;
            job->n++;
        }
    }

    if (job->n == 0
        || ngx_mytwip_disk_post(job, ngx_mytwip_journal_deleted) != NGX_OK)
    {
        return;
    }

    for (i = 0; i < job->n; i++) {
        seg = job->segment[i].owner;

        ngx_queue_remove(&seg->queue);
        ngx_free(seg);
    }
}


static ngx_uint_t
ngx_mytwip_journal_disposable(ngx_mytwip_segment_t *seg)
{
    if (!seg->complete || seg->jobs) {
        return 0;
    }

    if (seg->s.end == MYTWIP_JOURNAL_HEADER && !seg->s.damaged) {
        /* never had an event */
        return 1;
    }

    if (ngx_current_msec - seg->done < ngx_mytwip_journal.conf->retain) {
        return 0;
    }

    if (seg->s.events == 0) {
        return 1;
    }

    if (seg->known
        && ngx_current_msec - seg->confirmed > NGX_MYTWIP_CONFIRM)
    {
        /*
         * A pooler hides that another database answers, which may have lost
         * its last seconds: the one that is there now is asked.
         */

        seg->known = 0;
        ngx_mytwip_journal.appended(0);
    }

    return seg->known;
}


static void
ngx_mytwip_journal_deleted(ngx_mytwip_disk_job_t *job)
{
    ngx_uint_t  i;

    for (i = 0; i < job->n; i++) {
        if (job->segment[i].result != MYTWIP_JOURNAL_OK) {
            ngx_mytwip_disk_error(ngx_mytwip_journal.log, NGX_LOG_ERR,
                                  &job->segment[i].error);
        }
    }
}
