
/*
 * What a reader asks for on a page: see ngx_mytwip_ask.h.
 *
 *     POST ─ append ─┬─ committed ─────────────────────────┬─ done
 *                    └─ timeout, no connection ─ fdatasync ┤
 *                                                          └─ 503 if that fails
 */

#include "ngx_mytwip_ask.h"


#define NGX_MYTWIP_BODY_MAX     4096
#define NGX_MYTWIP_LOOKUP_WAIT  1000


static ngx_int_t ngx_mytwip_ask_post(ngx_http_request_t *r,
    const ngx_mytwip_ask_t *ask);
static void ngx_mytwip_ask_body(ngx_http_request_t *r);
static ngx_int_t ngx_mytwip_ask_read(ngx_http_request_t *r,
    mytwip_form_t *form);
static void ngx_mytwip_ask_record(ngx_http_request_t *r,
    mytwip_event_t *event);
static void ngx_mytwip_ask_committed(void *data, ngx_int_t rc);
static void ngx_mytwip_ask_timeout(ngx_event_t *ev);
static void ngx_mytwip_ask_sync(ngx_http_request_t *r);
static void ngx_mytwip_ask_synced(void *data, ngx_int_t rc);
static void ngx_mytwip_ask_done(ngx_http_request_t *r);
static void ngx_mytwip_ask_failed(ngx_http_request_t *r);
static ngx_int_t ngx_mytwip_ask_lookup(ngx_http_request_t *r);
static void ngx_mytwip_ask_found(void *data);
static void ngx_mytwip_ask_late(ngx_event_t *ev);
static ngx_int_t ngx_mytwip_ask_answer(ngx_http_request_t *r);
static void ngx_mytwip_ask_finalize(ngx_http_request_t *r, ngx_int_t rc);
static ngx_mytwip_wait_t *ngx_mytwip_ask_wait(ngx_http_request_t *r,
    const ngx_mytwip_ask_t *ask);
static void ngx_mytwip_ask_cleanup(void *data);


ngx_int_t
ngx_mytwip_ask(ngx_http_request_t *r, const ngx_mytwip_ask_t *ask)
{
    ngx_int_t          rc;
    ngx_mytwip_ctx_t  *ctx;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
        return ngx_mytwip_text(r, NGX_HTTP_NOT_ALLOWED,
                               "GET, HEAD or POST is expected");
    }

    ctx = ngx_mytwip_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->valid && r->method == NGX_HTTP_POST) {
        return ngx_mytwip_ask_post(r, ask);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!ctx->valid) {
        return ngx_mytwip_page(r, NGX_HTTP_NOT_FOUND, ask->invalid);
    }

    if (ngx_mytwip_ask_wait(r, ask) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_mytwip_ask_lookup(r) == NGX_AGAIN) {
        r->main->count++;
        return NGX_DONE;
    }

    return ngx_mytwip_ask_answer(r);
}


