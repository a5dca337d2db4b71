
/*
 * libpq in nginx's event loop: see ngx_mytwip_database.h.
 *
 * The descriptor belongs to libpq, which changes it while it tries one host
 * after another: it is taken out of the event loop before each
 * PQconnectPoll() and put back after it, as a new socket may well have the
 * number of the old one.  Events are level-triggered, so that nothing is lost
 * when PQconsumeInput() leaves bytes in the socket.
 */

#include "ngx_mytwip_database.h"
#include "ngx_mytwip_zone.h"


#define NGX_MYTWIP_PAUSE_MIN  100       /* milliseconds */
#define NGX_MYTWIP_PAUSE_MAX  2000


static void ngx_mytwip_database_state(ngx_mytwip_database_t *db,
    ngx_mytwip_database_state_t state, ngx_msec_t timeout);
static void ngx_mytwip_database_timer(ngx_event_t *ev);
static void ngx_mytwip_database_connect(ngx_mytwip_database_t *db);
static void ngx_mytwip_database_poll(ngx_mytwip_database_t *db);
static ngx_int_t ngx_mytwip_database_attach(ngx_mytwip_database_t *db,
    ngx_uint_t write);
static void ngx_mytwip_database_detach(ngx_mytwip_database_t *db);
static void ngx_mytwip_database_handler(ngx_event_t *ev);
static void ngx_mytwip_database_io(ngx_mytwip_database_t *db);
static ngx_int_t ngx_mytwip_database_flush(ngx_mytwip_database_t *db);
static ngx_uint_t ngx_mytwip_database_copies(PGresult *res);
static PGresult *ngx_mytwip_database_read(ngx_mytwip_database_t *db);
static void ngx_mytwip_database_broken(ngx_mytwip_database_t *db,
    const char *what);


void
ngx_mytwip_database_start(ngx_mytwip_database_t *db)
{
    db->timer.handler = ngx_mytwip_database_timer;
    db->timer.data = db;
    db->timer.log = db->log;
    db->timer.cancelable = 1;

    db->pause = NGX_MYTWIP_PAUSE_MIN;

    ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_WAITING, 1);
}


void
ngx_mytwip_database_close(ngx_mytwip_database_t *db)
{
    ngx_mytwip_database_detach(db);

    PQclear(db->kept);
    db->kept = NULL;

    PQfinish(db->pg);
    db->pg = NULL;
}


/* The only place that changes the state; 0 is no timeout. */

static void
ngx_mytwip_database_state(ngx_mytwip_database_t *db,
    ngx_mytwip_database_state_t state, ngx_msec_t timeout)
{
    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, db->log, 0,
                   "mytwip database state: %d, %M ms", state, timeout);

    db->state = state;

    if (db->secondary) {
        /* void */

    } else if (state == NGX_MYTWIP_DATABASE_WAITING) {
        ngx_mytwip_worker->state = NGX_MYTWIP_STATE_WAITING;

    } else if (state == NGX_MYTWIP_DATABASE_CONNECTING) {
        ngx_mytwip_worker->state = NGX_MYTWIP_STATE_CONNECTING;
    }

    if (db->timer.timer_set) {
        ngx_del_timer(&db->timer);
    }

    if (timeout) {
        ngx_add_timer(&db->timer, timeout);
    }
}


static void
ngx_mytwip_database_timer(ngx_event_t *ev)
{
    ngx_mytwip_database_t  *db;

    db = ev->data;

    switch (db->state) {

    case NGX_MYTWIP_DATABASE_WAITING:
        ngx_mytwip_database_connect(db);
        break;

    case NGX_MYTWIP_DATABASE_CONNECTING:
        /* libpq leaves a host that says nothing to us: try the next first */
        db->host++;
        ngx_mytwip_database_broken(db, "connection timed out");
        break;

    default: /* NGX_MYTWIP_DATABASE_BUSY: it could not be sent, or hangs */
        ngx_mytwip_database_broken(db, *PQerrorMessage(db->pg)
                                       ? NULL : "statement timed out");
        break;
    }
}


