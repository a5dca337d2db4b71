
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
static ngx_int_t ngx_mytwip_lookup_value(ngx_mytwip_lookup_t *lookup,
    PGresult *res, int field, ngx_str_t *value);
static void ngx_mytwip_lookup_lost(ngx_mytwip_database_t *db);
static void ngx_mytwip_lookup_closing(ngx_mytwip_database_t *db);


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

    st.text = "SELECT p.newsletter, p.sender, p.language, p.subscribed"
              " FROM mytwip.unsubscribe_page($1, $2) AS p";
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
    ngx_mytwip_lookup_t  *lookup;

    /* NULL if the request is gone, and the answer with it */

    lookup = ngx_mytwip_looking;

    if (PQresultStatus(res) != PGRES_TUPLES_OK || PQnfields(res) != 4) {
        ngx_mytwip_database_error(db, res);
        ngx_mytwip_database_retry(db);
        return;
    }

    ngx_mytwip_database_recovered(db);

    if (lookup) {
        ngx_mytwip_lookup_forget(lookup);

        lookup->left = PQntuples(res) == 1
                       && PQgetlength(res, 0, 3) == 1
                       && *PQgetvalue(res, 0, 3) == 0;

        if (PQntuples(res) == 1
            && (ngx_mytwip_lookup_value(lookup, res, 0, &lookup->newsletter)
                != NGX_OK
                || ngx_mytwip_lookup_value(lookup, res, 1, &lookup->sender)
                   != NGX_OK
                || ngx_mytwip_lookup_value(lookup, res, 2, &lookup->language)
                   != NGX_OK))
        {
            ngx_str_null(&lookup->newsletter);
        }

        lookup->handler(lookup->data);
    }

    ngx_mytwip_lookup_next(db);
}


static ngx_int_t
ngx_mytwip_lookup_value(ngx_mytwip_lookup_t *lookup, PGresult *res, int field,
    ngx_str_t *value)
{
    value->len = PQgetlength(res, 0, field);
    value->data = ngx_pnalloc(lookup->pool, value->len);

    if (value->data == NULL) {
        value->len = 0;
        return NGX_ERROR;
    }

    ngx_memcpy(value->data, PQgetvalue(res, 0, field), value->len);

    return NGX_OK;
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
