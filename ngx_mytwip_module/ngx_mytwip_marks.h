
/*
 * The marks: how far the database has each segment of the journal, in bytes.
 * Only the database knows; the shipper asks after every connect.
 */

#ifndef _NGX_MYTWIP_MARKS_H_INCLUDED_
#define _NGX_MYTWIP_MARKS_H_INCLUDED_


#include "ngx_mytwip_database.h"
#include "ngx_mytwip_journal.h"


#define NGX_MYTWIP_UUID_LEN  16


/*
 * Prepares the question about the segments with events that are not known;
 * returns 0 if there are none.
 */
ngx_uint_t ngx_mytwip_marks_ask(ngx_mytwip_statement_t *st);

/* Takes the answer; NGX_ERROR if it is none. */
ngx_int_t ngx_mytwip_marks_answer(PGresult *res);

/* The segment of this process with the uuid, or NULL. */
ngx_mytwip_segment_t *ngx_mytwip_marks_segment(u_char *uuid);


#endif /* _NGX_MYTWIP_MARKS_H_INCLUDED_ */
