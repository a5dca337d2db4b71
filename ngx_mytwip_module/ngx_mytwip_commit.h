
/*
 * Those who wait for a commit: unsubscribing answers when the database has
 * the request.
 */

#ifndef _NGX_MYTWIP_COMMIT_H_INCLUDED_
#define _NGX_MYTWIP_COMMIT_H_INCLUDED_


#include "ngx_mytwip_journal.h"


typedef struct {
    ngx_queue_t             queue;
    ngx_mytwip_segment_t   *segment;
    uint64_t                position;       /* that the mark has to reach */

    void                  (*handler)(void *data, ngx_int_t rc);
    void                   *data;
    unsigned                waiting:1;
} ngx_mytwip_commit_t;


void ngx_mytwip_commit_init(void);

/* Waits for what was appended last. */
void ngx_mytwip_commit_wait(ngx_mytwip_commit_t *waiter);

/* Takes a waiter back; fit for a cleanup handler. */
void ngx_mytwip_commit_forget(void *waiter);

/*
 * The shipper's: with NGX_OK, calls the handlers of those whose events are
 * committed; with NGX_ERROR, as the connection is lost, of all.
 */
void ngx_mytwip_commit_tell(ngx_int_t rc);

/* The segment that the first one waits for, or NULL. */
ngx_mytwip_segment_t *ngx_mytwip_commit_first(void);


#endif /* _NGX_MYTWIP_COMMIT_H_INCLUDED_ */
