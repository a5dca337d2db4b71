
/*
 * Those who wait for a commit: see ngx_mytwip_commit.h.
 */

#include "ngx_mytwip_commit.h"


static ngx_queue_t  ngx_mytwip_commits;


void
ngx_mytwip_commit_init(void)
{
    ngx_queue_init(&ngx_mytwip_commits);
}


void
ngx_mytwip_commit_wait(ngx_mytwip_commit_t *waiter)
{
    waiter->waiting = 1;
    waiter->segment = ngx_mytwip_journal_last(&waiter->position);

    ngx_queue_insert_tail(&ngx_mytwip_commits, &waiter->queue);
}


void
ngx_mytwip_commit_forget(void *data)
{
    ngx_mytwip_commit_t *waiter = data;

    if (waiter->waiting) {
        waiter->waiting = 0;
        ngx_queue_remove(&waiter->queue);
    }
}


void
ngx_mytwip_commit_tell(ngx_int_t rc)
{
    ngx_queue_t          *q, told;
    ngx_mytwip_commit_t  *waiter;

    ngx_queue_init(&told);

    for (q = ngx_queue_head(&ngx_mytwip_commits);
         q != ngx_queue_sentinel(&ngx_mytwip_commits);
         /* void */)
    {
        waiter = ngx_queue_data(q, ngx_mytwip_commit_t, queue);
        q = ngx_queue_next(q);

        if (rc != NGX_OK || waiter->segment->mark >= waiter->position) {
            ngx_queue_remove(&waiter->queue);
            ngx_queue_insert_tail(&told, &waiter->queue);
        }
    }

    /* a handler may take any waiter back, and add others */

    while (!ngx_queue_empty(&told)) {
        q = ngx_queue_head(&told);
        waiter = ngx_queue_data(q, ngx_mytwip_commit_t, queue);

        ngx_mytwip_commit_forget(waiter);

        waiter->handler(waiter->data, rc);
    }
}


ngx_mytwip_segment_t *
ngx_mytwip_commit_first(void)
{
    ngx_queue_t          *q;
    ngx_mytwip_commit_t  *waiter;

    if (ngx_queue_empty(&ngx_mytwip_commits)) {
        return NULL;
    }

    q = ngx_queue_head(&ngx_mytwip_commits);
    waiter = ngx_queue_data(q, ngx_mytwip_commit_t, queue);

    return waiter->segment;
}
