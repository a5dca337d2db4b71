
/*
 * The activity beacon: a POST of JSON from a page of the platform, as
 * navigator.sendBeacon() and fetch() send it.  Either all events of a body
 * are in the journal, and the answer is 204, or none is.
 */

#include "ngx_mytwip_activity.h"
#include "ngx_mytwip_header.h"

#include "mytwip_activity.h"


static ngx_int_t ngx_mytwip_activity_preflight(ngx_http_request_t *r);
static ngx_int_t ngx_mytwip_activity_check(ngx_http_request_t *r);
static ngx_uint_t ngx_mytwip_activity_type(ngx_http_request_t *r,
    const char *type);
static void ngx_mytwip_activity_body(ngx_http_request_t *r);
static ngx_int_t ngx_mytwip_activity_accept(ngx_http_request_t *r,
    mytwip_activities_t *list);
static void ngx_mytwip_activity_synced(void *data, ngx_int_t rc);
static ngx_int_t ngx_mytwip_activity_refuse(ngx_http_request_t *r,
    ngx_uint_t status, ngx_int_t element, const char *text);
static ngx_int_t ngx_mytwip_activity_done(ngx_http_request_t *r);
static ngx_str_t *ngx_mytwip_activity_origin(ngx_http_request_t *r);
static ngx_uint_t ngx_mytwip_activity_foreign(ngx_http_request_t *r);
static ngx_int_t ngx_mytwip_activity_cors(ngx_http_request_t *r,
    ngx_str_t *origin);