static ngx_int_t
ngx_mytwip_ask_post(ngx_http_request_t *r, const ngx_mytwip_ask_t *ask)
{
    ngx_int_t      rc;
    ngx_str_t     *type;
    mytwip_form_t  form;

    type = r->headers_in.content_type ? &r->headers_in.content_type->value
                                      : NULL;

    if (type == NULL
        || mytwip_form_init(&form, type->data, type->len, NULL, 0) != 0)
    {
        return ngx_mytwip_text(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                               "multipart/form-data or "
                               "application/x-www-form-urlencoded is expected");
    }

    if (r->headers_in.content_length_n > NGX_MYTWIP_BODY_MAX) {
        return ngx_mytwip_text(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                               "a body of at most 4096 bytes is expected");
    }

    if (ngx_mytwip_ask_wait(r, ask) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_mytwip_ask_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_mytwip_ask_body(ngx_http_request_t *r)
{
    ngx_int_t           rc;
    mytwip_form_t       form;
    mytwip_event_t      event;
    ngx_mytwip_ctx_t   *ctx;
    ngx_mytwip_wait_t  *wait;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);
    wait = ctx->wait;

    rc = ngx_mytwip_ask_read(r, &form);

    if (rc == NGX_DECLINED) {
        rc = ngx_mytwip_text(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                             "a body of at most 4096 bytes is expected");
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    rc = wait->ask->form(&form, wait, &event);

    if (rc == NGX_DECLINED) {
        rc = ngx_mytwip_text(r, NGX_HTTP_BAD_REQUEST, wait->ask->expected);
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (rc == NGX_DONE) {
        ngx_mytwip_ask_done(r);
        return;
    }

    if (event.kind == MYTWIP_EVENT_UNDO && ctx->token.compromised) {
        /* it may be out, and nobody else may bring the reader back in */
        rc = ngx_mytwip_page(r, NGX_HTTP_FORBIDDEN, wait->ask->invalid);
        ngx_http_finalize_request(r, rc);
        return;
    }

    ngx_mytwip_ask_record(r, &event);
}


/* Returns NGX_DECLINED for a body that is too large. */

static ngx_int_t
ngx_mytwip_ask_read(ngx_http_request_t *r, mytwip_form_t *form)
{
    ngx_int_t  rc;
    ngx_str_t  body, *type;

    rc = ngx_mytwip_body(r, NGX_MYTWIP_BODY_MAX, &body);

    if (rc != NGX_OK) {
        return rc;
    }

    type = &r->headers_in.content_type->value;

    return mytwip_form_init(form, type->data, type->len, body.data,
                            body.len) == 0
           ? NGX_OK : NGX_ERROR;
}


static void
ngx_mytwip_ask_record(ngx_http_request_t *r, mytwip_event_t *event)
{
    struct timeval          tv;
    ngx_mytwip_ctx_t       *ctx;
    ngx_mytwip_wait_t      *wait;
    ngx_mytwip_loc_conf_t  *mlcf;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);
    wait = ctx->wait;

    /* requests of one reader are put in order by it: not the cached time */

    ngx_gettimeofday(&tv);
    event->time = (int64_t) tv.tv_sec * 1000000 + tv.tv_usec;

    event->issue = ctx->token.issue;
    event->reader = ctx->token.reader;

    if (ngx_mytwip_journal_append(event, 1) != NGX_OK) {
        ctx->result = NGX_MYTWIP_SHED;
        ngx_mytwip_ask_failed(r);
        return;
    }

    ctx->result = NGX_MYTWIP_ACCEPTED;

    ngx_mytwip_journal_note(&wait->sync);

    wait->commit.handler = ngx_mytwip_ask_committed;
    wait->commit.data = r;

    if (ngx_mytwip_shipper_commit(&wait->commit) == NGX_DECLINED) {
        ngx_mytwip_ask_sync(r);
        return;
    }

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    wait->timer.handler = ngx_mytwip_ask_timeout;
    wait->timer.data = r;
    wait->timer.log = r->connection->log;

    ngx_add_timer(&wait->timer, mlcf->unsubscribe_timeout);
}


static void
ngx_mytwip_ask_committed(void *data, ngx_int_t rc)
{
    ngx_http_request_t *r = data;

    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx->wait->timer.timer_set) {
        ngx_del_timer(&ctx->wait->timer);
    }

    if (rc == NGX_OK) {
        ngx_mytwip_ask_done(r);

    } else {
        ngx_mytwip_ask_sync(r);
    }
}


static void
ngx_mytwip_ask_timeout(ngx_event_t *ev)
{
    ngx_http_request_t *r = ev->data;

    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    ngx_mytwip_commit_forget(&ctx->wait->commit);

    ngx_mytwip_ask_sync(r);
}


static void
ngx_mytwip_ask_sync(ngx_http_request_t *r)
{
    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    ctx->wait->sync.handler = ngx_mytwip_ask_synced;
    ctx->wait->sync.data = r;

    ngx_mytwip_journal_sync(&ctx->wait->sync);
}


static void
ngx_mytwip_ask_synced(void *data, ngx_int_t rc)
{
    ngx_http_request_t *r = data;

    if (rc == NGX_OK) {
        ngx_mytwip_ask_done(r);

    } else {
        ngx_mytwip_ask_failed(r);
    }
}


static void
ngx_mytwip_ask_done(ngx_http_request_t *r)
{
    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx->wait->text == NULL && ngx_mytwip_ask_lookup(r) == NGX_AGAIN) {
        return;
    }

    ngx_mytwip_ask_finalize(r, ngx_mytwip_ask_answer(r));
}


