
/*
 * Activities from the log phase: "mytwip_log" by nginx's variables, and
 * "mytwip_activity_rules" by method and path.  The answer has left by then, so
 * that the client waits for nothing of this.
 */

#include <jansson.h>

#include "ngx_mytwip_activity.h"
#include "ngx_mytwip_zone.h"

#include "mytwip_activity.h"


static ngx_uint_t ngx_mytwip_log_reader(ngx_http_request_t *r);
static ngx_uint_t ngx_mytwip_log_token(ngx_http_request_t *r,
    ngx_str_t *path);
static void ngx_mytwip_log(ngx_http_request_t *r, ngx_mytwip_log_t *log);
static void ngx_mytwip_log_rules(ngx_http_request_t *r,
    ngx_mytwip_loc_conf_t *mlcf);
static ngx_int_t ngx_mytwip_log_path(ngx_http_request_t *r, ngx_str_t *path);
static void ngx_mytwip_log_resource(ngx_str_t *resource,
    mytwip_rule_match_t *match);
static void ngx_mytwip_log_append(ngx_http_request_t *r,
    mytwip_rule_match_t *match, ngx_uint_t way, uint64_t user);
static char *ngx_mytwip_log_text(mytwip_rule_match_t *match);


ngx_int_t
ngx_mytwip_log_handler(ngx_http_request_t *r)
{
    ngx_uint_t              i;
    ngx_mytwip_log_t       *log;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    if ((mlcf->logs == NULL && mlcf->rules == NULL)
        || mlcf->kind || ngx_mytwip_log_reader(r))
    {
        /* nothing to do, or a reader, not a user: the URI holds a token */
        return NGX_OK;
    }

    if (mlcf->logs) {
        log = mlcf->logs->elts;

        for (i = 0; i < mlcf->logs->nelts; i++) {
            ngx_mytwip_log(r, &log[i]);
        }
    }

    if (mlcf->rules) {
        ngx_mytwip_log_rules(r, mlcf);
    }

    return NGX_OK;
}


/*
 * Whether it is a reader's request outside of a location of readers: one that
 * never came to it, or was sent on from there, as to an error page.
 */

static ngx_uint_t
ngx_mytwip_log_reader(ngx_http_request_t *r)
{
    ngx_str_t  path;

    /* a path that cannot be read is nobody's */

    return ngx_mytwip_log_token(r, &r->uri)
           || (r->internal && (ngx_mytwip_log_path(r, &path) != NGX_OK
                               || ngx_mytwip_log_token(r, &path)));
}


/* Whether there is one in the path, of whatever key. */

static ngx_uint_t
ngx_mytwip_log_token(ngx_http_request_t *r, ngx_str_t *path)
{
    size_t                   len;
    const char              *text;
    mytwip_token_t           token;
    ngx_mytwip_main_conf_t  *mmcf;

    mmcf = ngx_http_get_module_main_conf(r, ngx_mytwip_module);

    if (mmcf->keys == NULL) {
        return 0;
    }

    text = mytwip_token_find(path->data, path->len, &len);

    return mytwip_token_verify(mmcf->keys, text, len,
                               MYTWIP_TOKEN_UNSUBSCRIBE, &token)
           != MYTWIP_TOKEN_MALFORMED;
}


static void
ngx_mytwip_log(ngx_http_request_t *r, ngx_mytwip_log_t *log)
{
    ngx_str_t            value;
    mytwip_rule_match_t  match;

    if (log->filter) {

        if (ngx_http_complex_value(r, log->filter, &value) != NGX_OK
            || value.len == 0 || (value.len == 1 && value.data[0] == '0'))
        {
            return;
        }
    }

    if (ngx_http_complex_value(r, &log->activity, &value) != NGX_OK
        || !mytwip_activity_slug((char *) value.data, value.len))
    {
        return;
    }

    ngx_memzero(&match, sizeof(mytwip_rule_match_t));

    match.activity = (char *) value.data;
    match.activity_len = value.len;

    if (log->resource
        && ngx_http_complex_value(r, log->resource, &value) == NGX_OK)
    {
        ngx_mytwip_log_resource(&value, &match);
    }

    ngx_mytwip_log_append(r, &match, MYTWIP_WAY_LOG,
                          ngx_mytwip_user(r, log->user));
}


