
/*
 * The pages for people: see ngx_mytwip_page.h.  A page is sent as nginx sends
 * a file; the SSI filter does the rest.  It has no script and loads nothing;
 * its style is let in by a nonce, $request_id, which no two answers share.
 */

#include "ngx_mytwip_header.h"
#include "ngx_mytwip_page.h"

#include "mytwip_language.h"


#define NGX_MYTWIP_RETRY_AFTER  "60"        /* seconds */


static ngx_int_t ngx_mytwip_page_headers(ngx_http_request_t *r,
    ngx_uint_t status);
static ngx_int_t ngx_mytwip_page_csp(ngx_http_request_t *r);
static ngx_int_t ngx_mytwip_page_file(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of);
static ngx_int_t ngx_mytwip_page_body(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of);


/* The names of the files, and what is said if one cannot be read. */

typedef struct {
    const char  *name;
    const char  *text;
} ngx_mytwip_page_name_t;


static const ngx_mytwip_page_name_t  ngx_mytwip_pages[NGX_MYTWIP_PAGES] = {
    { "unsubscribe", "To unsubscribe, send this address a POST request with"
                     " List-Unsubscribe=One-Click." },
    { "unsubscribed", "You are unsubscribed." },
    { "unsubscribed-all", "You are unsubscribed." },
    { "resubscribed", "You are subscribed again." },
    { "invalid", "This link is not valid." },
    { "unavailable", "This could not be recorded. Please try again." },
    { "privacy", "The page about your data cannot be shown. Send this address"
                 " a POST request with action=stop to stop the measuring of"
                 " your opens, access to get your data, or erase_sure to have"
                 " it erased." },
    { "privacy-stopped", "Your opens are no longer measured." },
    { "privacy-access", "Your request is recorded. The answer goes to your"
                        " address." },
    { "privacy-erase", "To have your data erased, send this address a POST"
                       " request with action=erase_sure." },
    { "privacy-erasure", "Your request is recorded. The answer goes to your"
                         " address." },
    { "privacy-invalid", "This link is not valid." }
};


