
/*
 * Who the user is: what nginx's configuration vouches for, or a session token
 * that mytwip.session_token() has signed, in the cookie "mytwip_session" or
 * the header "X-Mytwip-Session".  Never what a page says.
 */

#include "ngx_mytwip_activity.h"


static uint64_t ngx_mytwip_session_user(ngx_http_request_t *r,
    ngx_str_t *text);
static ngx_int_t ngx_mytwip_cookie(ngx_http_request_t *r, ngx_str_t *value);


uint64_t
ngx_mytwip_user(ngx_http_request_t *r, ngx_http_complex_value_t *value)
{
    off_t                   user;
    ngx_str_t               text;
    ngx_mytwip_loc_conf_t  *mlcf;

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    if (mlcf->privacy_signal && ngx_mytwip_objects(r)) {
        return 0;
    }

    if (value == NULL) {
        return ngx_mytwip_session(r);
    }

    if (ngx_http_complex_value(r, value, &text) != NGX_OK) {
        return 0;
    }

    user = ngx_atoof(text.data, text.len);

    return user > 0 ? (uint64_t) user : 0;
}


uint64_t
ngx_mytwip_session(ngx_http_request_t *r)
{
    uint64_t          user;
    ngx_str_t         text;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const char  name[] = "x-mytwip-session";

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof(name) - 1
                && ngx_strncmp(h[i].lowcase_key, name, sizeof(name) - 1) == 0)
            {
                user = ngx_mytwip_session_user(r, &h[i].value);

                if (user) {
                    return user;
                }
            }
        }
    }

    if (ngx_mytwip_cookie(r, &text) == NGX_OK) {
        return ngx_mytwip_session_user(r, &text);
    }

    return 0;
}


static uint64_t
ngx_mytwip_session_user(ngx_http_request_t *r, ngx_str_t *text)
{
    mytwip_token_t           token;
    ngx_mytwip_main_conf_t  *mmcf;

    mmcf = ngx_http_get_module_main_conf(r, ngx_mytwip_module);

    if (mmcf->keys == NULL
        || mytwip_token_verify(mmcf->keys, text->data, text->len,
                               MYTWIP_TOKEN_SESSION, &token)
           != MYTWIP_TOKEN_OK)
    {
        return 0;
    }

    /* a session's token has its end, in seconds, where links have the issue */

    return token.issue > (uint64_t) ngx_time() ? token.reader : 0;
}


static ngx_int_t
ngx_mytwip_cookie(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_str_t  name = ngx_string("mytwip_session");

#if (nginx_version >= 1023000)

    return ngx_http_parse_multi_header_lines(r, r->headers_in.cookie, &name,
                                             value)
           ? NGX_OK : NGX_DECLINED;

#else

    return ngx_http_parse_multi_header_lines(&r->headers_in.cookies, &name,
                                             value)
           != NGX_DECLINED
           ? NGX_OK : NGX_DECLINED;

#endif
}