/* Not done, and never said to be. */

static void
ngx_mytwip_ask_failed(ngx_http_request_t *r)
{
    ngx_int_t          rc;
    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    rc = ctx->wait->text
         ? ngx_mytwip_text(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                           "This could not be recorded. Please try again.")
         : ngx_mytwip_page(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                           NGX_MYTWIP_PAGE_UNAVAILABLE);

    ngx_mytwip_ask_finalize(r, rc);
}


/* What the page shows; NGX_DECLINED: it has to do without. */

static ngx_int_t
ngx_mytwip_ask_lookup(ngx_http_request_t *r)
{
    ngx_mytwip_ctx_t     *ctx;
    ngx_mytwip_lookup_t  *lookup;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx->token.compromised) {
        /* whoever has made it is not told who is subscribed to what */
        return NGX_DECLINED;
    }

    lookup = &ctx->wait->lookup;
    ctx->lookup = lookup;

    lookup->question = ctx->wait->ask->question;
    lookup->pool = r->pool;
    lookup->issue = ctx->token.issue;
    lookup->reader = ctx->token.reader;
    lookup->handler = ngx_mytwip_ask_found;
    lookup->data = r;

    if (ngx_mytwip_lookup(lookup) == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    /* not cancelable: it holds the process, too */

    ctx->wait->timer.handler = ngx_mytwip_ask_late;
    ctx->wait->timer.data = r;
    ctx->wait->timer.log = r->connection->log;

    ngx_add_timer(&ctx->wait->timer, NGX_MYTWIP_LOOKUP_WAIT);

    return NGX_AGAIN;
}


static void
ngx_mytwip_ask_late(ngx_event_t *ev)
{
    ngx_http_request_t *r = ev->data;

    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    ngx_mytwip_lookup_forget(&ctx->wait->lookup);

    ngx_mytwip_ask_finalize(r, ngx_mytwip_ask_answer(r));
}


static void
ngx_mytwip_ask_found(void *data)
{
    ngx_http_request_t *r = data;

    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx->wait->timer.timer_set) {
        ngx_del_timer(&ctx->wait->timer);
    }

    ngx_mytwip_ask_finalize(r, ngx_mytwip_ask_answer(r));
}


static ngx_int_t
ngx_mytwip_ask_answer(ngx_http_request_t *r)
{
    ngx_mytwip_ctx_t   *ctx;
    ngx_mytwip_wait_t  *wait;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);
    wait = ctx->wait;

    if (wait->ask->found) {
        wait->ask->found(wait);
    }

    return wait->text ? ngx_mytwip_text(r, NGX_HTTP_OK, wait->text)
                      : ngx_mytwip_page(r, NGX_HTTP_OK, wait->page);
}


static void
ngx_mytwip_ask_finalize(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_connection_t  *c;

    c = r->connection;

    ngx_http_finalize_request(r, rc);

    ngx_http_run_posted_requests(c);
}


/* What the request may wait for, given up if it ends before. */

static ngx_mytwip_wait_t *
ngx_mytwip_ask_wait(ngx_http_request_t *r, const ngx_mytwip_ask_t *ask)
{
    ngx_mytwip_ctx_t    *ctx;
    ngx_http_cleanup_t  *cln;

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    ctx->wait = ngx_pcalloc(r->pool, sizeof(ngx_mytwip_wait_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (ctx->wait == NULL || cln == NULL) {
        return NULL;
    }

    ctx->wait->ask = ask;
    ctx->wait->page = ask->page;

    cln->handler = ngx_mytwip_ask_cleanup;
    cln->data = ctx->wait;

    return ctx->wait;
}


static void
ngx_mytwip_ask_cleanup(void *data)
{
    ngx_mytwip_wait_t *wait = data;

    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }

    ngx_mytwip_commit_forget(&wait->commit);
    ngx_mytwip_journal_forget(&wait->sync);
    ngx_mytwip_lookup_forget(&wait->lookup);
}