static void
ngx_mytwip_database_connect(ngx_mytwip_database_t *db)
{
    ngx_int_t     rc;
    ngx_pool_t   *pool;
    const char  **keywords, **values;

    ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_CONNECTING,
                              db->conf->connect_timeout);

    pool = ngx_create_pool(1024, db->log);
    if (pool == NULL) {
        ngx_mytwip_database_retry(db);
        return;
    }

    rc = ngx_mytwip_database_params(db->conf, db->host, pool, &keywords,
                                    &values);
    if (rc == NGX_OK) {
        db->pg = PQconnectStartParams(keywords, values, 1);
    }

    ngx_destroy_pool(pool);

    if (db->pg == NULL) {
        ngx_mytwip_database_retry(db);
        return;
    }

    db->farewell[0] = '\0';

    PQsetNoticeReceiver(db->pg, ngx_mytwip_database_notice, db);

    /* no details: they may repeat a row */
    (void) PQsetErrorVerbosity(db->pg, PQERRORS_TERSE);

    if (PQstatus(db->pg) == CONNECTION_BAD) {
        ngx_mytwip_database_broken(db, NULL);
        return;
    }

    /* as if PQconnectPoll() had said PGRES_POLLING_WRITING */

    if (ngx_mytwip_database_attach(db, 1) != NGX_OK) {
        ngx_mytwip_database_retry(db);
    }
}


static void
ngx_mytwip_database_poll(ngx_mytwip_database_t *db)
{
    PostgresPollingStatusType  status;

    ngx_mytwip_database_detach(db);

    status = PQconnectPoll(db->pg);

    if (status == PGRES_POLLING_FAILED) {
        ngx_mytwip_database_broken(db, NULL);
        return;
    }

    if (ngx_mytwip_database_attach(db, status == PGRES_POLLING_WRITING)
        != NGX_OK)
    {
        ngx_mytwip_database_retry(db);
        return;
    }

    if (status != PGRES_POLLING_OK) {
        return;
    }

    if (PQsetnonblocking(db->pg, 1) == -1) {
        ngx_mytwip_database_broken(db, NULL);
        return;
    }

    /* nginx closes idle connections when the process has to go */
    db->connection->idle = 1;

    ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_READY, 0);

    db->ready(db);
}


/* Watches libpq's descriptor, to write or, always, to read. */

static ngx_int_t
ngx_mytwip_database_attach(ngx_mytwip_database_t *db, ngx_uint_t write)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(PQsocket(db->pg), db->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = db;
    c->read->handler = ngx_mytwip_database_handler;
    c->write->handler = ngx_mytwip_database_handler;
    c->read->log = db->log;
    c->write->log = db->log;

    db->connection = c;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK
        || (write && ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT)
                     != NGX_OK))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_mytwip_database_detach(ngx_mytwip_database_t *db)
{
    ngx_uint_t         flags;
    ngx_connection_t  *c;

    c = db->connection;

    if (c == NULL) {
        return;
    }

    db->connection = NULL;

    /* libpq itself closes the socket of a connection that fails */

    flags = (PQsocket(db->pg) == c->fd) ? 0 : NGX_CLOSE_EVENT;

    if (c->write->active) {
        ngx_del_event(c->write, NGX_WRITE_EVENT, flags);
    }

    if (c->read->active) {
        ngx_del_event(c->read, NGX_READ_EVENT, flags);
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    /* the descriptor is not ours to close */

    c->idle = 0;
    c->read->closed = 1;
    c->write->closed = 1;

    ngx_free_connection(c);

    c->fd = (ngx_socket_t) -1;
}


static void
ngx_mytwip_database_handler(ngx_event_t *ev)
{
    ngx_connection_t       *c;
    ngx_mytwip_database_t  *db;

    c = ev->data;
    db = c->data;

    if (c->close) {
        /* the process is to end as soon as its requests have */
        c->close = 0;
        c->idle = 0;
        db->closing(db);
        return;
    }

    if (db->state == NGX_MYTWIP_DATABASE_CONNECTING) {
        ngx_mytwip_database_poll(db);
        return;
    }

    ngx_mytwip_database_io(db);
}


void
ngx_mytwip_database_send(ngx_mytwip_database_t *db, ngx_mytwip_statement_t *st)
{
    /* before it can fail, which is told as for any statement */
    ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_BUSY, st->timeout);

    if (PQsendQueryParams(db->pg, st->text, st->n, st->types, st->values,
                          st->lengths, st->formats, 1)
        == 0
        || ngx_mytwip_database_flush(db) != NGX_OK)
    {
        /* not from within this call: let the timer tell it */
        ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_BUSY, 1);
    }
}