ngx_int_t
ngx_mytwip_check_pages(ngx_conf_t *cf, ngx_str_t *dir)
{
    u_char      path[NGX_MAX_PATH];
    ngx_uint_t  i, k;

    for (i = 0; i < MYTWIP_LANGUAGES; i++) {
        for (k = 0; k < NGX_MYTWIP_PAGES; k++) {

            *ngx_snprintf(path, NGX_MAX_PATH - 1, "%V/%s/%s.html", dir,
                          mytwip_languages[i], ngx_mytwip_pages[k].name)
                = '\0';

            if (access((char *) path, R_OK) == -1) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                                   "\"mytwip_pages\" lacks \"%s\"", path);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_str_t
ngx_mytwip_page_language(ngx_http_request_t *r)
{
    ngx_str_t          value;
    const char        *language;
    ngx_table_elt_t   *h;
    ngx_mytwip_ctx_t  *ctx;

    language = NULL;
    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx && ctx->lookup) {
        language = mytwip_language_of(ctx->lookup->language.data,
                                      ctx->lookup->language.len);
    }

    if (language == NULL) {
        h = ngx_mytwip_request_header(r, "accept-language");
        language = mytwip_language_accepted(h ? h->value.data : NULL,
                                            h ? h->value.len : 0);
    }

    value.data = (u_char *) language;
    value.len = ngx_strlen(language);

    return value;
}


ngx_int_t
ngx_mytwip_page(ngx_http_request_t *r, ngx_uint_t status,
    ngx_mytwip_page_t page)
{
    u_char                 *p;
    ngx_int_t               rc;
    ngx_str_t               path, language;
    ngx_open_file_info_t    of;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    language = ngx_mytwip_page_language(r);

    path.data = ngx_pnalloc(r->pool, mlcf->pages.len + language.len
                                     + sizeof("//unsubscribed-all.html"));
    if (path.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(path.data, "%V/%V/%s.html%Z", &mlcf->pages, &language,
                    ngx_mytwip_pages[page].name);
    path.len = p - path.data - 1;

    if (ngx_mytwip_page_file(r, &path, &of) != NGX_OK) {
        /* better than no answer */
        return ngx_mytwip_text(r, status, ngx_mytwip_pages[page].text);
    }

    r->headers_out.content_length_n = of.size;
    ngx_str_set(&r->headers_out.content_type, "text/html");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    ngx_str_set(&r->headers_out.charset, "utf-8");

    if (ngx_mytwip_page_headers(r, status) != NGX_OK
        || ngx_mytwip_page_csp(r) != NGX_OK
        || ngx_mytwip_header(r, "Content-Language", (char *) language.data,
                             language.len)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (!r->filter_need_in_memory) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "\"ssi\" is off where \"mytwip_pages\" are served");
    }

    return ngx_mytwip_page_body(r, &path, &of);
}


static ngx_int_t
ngx_mytwip_page_file(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ngx_memzero(of, sizeof(ngx_open_file_info_t));

    of->read_ahead = clcf->read_ahead;
    of->directio = NGX_MAX_OFF_T_VALUE;
    of->valid = clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->errors = clcf->open_file_cache_errors;
    of->events = clcf->open_file_cache_events;

    if (ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
        != NGX_OK
        || !of->is_file)
    {
        /* not the request's log, which would add its address and token */
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, of->err,
                      "page \"%V\" cannot be read", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_page_body(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NGX_ERROR;
    }

    b->file_last = of->size;
    b->in_file = of->size ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->sync = (b->last_buf || b->in_file) ? 0 : 1;
    b->last_in_chain = 1;

    b->file->fd = of->fd;
    b->file->name = *path;
    b->file->log = r->connection->log;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_mytwip_text(ngx_http_request_t *r, ngx_uint_t status, const char *text)
{
    u_char                    *p;
    ngx_http_complex_value_t   cv;

    static ngx_str_t  type = ngx_string("text/plain");

    if (ngx_mytwip_page_headers(r, status) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));

    cv.value.data = ngx_pnalloc(r->pool, ngx_strlen(text) + 1);
    if (cv.value.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(cv.value.data, "%s\n", text);
    cv.value.len = p - cv.value.data;

    return ngx_http_send_response(r, status, &type, &cv);
}


/* Of every answer: it is nobody else's, and the address stays here. */

static ngx_int_t
ngx_mytwip_page_headers(ngx_http_request_t *r, ngx_uint_t status)
{
    r->headers_out.status = status;
    r->headers_out.last_modified_time = -1;
    r->disable_not_modified = 1;

    if (ngx_mytwip_header_text(r, "Cache-Control", "no-store") != NGX_OK
        || ngx_mytwip_header_text(r, "Referrer-Policy", "no-referrer")
           != NGX_OK
        || ngx_mytwip_header_text(r, "X-Robots-Tag", "noindex") != NGX_OK
        || ngx_mytwip_header_text(r, "X-Content-Type-Options", "nosniff")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE) {
        return ngx_mytwip_header_text(r, "Retry-After",
                                      NGX_MYTWIP_RETRY_AFTER);
    }

    if (status == NGX_HTTP_NOT_ALLOWED) {
        return ngx_mytwip_header_text(r, "Allow", "GET, HEAD, POST");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_page_csp(ngx_http_request_t *r)
{
    ngx_str_t                   value;
    ngx_mytwip_main_conf_t     *mmcf;
    ngx_http_variable_value_t  *nonce;

    static const char  format[] = "default-src 'none'; style-src 'nonce-%v'; "
                                  "form-action 'self'; base-uri 'none'; "
                                  "frame-ancestors 'none'";

    mmcf = ngx_http_get_module_main_conf(r, ngx_mytwip_module);

    nonce = ngx_http_get_indexed_variable(r, mmcf->request_id);
    if (nonce == NULL || nonce->not_found) {
        return NGX_ERROR;
    }

    value.data = ngx_pnalloc(r->pool, sizeof(format) + nonce->len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, format, nonce) - value.data;

    return ngx_mytwip_header(r, "Content-Security-Policy",
                             (char *) value.data, value.len);
}
