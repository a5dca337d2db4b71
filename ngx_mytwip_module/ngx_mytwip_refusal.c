
/*
 * A batch refused for its content: see ngx_mytwip_refusal.h.
 */

#include "ngx_mytwip_database.h"
#include "ngx_mytwip_refusal.h"
#include "ngx_mytwip_zone.h"


#define NGX_MYTWIP_QUIET  60            /* seconds between log lines */


/*
 * Whether the batch failed for what is in it, by the class of its SQLSTATE:
 * data exception, integrity constraint violation, program limit exceeded,
 * error raised by a function.
 */

ngx_uint_t
ngx_mytwip_refusal(PGresult *res)
{
    const char  *state;

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    return state
           && (ngx_strncmp(state, "22", 2) == 0
               || ngx_strncmp(state, "23", 2) == 0
               || ngx_strncmp(state, "54", 2) == 0
               || ngx_strcmp(state, "P0001") == 0);
}


void
ngx_mytwip_refusal_note(PGresult *res, ngx_log_t *log)
{
    size_t       len;
    u_char       text[NGX_MYTWIP_ERROR_LEN];
    const char  *message;

    static time_t  said;

    ngx_mytwip_worker->count.errors++;

    if (said && ngx_time() - said < NGX_MYTWIP_QUIET) {
        return;
    }

    said = ngx_time();

    /* a server that says a code need not say more */

    message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    len = ngx_mytwip_database_text(text,
                                   PQresultErrorField(res, PG_DIAG_SQLSTATE),
                                   message ? message : "no message");

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "database: %*s: such events go to mytwip.rejected", len,
                  text);
}