ngx_int_t
ngx_mytwip_activity_handler(ngx_http_request_t *r)
{
    ngx_int_t   rc;
    ngx_str_t  *origin;

    origin = ngx_mytwip_activity_origin(r);

    if (origin && ngx_mytwip_activity_cors(r, origin) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS && origin) {
        return ngx_mytwip_activity_preflight(r);
    }

    rc = ngx_mytwip_activity_check(r);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_mytwip_activity_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


/* Answers what cannot be taken; NGX_DECLINED: the body may be read. */

static ngx_int_t
ngx_mytwip_activity_check(ngx_http_request_t *r)
{
    if (r->method != NGX_HTTP_POST) {
        if (ngx_mytwip_header_text(r, "Allow", "POST") != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_mytwip_activity_refuse(r, NGX_HTTP_NOT_ALLOWED, -1,
                                          "POST is expected");
    }

    if (ngx_mytwip_activity_foreign(r)) {
        return ngx_mytwip_activity_refuse(r, NGX_HTTP_FORBIDDEN, -1,
                                          "pages of this origin may not");
    }

    if (ngx_mytwip_request_header(r, "content-encoding")) {
        return ngx_mytwip_activity_refuse(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                          -1, "no encoding is expected");
    }

    if (!ngx_mytwip_activity_type(r, "application/json")
        && !ngx_mytwip_activity_type(r, "text/plain"))
    {
        return ngx_mytwip_activity_refuse(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                          -1, "application/json or text/plain "
                                          "is expected");
    }

    if (r->headers_in.content_length_n > MYTWIP_ACTIVITY_BODY_MAX) {
        return ngx_mytwip_activity_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                          -1, "a body of at most 65536 bytes "
                                          "is expected");
    }

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_mytwip_activity_type(ngx_http_request_t *r, const char *type)
{
    size_t      len;
    ngx_str_t  *value;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    len = ngx_strlen(type);
    value = &r->headers_in.content_type->value;

    return value->len >= len
           && ngx_strncasecmp(value->data, (u_char *) type, len) == 0
           && (value->len == len || value->data[len] == ';'
               || value->data[len] == ' ');
}


static void
ngx_mytwip_activity_body(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                  body;
    mytwip_activities_t       *list;
    mytwip_activity_error_t    err;

    rc = ngx_mytwip_body(r, MYTWIP_ACTIVITY_BODY_MAX, &body);

    if (rc == NGX_DECLINED) {
        rc = ngx_mytwip_activity_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                        -1, "a body of at most 65536 bytes is "
                                        "expected");
        ngx_http_finalize_request(r, rc);
        return;
    }

    list = ngx_palloc(r->pool, sizeof(mytwip_activities_t));

    if (rc != NGX_OK || list == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    switch (mytwip_activities_parse(body.data, body.len, list, &err)) {

    case MYTWIP_ACTIVITY_OK:
        rc = ngx_mytwip_activity_accept(r, list);
        mytwip_activities_free(list);
        break;

    case MYTWIP_ACTIVITY_INVALID:
        rc = ngx_mytwip_activity_refuse(r, NGX_HTTP_BAD_REQUEST, err.element,
                                        err.text);
        break;

    case MYTWIP_ACTIVITY_TOO_LARGE:
        rc = ngx_mytwip_activity_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                        err.element, err.text);
        break;

    default: /* MYTWIP_ACTIVITY_FAILED */
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        break;
    }

    /* not NGX_AGAIN: that is an answer which the client does not read yet */

    if (rc != NGX_DONE) {
        ngx_http_finalize_request(r, rc);
    }
}


/* Returns NGX_DONE if the answer has to wait for the disk ("sync=always"). */

static ngx_int_t
ngx_mytwip_activity_accept(ngx_http_request_t *r, mytwip_activities_t *list)
{
    uint64_t                user;
    ngx_int_t               rc;
    ngx_uint_t              i;
    ngx_time_t             *tp;
    mytwip_event_t         *event;
    ngx_mytwip_ctx_t       *ctx;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    ctx = ngx_mytwip_create_ctx(r);
    event = ngx_pcalloc(r->pool, list->n * sizeof(mytwip_event_t));

    if (ctx == NULL || event == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    tp = ngx_timeofday();
    user = ngx_mytwip_user(r, mlcf->activity_user);

    for (i = 0; i < list->n; i++) {
        event[i].kind = MYTWIP_EVENT_ACTIVITY;
        event[i].code = MYTWIP_WAY_BEACON;
        event[i].time = (int64_t) tp->sec * 1000000
                        + (int64_t) tp->msec * 1000;
        event[i].reader = user;
        event[i].text = (u_char *) list->event[i].text;
        event[i].text_len = list->event[i].len;
    }

    rc = ngx_mytwip_journal_append(event, list->n);

    if (rc == NGX_ABORT) {
        return ngx_mytwip_activity_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                          -1, "the events are more than a "
                                          "journal segment can hold");
    }

    if (rc != NGX_OK) {
        ctx->result = NGX_MYTWIP_SHED;

        if (ngx_mytwip_header_text(r, "Retry-After", "60") != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_mytwip_activity_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE, -1,
                                          "there is no room, try again");
    }

    ctx->result = NGX_MYTWIP_ACCEPTED;

    if (ngx_mytwip_await_sync(r, ctx, ngx_mytwip_activity_synced) == NGX_AGAIN)
    {
        return NGX_DONE;
    }

    return ngx_mytwip_activity_done(r);
}


static void
ngx_mytwip_activity_synced(void *data, ngx_int_t rc)
{
    ngx_http_request_t *r = data;

    ngx_connection_t  *c;

    c = r->connection;

    rc = (rc == NGX_OK) ? ngx_mytwip_activity_done(r)
                        : ngx_mytwip_activity_refuse(r,
                                       NGX_HTTP_INTERNAL_SERVER_ERROR, -1,
                                       "the disk has failed; it may be kept "
                                       "all the same");

    ngx_http_finalize_request(r, rc);

    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_mytwip_activity_done(ngx_http_request_t *r)
{
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->headers_out.content_length_n = 0;
    r->header_only = 1;

    return ngx_http_send_header(r);
}


/* The reason is one of ours, without a part of the body. */

static ngx_int_t
ngx_mytwip_activity_refuse(ngx_http_request_t *r, ngx_uint_t status,
    ngx_int_t element, const char *text)
{
    u_char                    *p, *escaped;
    size_t                     len;
    ngx_http_complex_value_t   cv;

    static ngx_str_t  type = ngx_string("application/json");

    static const char  frame[] = "{\"error\":\"\",\"element\":null}\n";

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));

    len = ngx_strlen(text);

    escaped = ngx_pnalloc(r->pool, len * 6);
    p = ngx_pnalloc(r->pool, sizeof(frame) + len * 6 + NGX_INT_T_LEN);

    if (escaped == NULL || p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = (u_char *) ngx_escape_json(escaped, (u_char *) text, len) - escaped;

    cv.value.data = p;

    p = ngx_sprintf(p, "{\"error\":\"%*s\",\"element\":", len, escaped);
    p = (element < 0) ? ngx_cpymem(p, "null", 4)
                      : ngx_sprintf(p, "%i", element);
    p = ngx_cpymem(p, "}\n", 2);

    cv.value.len = p - cv.value.data;

    return ngx_http_send_response(r, status, &type, &cv);
}


/* CORS: the Origin of the request, if it is one of the configured ones. */

static ngx_str_t *
ngx_mytwip_activity_origin(ngx_http_request_t *r)
{
    ngx_str_t              *origin;
    ngx_uint_t              i;
    ngx_table_elt_t        *h;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    if (mlcf->origins == NULL) {
        return NULL;
    }

    h = ngx_mytwip_request_header(r, "origin");
    if (h == NULL) {
        return NULL;
    }

    origin = mlcf->origins->elts;

    for (i = 0; i < mlcf->origins->nelts; i++) {
        if (origin[i].len == h->value.len
            && ngx_strncasecmp(origin[i].data, h->value.data, h->value.len)
               == 0)
        {
            return &origin[i];
        }
    }

    return NULL;
}


/*
 * Whether a page of another origin sends this, one that is not configured: the
 * browser may have sent the user's cookie with it.
 */

static ngx_uint_t
ngx_mytwip_activity_foreign(ngx_http_request_t *r)
{
    u_char           *host;
    ngx_str_t        *own;
    ngx_table_elt_t  *h;

    h = ngx_mytwip_request_header(r, "origin");

    if (h == NULL || ngx_mytwip_activity_origin(r)) {
        return 0;
    }

    host = ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                            (u_char *) "://", 3 - 1);

    if (host == NULL || r->headers_in.host == NULL) {
        return 1;
    }

    host += 3;
    own = &r->headers_in.host->value;

    return (size_t) (h->value.data + h->value.len - host) != own->len
           || ngx_strncasecmp(host, own->data, own->len) != 0;
}


static ngx_int_t
ngx_mytwip_activity_cors(ngx_http_request_t *r, ngx_str_t *origin)
{
    if (ngx_mytwip_header(r, "Access-Control-Allow-Origin",
                          (char *) origin->data, origin->len)
        != NGX_OK
        || ngx_mytwip_header_text(r, "Access-Control-Allow-Credentials",
                                  "true")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_mytwip_header_text(r, "Vary", "Origin");
}


static ngx_int_t
ngx_mytwip_activity_preflight(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_mytwip_header_text(r, "Access-Control-Allow-Methods", "POST")
        != NGX_OK
        || ngx_mytwip_header_text(r, "Access-Control-Allow-Headers",
                                  "Content-Type, X-Mytwip-Session")
           != NGX_OK
        || ngx_mytwip_header_text(r, "Access-Control-Max-Age", "86400")
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_mytwip_activity_done(r);
}
