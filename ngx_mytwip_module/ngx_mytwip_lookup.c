
/*
 * What a page shows: see ngx_mytwip_lookup.h.  Lookups wait in a queue, whose
 * head is under way while the connection is busy.
 */

#include <ngx_config.h>

#include <endian.h>

#include "ngx_mytwip_lookup.h"


#define NGX_MYTWIP_LOOKUP_TIMEOUT  1000     /* milliseconds */
#define NGX_MYTWIP_INT8            20       /* of PostgreSQL's pg_type.dat */


static void ngx_mytwip_lookup_next(ngx_mytwip_database_t *db);
static void ngx_mytwip_lookup_result(ngx_mytwip_database_t *db, PGresult *res);
static void ngx_mytwip_lookup_value(ngx_mytwip_lookup_t *lookup,
    PGresult *res, ngx_uint_t column);
static void ngx_mytwip_lookup_lost(ngx_mytwip_database_t *db);
static void ngx_mytwip_lookup_closing(ngx_mytwip_database_t *db);


static const size_t  ngx_mytwip_unsubscribe_fields[] = {
    offsetof(ngx_mytwip_lookup_t, newsletter),
    offsetof(ngx_mytwip_lookup_t, sender),
    offsetof(ngx_mytwip_lookup_t, language),
    offsetof(ngx_mytwip_lookup_t, left)
};


const ngx_mytwip_question_t  ngx_mytwip_unsubscribe_question = {
    "SELECT p.newsletter, p.sender, p.language,"
    " CASE WHEN p.subscribed THEN '' ELSE 'yes' END"
    " FROM mytwip.unsubscribe_page($1, $2) AS p",
    sizeof(ngx_mytwip_unsubscribe_fields) / sizeof(size_t),
    ngx_mytwip_unsubscribe_fields
};


static const size_t  ngx_mytwip_privacy_fields[] = {
    offsetof(ngx_mytwip_lookup_t, newsletter),
    offsetof(ngx_mytwip_lookup_t, sender),
    offsetof(ngx_mytwip_lookup_t, language),
    offsetof(ngx_mytwip_lookup_t, controller),
    offsetof(ngx_mytwip_lookup_t, region),
    offsetof(ngx_mytwip_lookup_t, open_days),
    offsetof(ngx_mytwip_lookup_t, smallest_group),
    offsetof(ngx_mytwip_lookup_t, measured),
    offsetof(ngx_mytwip_lookup_t, access_asked),
    offsetof(ngx_mytwip_lookup_t, erasure_asked)
};


/* The days in ISO 8601, whatever DateStyle the server has. */

const ngx_mytwip_question_t  ngx_mytwip_privacy_question = {
    "SELECT p.newsletter, p.sender, p.language, p.controller, p.region,"
    " p.open_days::text, p.smallest_group::text,"
    " CASE WHEN p.measured THEN 'yes' ELSE 'no' END,"
    " to_char(p.access_asked, 'YYYY-MM-DD'),"
    " to_char(p.erasure_asked, 'YYYY-MM-DD')"
    " FROM mytwip.privacy_page($1, $2) AS p",
    sizeof(ngx_mytwip_privacy_fields) / sizeof(size_t),
    ngx_mytwip_privacy_fields
};


static ngx_queue_t            ngx_mytwip_lookups;
static ngx_mytwip_lookup_t   *ngx_mytwip_looking;   /* the one under way */
static ngx_mytwip_database_t  ngx_mytwip_lookup_database;


void
ngx_mytwip_lookup_init(ngx_cycle_t *cycle,
    ngx_mytwip_database_conf_t *database)
{
    ngx_mytwip_database_t  *db;

    ngx_queue_init(&ngx_mytwip_lookups);

    db = &ngx_mytwip_lookup_database;

    db->conf = database;
    db->log = cycle->log;
    db->secondary = 1;
    db->ready = ngx_mytwip_lookup_next;
    db->result = ngx_mytwip_lookup_result;
    db->lost = ngx_mytwip_lookup_lost;
    db->closing = ngx_mytwip_lookup_closing;

    ngx_mytwip_database_start(db);
}


void
ngx_mytwip_lookup_exit(void)
{
    ngx_mytwip_database_close(&ngx_mytwip_lookup_database);
}


