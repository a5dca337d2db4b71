
/*
 * From a request to a verified token and to an event: see
 * ngx_mytwip_request.h.
 */

#include "ngx_mytwip_header.h"
#include "ngx_mytwip_request.h"
#include "ngx_mytwip_zone.h"


#define NGX_MYTWIP_FORGET  60000         /* milliseconds */


static void ngx_mytwip_verify(ngx_http_request_t *r, ngx_uint_t kind,
    ngx_mytwip_ctx_t *ctx);
static void ngx_mytwip_agent_forget(ngx_event_t *ev);


ngx_str_t  ngx_mytwip_results[NGX_MYTWIP_RESULTS] = {
    ngx_null_string,
    ngx_string("accepted"),
    ngx_string("shed"),
    ngx_string("malformed"),
    ngx_string("wrong_kind"),
    ngx_string("unknown_key"),
    ngx_string("forged")
};


ngx_mytwip_ctx_t *
ngx_mytwip_get_ctx(ngx_http_request_t *r)
{
    ngx_mytwip_ctx_t       *ctx;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    if (mlcf->kind == 0) {
        return NULL;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx && ctx->kind == mlcf->kind) {
        return ctx;
    }

    /* new, or it was rewritten to a location of another kind */

    ctx = ngx_mytwip_create_ctx(r);

    if (ctx) {
        ngx_mytwip_verify(r, mlcf->kind, ctx);
    }

    return ctx;
}


ngx_mytwip_ctx_t *
ngx_mytwip_create_ctx(ngx_http_request_t *r)
{
    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_mytwip_ctx_t));

    if (ctx) {
        ngx_http_set_ctx(r, ctx, ngx_mytwip_module);
    }

    return ctx;
}


ngx_int_t
ngx_mytwip_await_sync(ngx_http_request_t *r, ngx_mytwip_ctx_t *ctx,
    void (*handler)(void *data, ngx_int_t rc))
{
    ngx_http_cleanup_t  *cln;

    if (!ngx_mytwip_journal_always()) {
        return NGX_OK;
    }

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NGX_OK;
    }

    ctx->sync.handler = handler;
    ctx->sync.data = r;

    cln->handler = ngx_mytwip_journal_forget;
    cln->data = &ctx->sync;

    ngx_mytwip_journal_note(&ctx->sync);
    ngx_mytwip_journal_sync(&ctx->sync);

    return NGX_AGAIN;
}


static void
ngx_mytwip_verify(ngx_http_request_t *r, ngx_uint_t kind,
    ngx_mytwip_ctx_t *ctx)
{
    size_t                   len;
    const char              *text;
    ngx_mytwip_main_conf_t  *mmcf;

    static const ngx_mytwip_result_t  results[] = {
        NGX_MYTWIP_NO_RESULT,           /* MYTWIP_TOKEN_OK */
        NGX_MYTWIP_MALFORMED,
        NGX_MYTWIP_WRONG_KIND,
        NGX_MYTWIP_UNKNOWN_KEY,
        NGX_MYTWIP_FORGED,
        NGX_MYTWIP_FORGED               /* MYTWIP_TOKEN_FAILED */
    };

    mmcf = ngx_http_get_module_main_conf(r, ngx_mytwip_module);

    text = mytwip_token_find(r->uri.data, r->uri.len, &len);

    ctx->kind = kind;
    ctx->result = results[mytwip_token_verify(mmcf->keys, text, len, kind,
                                              &ctx->token)];
    ctx->valid = (ctx->result == NGX_MYTWIP_NO_RESULT);

    if (ctx->result == NGX_MYTWIP_WRONG_KIND && kind == MYTWIP_TOKEN_PIXEL) {

        /* a trap is a link of the mail, with the pixel's answer */

        ctx->result = results[mytwip_token_verify(mmcf->keys, text, len,
                                                  MYTWIP_TOKEN_LINK,
                                                  &ctx->token)];
        ctx->valid = (ctx->result == NGX_MYTWIP_NO_RESULT);
    }

    if (!ctx->valid) {
        ngx_mytwip_worker->count.rejected[ctx->result - NGX_MYTWIP_MALFORMED]++;
    }
}


void
ngx_mytwip_event(ngx_http_request_t *r, ngx_mytwip_ctx_t *ctx,
    ngx_uint_t kind, mytwip_event_t *event)
{
    ngx_time_t             *tp;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    tp = ngx_timeofday();

    event->kind = (uint8_t) kind;
    event->code = (uint8_t) ngx_mytwip_agent(r);
    event->time = (int64_t) tp->sec * 1000000 + (int64_t) tp->msec * 1000;
    event->issue = ctx->token.issue;

    /* nobody gets an open that somebody else may have made up */

    event->reader = (ctx->token.compromised
                     || (mlcf->privacy_signal && ngx_mytwip_objects(r)))
                    ? 0 : ctx->token.reader;
}


ngx_int_t
ngx_mytwip_body(ngx_http_request_t *r, size_t max, ngx_str_t *body)
{
    off_t         size;
    u_char       *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (r->request_body == NULL) {
        return NGX_ERROR;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > (off_t) max) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, size + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;
    body->len = size;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        if (!b->in_file) {
            /* an empty body, or the end of a chunked one */
            continue;
        }

        /* larger than client_body_buffer_size: just written, in the cache */

        n = ngx_read_file(b->file, p, ngx_buf_size(b), b->file_pos);
        if (n != ngx_buf_size(b)) {
            return NGX_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}


void
ngx_mytwip_agent_init(ngx_cycle_t *cycle, mytwip_agents_t *agents)
{
    static ngx_event_t  forget;

    ngx_memzero(&forget, sizeof(ngx_event_t));

    forget.handler = ngx_mytwip_agent_forget;
    forget.data = agents;
    forget.log = cycle->log;
    forget.cancelable = 1;

    ngx_add_timer(&forget, NGX_MYTWIP_FORGET);
}


/* A User-Agent may be one person's alone: it is not remembered for long. */

static void
ngx_mytwip_agent_forget(ngx_event_t *ev)
{
    mytwip_agents_forget(ev->data);

    ngx_add_timer(ev, NGX_MYTWIP_FORGET);
}


ngx_uint_t
ngx_mytwip_agent(ngx_http_request_t *r)
{
    ngx_uint_t               i;
    ngx_list_part_t         *part;
    ngx_table_elt_t         *h, *ua;
    ngx_mytwip_main_conf_t  *mmcf;

    if (r->method == NGX_HTTP_HEAD) {
        return MYTWIP_AGENT_BOT;
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (mytwip_agent_prefetch(h[i].lowcase_key, h[i].key.len,
                                      h[i].value.data, h[i].value.len))
            {
                return MYTWIP_AGENT_PREFETCH;
            }
        }
    }

    mmcf = ngx_http_get_module_main_conf(r, ngx_mytwip_module);

    ua = r->headers_in.user_agent;

    return ua ? mytwip_agent(mmcf->agents, ua->value.data, ua->value.len)
              : mytwip_agent(mmcf->agents, NULL, 0);
}


/*
 * Sec-GPC: 1 (Global Privacy Control) or DNT: 1.  Both are objections under
 * GDPR, art. 21(5).
 */

ngx_uint_t
ngx_mytwip_objects(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    static const char *const  names[] = { "sec-gpc", "dnt" };

    for (i = 0; i < 2; i++) {
        h = ngx_mytwip_request_header(r, names[i]);

        if (h && h->value.len == 1 && h->value.data[0] == '1') {
            return 1;
        }
    }

    return 0;
}
