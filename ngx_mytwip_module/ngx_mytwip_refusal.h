
/*
 * A batch that the database refuses for what is in it: no fault of the
 * database, which is asked to store its events one apart from another.
 */

#ifndef _NGX_MYTWIP_REFUSAL_H_INCLUDED_
#define _NGX_MYTWIP_REFUSAL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include <libpq-fe.h>


/* Whether the statement failed so. */
ngx_uint_t ngx_mytwip_refusal(PGresult *res);

/* Counts it, and says so once a minute. */
void ngx_mytwip_refusal_note(PGresult *res, ngx_log_t *log);


#endif /* _NGX_MYTWIP_REFUSAL_H_INCLUDED_ */
