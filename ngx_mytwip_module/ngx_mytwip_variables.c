
/*
 * $mytwip_kind, $mytwip_issue and $mytwip_result, for log_format, map and
 * limit_req.  None of them tells who the reader is.  The first two can be
 * used in any phase: the token is verified when it is first asked for.  So
 * can $mytwip_agent, which works in any location.
 *
 * $mytwip_language, $mytwip_newsletter and what else was looked up, for the
 * SSI of the pages.
 */

#include "ngx_mytwip_activity.h"
#include "ngx_mytwip_page.h"


static ngx_int_t ngx_mytwip_kind_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_mytwip_issue_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_mytwip_result_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_mytwip_agent_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_mytwip_user_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_mytwip_language_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_mytwip_page_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_mytwip_set_variable(ngx_http_variable_value_t *v,
    ngx_str_t *value);


static ngx_http_variable_t  ngx_mytwip_variables[] = {

    { ngx_string("mytwip_kind"), NULL, ngx_mytwip_kind_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_issue"), NULL, ngx_mytwip_issue_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_result"), NULL, ngx_mytwip_result_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_agent"), NULL, ngx_mytwip_agent_variable, 0, 0, 0 },

    { ngx_string("mytwip_user"), NULL, ngx_mytwip_user_variable, 0, 0, 0 },

    { ngx_string("mytwip_language"), NULL, ngx_mytwip_language_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_newsletter"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, newsletter), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_sender"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, sender), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_controller"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, controller), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_region"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, region), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_open_days"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, open_days), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_smallest_group"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, smallest_group), NGX_HTTP_VAR_NOCACHEABLE,
      0 },

    { ngx_string("mytwip_measured"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, measured), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("mytwip_access_asked"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, access_asked), NGX_HTTP_VAR_NOCACHEABLE,
      0 },

    { ngx_string("mytwip_erasure_asked"), NULL, ngx_mytwip_page_variable,
      offsetof(ngx_mytwip_lookup_t, erasure_asked), NGX_HTTP_VAR_NOCACHEABLE,
      0 },

      ngx_http_null_variable
};


static ngx_str_t  ngx_mytwip_kinds[] = {
    ngx_null_string,
    ngx_string("pixel"),
    ngx_string("unsubscribe"),
    ngx_string("link"),
    ngx_string("privacy")
};


ngx_int_t
ngx_mytwip_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_mytwip_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_kind_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_mytwip_ctx_t       *ctx;
    ngx_mytwip_loc_conf_t  *mlcf;

    static ngx_str_t  trap = ngx_string("trap");

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    if (mlcf->kind == MYTWIP_TOKEN_PIXEL) {
        ctx = ngx_mytwip_get_ctx(r);

        if (ctx && ctx->valid && ctx->token.kind == MYTWIP_TOKEN_LINK) {
            ngx_mytwip_set_variable(v, &trap);
            return NGX_OK;
        }
    }

    ngx_mytwip_set_variable(v, &ngx_mytwip_kinds[mlcf->kind]);

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_issue_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t          value;
    ngx_mytwip_ctx_t  *ctx;

    ngx_str_null(&value);

    ctx = ngx_mytwip_get_ctx(r);

    if (ctx && ctx->valid) {
        value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
        if (value.data == NULL) {
            return NGX_ERROR;
        }

        value.len = ngx_sprintf(value.data, "%uL", ctx->token.issue)
                    - value.data;
    }

    ngx_mytwip_set_variable(v, &value);

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_result_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_mytwip_ctx_t  *ctx;

    ctx = ngx_mytwip_get_ctx(r);

    if (ctx == NULL) {
        /* of a location that takes no token: an activity's */
        ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);
    }

    ngx_mytwip_set_variable(v, &ngx_mytwip_results[ctx ? ctx->result : 0]);

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_agent_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t    value;
    const char  *name;

    name = mytwip_agent_name(ngx_mytwip_agent(r));

    value.data = (u_char *) name;
    value.len = ngx_strlen(name);

    ngx_mytwip_set_variable(v, &value);

    return NGX_OK;
}


/* The platform's user, by the session token; never a reader. */

static ngx_int_t
ngx_mytwip_user_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    uint64_t   user;
    ngx_str_t  value;

    ngx_str_null(&value);

    user = ngx_mytwip_session(r);

    if (user) {
        value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
        if (value.data == NULL) {
            return NGX_ERROR;
        }

        value.len = ngx_sprintf(value.data, "%uL", user) - value.data;
    }

    ngx_mytwip_set_variable(v, &value);

    return NGX_OK;
}


static ngx_int_t
ngx_mytwip_language_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t  value;

    value = ngx_mytwip_page_language(r);

    ngx_mytwip_set_variable(v, &value);

    return NGX_OK;
}


/* What was looked up for a page; the data is where it is in the lookup. */

static ngx_int_t
ngx_mytwip_page_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t          value;
    ngx_mytwip_ctx_t  *ctx;

    ngx_str_null(&value);

    ctx = ngx_http_get_module_ctx(r, ngx_mytwip_module);

    if (ctx && ctx->lookup) {
        value = *(ngx_str_t *) ((u_char *) ctx->lookup + data);
    }

    ngx_mytwip_set_variable(v, &value);

    return NGX_OK;
}


static void
ngx_mytwip_set_variable(ngx_http_variable_value_t *v, ngx_str_t *value)
{
    if (value->len == 0) {
        v->not_found = 1;
        return;
    }

    v->len = value->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->data = value->data;
}
