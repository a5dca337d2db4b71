
/*
 * The journal's flushes: by the clock ("sync=1s"), or for somebody who waits
 * for one.  A finished segment is cut to its length on the same way.
 */

#include "ngx_mytwip_segments.h"


#define NGX_MYTWIP_AGAIN  100           /* milliseconds, if the pool is full */


static void ngx_mytwip_journal_flushed(ngx_mytwip_disk_job_t *job);
static void ngx_mytwip_journal_wake(ngx_queue_t *waiters, ngx_int_t rc);


void
ngx_mytwip_journal_sync(ngx_mytwip_sync_t *waiter)
{
    waiter->waiting = 1;

    ngx_queue_insert_tail(&ngx_mytwip_journal.waiting, &waiter->queue);

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
ngx_mytwip_journal_flush(void)
{
    ngx_uint_t                  i, sync;
    ngx_queue_t                *q;
    ngx_mytwip_segment_t       *seg;
    ngx_mytwip_journal_t       *j = &ngx_mytwip_journal;
    ngx_mytwip_disk_job_t      *job;
    ngx_mytwip_disk_segment_t  *part;

    job = ngx_mytwip_disk_job(NGX_MYTWIP_DISK_FLUSH);

    if (job == NULL) {
        /* its end looks for who came meanwhile */
        return;
    }

    sync = j->conf->sync != NGX_MYTWIP_SYNC_OFF
           || !ngx_queue_empty(&j->waiting);

    /* what waiters have appended is in the newest */

    for (q = ngx_queue_last(&j->segments);
         q != ngx_queue_sentinel(&j->segments)
         && job->n < NGX_MYTWIP_DISK_SEGMENTS;
         q = ngx_queue_prev(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        if ((!seg->dirty || !sync) && (!seg->finished || seg->sealed)) {
            continue;
        }

        part = &job->segment[job->n++];
        part->owner = seg;
        part->s = seg->s;
        part->sync = seg->dirty && sync;
        part->seal = seg->finished && !seg->sealed;

        seg->jobs++;
        seg->dirty = 0;
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
    ngx_queue_t        *q;
    ngx_mytwip_sync_t  *waiter;

    /* a handler may take others out of the queue */

    while (!ngx_queue_empty(waiters)) {
        q = ngx_queue_head(waiters);
        waiter = ngx_queue_data(q, ngx_mytwip_sync_t, queue);

        ngx_mytwip_journal_forget(waiter);

        waiter->handler(waiter->data, rc);
    }
}