ngx_int_t
ngx_mytwip_lookup(ngx_mytwip_lookup_t *lookup)
{
    ngx_mytwip_database_t  *db;

    db = &ngx_mytwip_lookup_database;

    if (db->failed
        && db->state != NGX_MYTWIP_DATABASE_READY
        && db->state != NGX_MYTWIP_DATABASE_BUSY)
    {
        /* while a process that has just begun is worth waiting for */
        return NGX_DECLINED;
    }

    lookup->waiting = 1;

    ngx_queue_insert_tail(&ngx_mytwip_lookups, &lookup->queue);

    ngx_mytwip_lookup_next(db);

    return NGX_AGAIN;
}


void
ngx_mytwip_lookup_forget(void *data)
{
    ngx_mytwip_lookup_t *lookup = data;

    if (!lookup->waiting) {
        return;
    }

    lookup->waiting = 0;
    ngx_queue_remove(&lookup->queue);

    if (ngx_mytwip_looking == lookup) {
        ngx_mytwip_looking = NULL;
    }
}


static void
ngx_mytwip_lookup_next(ngx_mytwip_database_t *db)
{
    uint64_t                 ids[2];
    ngx_queue_t             *q;
    ngx_mytwip_lookup_t     *lookup;
    ngx_mytwip_statement_t   st;

    static const Oid  types[] = { NGX_MYTWIP_INT8, NGX_MYTWIP_INT8 };
    static const int  lengths[] = { sizeof(uint64_t), sizeof(uint64_t) };
    static const int  formats[] = { 1, 1 };

    const char *const  values[] = { (char *) &ids[0], (char *) &ids[1] };

    if (db->state != NGX_MYTWIP_DATABASE_READY
        || ngx_queue_empty(&ngx_mytwip_lookups))
    {
        return;
    }

    q = ngx_queue_head(&ngx_mytwip_lookups);
    lookup = ngx_queue_data(q, ngx_mytwip_lookup_t, queue);

    ids[0] = htobe64(lookup->issue);
    ids[1] = htobe64(lookup->reader);

    st.text = lookup->question->text;
    st.n = 2;
    st.types = types;
    st.values = values;
    st.lengths = lengths;
    st.formats = formats;
    st.timeout = NGX_MYTWIP_LOOKUP_TIMEOUT;

    ngx_mytwip_looking = lookup;

    ngx_mytwip_database_send(db, &st);
}


static void
ngx_mytwip_lookup_result(ngx_mytwip_database_t *db, PGresult *res)
{
    ngx_uint_t            i;
    ngx_mytwip_lookup_t  *lookup;

    /* NULL if the request is gone, and the answer with it */

    lookup = ngx_mytwip_looking;

    if (PQresultStatus(res) != PGRES_TUPLES_OK
        || (lookup && PQnfields(res) != (int) lookup->question->n))
    {
        ngx_mytwip_database_error(db, res);
        ngx_mytwip_database_retry(db);
        return;
    }

    ngx_mytwip_database_recovered(db);

    if (lookup) {
        ngx_mytwip_lookup_forget(lookup);

        for (i = 0; PQntuples(res) == 1 && i < lookup->question->n; i++) {
            ngx_mytwip_lookup_value(lookup, res, i);
        }

        lookup->handler(lookup->data);
    }

    ngx_mytwip_lookup_next(db);
}


/* Without memory the page does without. */

static void
ngx_mytwip_lookup_value(ngx_mytwip_lookup_t *lookup, PGresult *res,
    ngx_uint_t column)
{
    size_t      len;
    ngx_str_t  *value;

    value = (ngx_str_t *) ((u_char *) lookup
                           + lookup->question->fields[column]);

    len = (size_t) PQgetlength(res, 0, (int) column);

    value->data = ngx_pnalloc(lookup->pool, len);

    if (value->data) {
        ngx_memcpy(value->data, PQgetvalue(res, 0, (int) column), len);
        value->len = len;
    }
}


/* Those who wait do without. */

static void
ngx_mytwip_lookup_lost(ngx_mytwip_database_t *db)
{
    ngx_queue_t          *q;
    ngx_mytwip_lookup_t  *lookup;

    while (!ngx_queue_empty(&ngx_mytwip_lookups)) {
        q = ngx_queue_head(&ngx_mytwip_lookups);
        lookup = ngx_queue_data(q, ngx_mytwip_lookup_t, queue);

        ngx_mytwip_lookup_forget(lookup);

        lookup->handler(lookup->data);
    }

    ngx_mytwip_looking = NULL;
}


/* Requests that wait have timers of their own, which hold the process. */

static void
ngx_mytwip_lookup_closing(ngx_mytwip_database_t *db)
{
}