/* A request that failed is no activity. */

static void
ngx_mytwip_log_rules(ngx_http_request_t *r, ngx_mytwip_loc_conf_t *mlcf)
{
    int                  found;
    uint64_t             limited;
    ngx_str_t            path;
    mytwip_rule_match_t  match;

    if (r->headers_out.status >= NGX_HTTP_BAD_REQUEST
        || ngx_mytwip_log_path(r, &path) != NGX_OK)
    {
        return;
    }

    limited = mytwip_rules_limited(mlcf->rules);

    found = mytwip_rules_match(mlcf->rules, r->method_name.data,
                               r->method_name.len, path.data, path.len,
                               &match);

    ngx_mytwip_worker->count.limited += mytwip_rules_limited(mlcf->rules)
                                        - limited;

    if (!found) {
        return;
    }

    ngx_mytwip_log_append(r, &match, MYTWIP_WAY_RULE,
                          ngx_mytwip_user(r, mlcf->rules_user));
}


/* The path that the client has asked for, whatever it was rewritten to. */

static ngx_int_t
ngx_mytwip_log_path(ngx_http_request_t *r, ngx_str_t *path)
{
    ngx_str_t   args;
    ngx_uint_t  flags;

    if (!r->internal) {
        *path = r->uri;
        return NGX_OK;
    }

    *path = r->unparsed_uri;
    flags = 0;

    return ngx_http_parse_unsafe_uri(r, path, &args, &flags);
}


/* "type:id"; anything else is no resource. */

static void
ngx_mytwip_log_resource(ngx_str_t *resource, mytwip_rule_match_t *match)
{
    u_char  *colon, *last;

    last = resource->data + resource->len;
    colon = ngx_strlchr(resource->data, last, ':');

    if (colon == NULL
        || !mytwip_activity_slug((char *) resource->data,
                                 colon - resource->data)
        || colon + 1 == last
        || last - colon - 1 > MYTWIP_ACTIVITY_ID_MAX)
    {
        return;
    }

    match->resource_type = (char *) resource->data;
    match->resource_type_len = colon - resource->data;
    match->resource_id = (char *) colon + 1;
    match->resource_id_len = last - colon - 1;
}


static void
ngx_mytwip_log_append(ngx_http_request_t *r, mytwip_rule_match_t *match,
    ngx_uint_t way, uint64_t user)
{
    char            *text;
    ngx_time_t      *tp;
    mytwip_event_t   event;

    text = ngx_mytwip_log_text(match);

    if (text == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "no memory for an activity");
        return;
    }

    tp = ngx_timeofday();

    ngx_memzero(&event, sizeof(mytwip_event_t));

    event.kind = MYTWIP_EVENT_ACTIVITY;
    event.code = (uint8_t) way;
    event.time = (int64_t) tp->sec * 1000000 + (int64_t) tp->msec * 1000;
    event.reader = user;
    event.text = (u_char *) text;
    event.text_len = ngx_strlen(text);

    /* without room it is counted as shed */
    (void) ngx_mytwip_journal_append(&event, 1);

    free(text);
}


/* As mytwip_activity.h has it; an id that is no UTF-8 is left out. */

static char *
ngx_mytwip_log_text(mytwip_rule_match_t *match)
{
    char    *text;
    json_t  *id, *event;

    event = json_pack("{s:s%}", "activity", match->activity,
                      match->activity_len);

    if (event == NULL) {
        return NULL;
    }

    id = match->resource_type ? json_stringn(match->resource_id,
                                             match->resource_id_len)
                              : NULL;

    if (id) {
        (void) json_object_set_new(event, "resource",
                                   json_pack("{s:s%,s:o}", "type",
                                             match->resource_type,
                                             match->resource_type_len,
                                             "id", id));
    }

    text = json_dumps(event, JSON_COMPACT);

    json_decref(event);

    return text;
}
