
/*
 * The journal's flushes: by the clock ("sync=1s"), or for somebody who waits
 * for one.  A finished segment is cut to its length on the same way.
 */

#include "ngx_mytwip_segments.h"


#define NGX_MYTWIP_AGAIN  100           /* milliseconds, if the pool is full */
#define NGX_MYTWIP_HOLD   60000


static void ngx_mytwip_journal_flushed(ngx_mytwip_disk_job_t *job);
static void ngx_mytwip_journal_wake(ngx_queue_t *waiters, ngx_int_t rc);
static void ngx_mytwip_journal_add(ngx_mytwip_disk_job_t *job,
    ngx_mytwip_segment_t *seg, ngx_uint_t sync);


void
ngx_mytwip_journal_note(ngx_mytwip_sync_t *waiter)
{
    waiter->serial = ngx_mytwip_journal.serial;
}


void
ngx_mytwip_journal_sync(ngx_mytwip_sync_t *waiter)
{
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    waiter->waiting = 1;

    ngx_queue_insert_tail(&j->waiting, &waiter->queue);

    if (!j->hold.timer_set) {
        ngx_add_timer(&j->hold, NGX_MYTWIP_HOLD);
    }

    ngx_mytwip_journal_flush();
}


void
ngx_mytwip_journal_forget(void *data)
{
    ngx_mytwip_sync_t *waiter = data;

    if (waiter->waiting) {
        waiter->waiting = 0;
        ngx_queue_remove(&waiter->queue);
    }
}


void
ngx_mytwip_journal_flush_handler(ngx_event_t *ev)
{
    ngx_mytwip_journal_flush();
}


void
ngx_mytwip_journal_hold_handler(ngx_event_t *ev)
{
    ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                  "journal: a flush took too long");
}


void
ngx_mytwip_journal_flush(void)
{
    ngx_uint_t              i, sync;
    ngx_queue_t            *q;
    ngx_mytwip_segment_t   *seg;
    ngx_mytwip_journal_t   *j = &ngx_mytwip_journal;
    ngx_mytwip_disk_job_t  *job;

    job = ngx_mytwip_disk_job(NGX_MYTWIP_DISK_FLUSH);

    if (job == NULL) {
        /* its end looks for who came meanwhile */
        return;
    }

    sync = j->conf->sync != NGX_MYTWIP_SYNC_OFF
           || !ngx_queue_empty(&j->waiting);

    /* first what waiters have appended: there may be no room for all */

    if (j->current) {
        ngx_mytwip_journal_add(job, j->current, sync);
    }

    for (q = ngx_queue_last(&j->segments);
         q != ngx_queue_sentinel(&j->segments)
         && job->n < NGX_MYTWIP_DISK_SEGMENTS;
         q = ngx_queue_prev(q))   /* NOLINT(clang-analyzer-core.NullDereference) */
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        if (seg != j->current) {
            ngx_mytwip_journal_add(job, seg, sync);
        }
    }

    if (job->n == 0) {
        ngx_mytwip_journal_wake(&j->waiting, NGX_OK);
        return;
    }

    if (ngx_mytwip_disk_post(job, ngx_mytwip_journal_flushed) != NGX_OK) {

        for (i = 0; i < job->n; i++) {
            job->segment[i].owner->jobs--;
            job->segment[i].owner->dirty |= job->segment[i].sync;
        }

        if (!j->flush.timer_set) {
            ngx_add_timer(&j->flush, NGX_MYTWIP_AGAIN);
        }

        return;
    }

    ngx_queue_add(&j->flushing, &j->waiting);
    ngx_queue_init(&j->waiting);
}


static void
ngx_mytwip_journal_add(ngx_mytwip_disk_job_t *job, ngx_mytwip_segment_t *seg,
    ngx_uint_t sync)
{
    ngx_mytwip_disk_segment_t  *part;

    if ((!seg->dirty || !sync) && (!seg->finished || seg->sealed)) {
        return;
    }

    part = &job->segment[job->n++];
    part->owner = seg;
    part->s = seg->s;
    part->sync = seg->dirty && sync;
    part->seal = seg->finished && !seg->sealed;

    seg->jobs++;
    seg->dirty = 0;
}


static void
ngx_mytwip_journal_flushed(ngx_mytwip_disk_job_t *job)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_mytwip_journal_t       *j = &ngx_mytwip_journal;
    ngx_mytwip_disk_segment_t  *part;

    rc = NGX_OK;

    for (i = 0; i < job->n; i++) {
        part = &job->segment[i];

        part->owner->jobs--;

        if (part->seal) {
            /* one that cannot be cut only takes more room than it needs */
            part->owner->sealed = 1;
        }

        if (part->result == MYTWIP_JOURNAL_OK) {
            continue;
        }

        ngx_mytwip_disk_error(j->log, NGX_LOG_CRIT, &part->error);

        if (part->sync) {
            rc = NGX_ERROR;
            j->broken = ngx_max(j->broken, part->owner->serial);

            /* the kernel tells an error once: go on in another file */

            if (part->owner == j->current
                && ngx_mytwip_journal_turn() == NULL)
            {
                ngx_mytwip_journal_finish(j->current);
                j->current = NULL;
            }
        }
    }

    ngx_mytwip_journal_wake(&j->flushing, rc);

    if (!ngx_queue_empty(&j->waiting)) {
        ngx_mytwip_journal_flush();
    }
}


static void
ngx_mytwip_journal_wake(ngx_queue_t *waiters, ngx_int_t rc)
{
    ngx_queue_t            told, *q;
    ngx_mytwip_sync_t     *waiter;
    ngx_mytwip_journal_t  *j = &ngx_mytwip_journal;

    /* a handler may take others out of the queue, or begin another flush */

    ngx_queue_init(&told);
    ngx_queue_add(&told, waiters);
    ngx_queue_init(waiters);

    while (!ngx_queue_empty(&told)) {
        q = ngx_queue_head(&told);
        waiter = ngx_queue_data(q, ngx_mytwip_sync_t, queue);

        ngx_mytwip_journal_forget(waiter);

        waiter->handler(waiter->data,
                        waiter->serial <= j->broken ? NGX_ERROR : rc);
    }

    if (ngx_queue_empty(&j->waiting) && ngx_queue_empty(&j->flushing)
        && j->hold.timer_set)
    {
        ngx_del_timer(&j->hold);
    }
}
