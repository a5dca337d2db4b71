
/*
 * What is said of a connection to the database, in the log and in the status:
 * see ngx_mytwip_database.h.
 */

#include "ngx_mytwip_database.h"
#include "ngx_mytwip_zone.h"


static ngx_uint_t ngx_mytwip_database_news(ngx_mytwip_database_t *db,
    u_char *text, size_t len);


void
ngx_mytwip_database_error(ngx_mytwip_database_t *db, PGresult *res)
{
    const char  *state, *message;

    /* not the detail and the context: they may repeat a row */

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    ngx_mytwip_database_note(db, NGX_LOG_ERR, state ? state : "unexpected",
                             message ? message : "not the result expected");
}


size_t
ngx_mytwip_database_text(u_char *text, const char *state, const char *message)
{
    u_char  *p, *last, *end;

    end = text + NGX_MYTWIP_ERROR_LEN;

    last = state ? ngx_slprintf(text, end, "%s: %s", state, message)
                 : ngx_slprintf(text, end, "%s", message);

    /*
     * libpq writes a line for each address it has tried; a text cut short may
     * end within a character
     */

    while (last > text && last[-1] == '\n') {
        last--;
    }

    for (p = text; p < last; p++) {
        if (*p < ' ' || *p > '~') {
            *p = ' ';
        }
    }

    return last - text;
}


void
ngx_mytwip_database_note(ngx_mytwip_database_t *db, ngx_uint_t level,
    const char *state, const char *message)
{
    u_char  *last, text[NGX_MYTWIP_ERROR_LEN];

    last = text + ngx_mytwip_database_text(text, state, message);

    if (db->secondary) {
        /* what ails the server, the other connection says */

        if (!db->failed) {
            level = state ? NGX_LOG_ERR : NGX_LOG_INFO;

            ngx_log_error(level, db->log, 0,
                          "database: %*s", (size_t) (last - text), text);
        }

        db->failed = 1;
        return;
    }

    if (ngx_mytwip_database_news(db, text, last - text) || !db->failed) {
        ngx_log_error(level, db->log, 0, "database: %*s",
                      (size_t) (last - text), text);
    }

    db->failed = 1;

    ngx_mytwip_worker->count.errors++;
    ngx_mytwip_zone_error(text, last - text);
}


/*
 * Whether this was not said last or before that: a failure may have two faces
 * that take turns.
 */

static ngx_uint_t
ngx_mytwip_database_news(ngx_mytwip_database_t *db, u_char *text, size_t len)
{
    uint32_t  crc;

    crc = ngx_crc32_short(text, len);

    if (crc == db->said[0] || crc == db->said[1]) {
        return 0;
    }

    db->said[1] = db->said[0];
    db->said[0] = crc;

    return 1;
}


/*
 * What the server only remarks, libpq would write to stderr.  Why it ends a
 * connection that is idle comes here, too; libpq's own error would only be
 * that it has ended.
 */

void
ngx_mytwip_database_notice(void *data, const PGresult *res)
{
    ngx_mytwip_database_t *db = data;

    u_char      *last;
    const char  *severity, *state, *message;

    severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (severity && state && message && ngx_strcmp(severity, "FATAL") == 0) {
        last = (u_char *) db->farewell + sizeof(db->farewell) - 1;
        *ngx_slprintf((u_char *) db->farewell, last, "%s: %s", state,
                      message) = '\0';
    }
}
