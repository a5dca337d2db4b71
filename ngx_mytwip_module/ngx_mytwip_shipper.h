
/*
 * The shipper: brings what is in the journal into the database, a batch at a
 * time, each by one call of mytwip.ingest().  It asks the database where to go
 * on in every segment after every connect, so that whatever was under way when
 * something died is stored once.  It knows nothing of requests.
 */

#ifndef _NGX_MYTWIP_SHIPPER_H_INCLUDED_
#define _NGX_MYTWIP_SHIPPER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_mytwip_commit.h"
#include "ngx_mytwip_database.h"


typedef struct {
    ngx_int_t           rows;               /* a batch has at most */
    ngx_msec_t          delay;              /* an event waits for others */
} ngx_mytwip_batch_conf_t;


/* Begins and ends with the process, after and before the journal. */
ngx_int_t ngx_mytwip_shipper_init(ngx_cycle_t *cycle,
    ngx_mytwip_database_conf_t *database, ngx_mytwip_batch_conf_t *batch);
void ngx_mytwip_shipper_exit(void);

/* The journal's appended(): there are n more events. */
void ngx_mytwip_shipper_appended(ngx_uint_t n);

/*
 * Ships what was appended last at once.  Returns NGX_AGAIN, and calls the
 * handler when it is committed (NGX_OK) or the connection is lost (NGX_ERROR);
 * or NGX_DECLINED if there is no connection.
 */
ngx_int_t ngx_mytwip_shipper_commit(ngx_mytwip_commit_t *waiter);


#endif /* _NGX_MYTWIP_SHIPPER_H_INCLUDED_ */