static void
ngx_mytwip_database_io(ngx_mytwip_database_t *db)
{
    PGresult  *res;

    if (PQconsumeInput(db->pg) == 0
        || ngx_mytwip_database_flush(db) != NGX_OK)
    {
        ngx_mytwip_database_broken(db, NULL);
        return;
    }

    if (db->state != NGX_MYTWIP_DATABASE_BUSY) {
        /* a notice, a new setting, a farewell: libpq reads it when asked */
        (void) PQisBusy(db->pg);
        return;
    }

    if (PQsslInUse(db->pg) && PQisBusy(db->pg)) {
        /* TLS may hold what no event will announce */
        (void) PQconsumeInput(db->pg);
    }

    if (PQisBusy(db->pg)) {
        return;
    }

    res = ngx_mytwip_database_read(db);

    if (res == NULL) {

        if (!PQisBusy(db->pg)) {
            ngx_mytwip_database_broken(db, "no result");
        }

        return;
    }

    if (PQstatus(db->pg) == CONNECTION_BAD) {
        PQclear(res);
        ngx_mytwip_database_broken(db, NULL);
        return;
    }

    if (ngx_mytwip_database_copies(res)) {
        PQclear(res);
        ngx_mytwip_database_broken(db, "not the result expected");
        return;
    }

    ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_READY, 0);

    db->result(db, res);

    PQclear(res);
}


/* Sends what libpq has buffered; watches the socket if it takes no more. */

static ngx_int_t
ngx_mytwip_database_flush(ngx_mytwip_database_t *db)
{
    ngx_event_t  *wev;

    wev = db->connection->write;

    switch (PQflush(db->pg)) {

    case 0:
        return wev->active ? ngx_del_event(wev, NGX_WRITE_EVENT, 0) : NGX_OK;

    case 1:
        return wev->active ? NGX_OK
                           : ngx_add_event(wev, NGX_WRITE_EVENT,
                                           NGX_LEVEL_EVENT);

    default: /* -1 */
        return NGX_ERROR;
    }
}


/*
 * Whether the server wants to go on with a COPY, which no statement here is:
 * libpq has no end of such results.
 */

static ngx_uint_t
ngx_mytwip_database_copies(PGresult *res)
{
    switch (PQresultStatus(res)) {

    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        return 1;

    default:
        return 0;
    }
}


/*
 * The result of the statement, when all of it is there; NULL if not yet.
 * Results are read to the end: there may be more than one.
 */

static PGresult *
ngx_mytwip_database_read(ngx_mytwip_database_t *db)
{
    PGresult  *res;

    while (!PQisBusy(db->pg)) {
        res = PQgetResult(db->pg);

        if (res == NULL) {
            res = db->kept;
            db->kept = NULL;
            return res;
        }

        if (ngx_mytwip_database_copies(res)) {
            return res;
        }

        PQclear(db->kept);
        db->kept = res;
    }

    return NULL;
}


void
ngx_mytwip_database_retry(ngx_mytwip_database_t *db)
{
    ngx_msec_t  pause;

    ngx_mytwip_database_close(db);

    /* jitter, so that many workers do not come back at once */

    pause = db->pause / 2 + (ngx_msec_t) ngx_random() % db->pause;
    db->pause = ngx_min(db->pause * 2, NGX_MYTWIP_PAUSE_MAX);

    ngx_mytwip_database_state(db, NGX_MYTWIP_DATABASE_WAITING, pause);

    db->lost(db);
}


void
ngx_mytwip_database_recovered(ngx_mytwip_database_t *db)
{
    db->pause = NGX_MYTWIP_PAUSE_MIN;

    if (db->failed) {
        db->failed = 0;
        db->said[0] = 0;
        db->said[1] = 0;

        if (db->secondary) {
            return;
        }

        ngx_log_error(NGX_LOG_WARN, db->log, 0,
                      "database takes events again");
    }
}


static void
ngx_mytwip_database_broken(ngx_mytwip_database_t *db, const char *what)
{
    if (what == NULL && db->farewell[0]) {
        what = db->farewell;

    } else if (what == NULL) {
        what = db->pg ? PQerrorMessage(db->pg) : "no memory";
    }

    ngx_mytwip_database_note(db, NGX_LOG_WARN, NULL, what);

    ngx_mytwip_database_retry(db);
}
