
/*
 * The tracking pixel: answers with a transparent image of one pixel and
 * records an open.  The answer is the same for every token, valid or not:
 * a broken image in somebody's mail is worse than a lost count, and a forger
 * learns nothing.
 *
 * It is the answer to a trap too: a link in the mail that no person sees.
 */

#include "ngx_mytwip_header.h"
#include "ngx_mytwip_request.h"
#include "ngx_mytwip_zone.h"


static ngx_int_t ngx_mytwip_pixel_record(ngx_http_request_t *r,
    ngx_mytwip_ctx_t *ctx);
static void ngx_mytwip_pixel_synced(void *data, ngx_int_t rc);
static ngx_int_t ngx_mytwip_pixel_send(ngx_http_request_t *r);


/* a GIF89a of 1 x 1, its only colour transparent */

static u_char  ngx_mytwip_pixel_gif[] = {

    'G', 'I', 'F', '8', '9', 'a',

    /* logical screen: width, height, global colour table of 2, background,
       aspect ratio */

    0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00,

    /* the colours */

    0xff, 0xff, 0xff,
    0x00, 0x00, 0x00,

    /* graphic control extension: colour 0 is transparent */

    0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00,

    /* image descriptor: left, top, width, height, no local colour table */

    0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00,

    /* LZW of clear, 0, end with codes of at least 2 bits */

    0x02, 0x02, 0x44, 0x01, 0x00,

    /* trailer */

    0x3b
};


static ngx_str_t  ngx_mytwip_pixel_type = ngx_string("image/gif");


ngx_int_t
ngx_mytwip_pixel_handler(ngx_http_request_t *r)
{
    ngx_int_t          rc;
    ngx_mytwip_ctx_t  *ctx;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx = ngx_mytwip_get_ctx(r);

    if (ctx && ctx->valid && ngx_mytwip_pixel_record(r, ctx) == NGX_AGAIN) {
        return NGX_DONE;
    }

    return ngx_mytwip_pixel_send(r);
}


/* Returns NGX_AGAIN if the answer has to wait for the disk ("sync=always"). */

static ngx_int_t
ngx_mytwip_pixel_record(ngx_http_request_t *r, ngx_mytwip_ctx_t *ctx)
{
    mytwip_event_t  event;

    ngx_mytwip_event(r, ctx, ctx->token.kind == MYTWIP_TOKEN_LINK
                             ? MYTWIP_EVENT_TRAP : MYTWIP_EVENT_OPEN,
                     &event);

    if (ngx_mytwip_journal_append(&event, 1) != NGX_OK) {
        ctx->result = NGX_MYTWIP_SHED;
        return NGX_OK;
    }

    ctx->result = NGX_MYTWIP_ACCEPTED;

    r->main->count++;

    if (ngx_mytwip_await_sync(r, ctx, ngx_mytwip_pixel_synced) == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    r->main->count--;

    return NGX_OK;
}


/* The image is answered whatever the disk said: the journal has told it. */

static void
ngx_mytwip_pixel_synced(void *data, ngx_int_t rc)
{
    ngx_http_request_t *r = data;

    ngx_connection_t  *c;

    c = r->connection;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0, "mytwip pixel synced: %i",
                   rc);

    ngx_http_finalize_request(r, ngx_mytwip_pixel_send(r));

    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_mytwip_pixel_send(ngx_http_request_t *r)
{
    ngx_http_complex_value_t  cv;

    if (ngx_mytwip_header_text(r, "Cache-Control", "no-store, private")
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));

    cv.value.len = sizeof(ngx_mytwip_pixel_gif);
    cv.value.data = ngx_mytwip_pixel_gif;
    r->headers_out.last_modified_time = -1;
    r->disable_not_modified = 1;

    return ngx_http_send_response(r, NGX_HTTP_OK, &ngx_mytwip_pixel_type, &cv);
}
