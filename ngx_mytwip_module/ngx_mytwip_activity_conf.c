
/*
 * The directives of activities: "mytwip_activity", "mytwip_log" and
 * "mytwip_activity_rules".
 */

#include "ngx_mytwip_activity.h"
#include "ngx_mytwip_directives.h"


static ngx_uint_t ngx_mytwip_is_origin(ngx_str_t *text);
static char *ngx_mytwip_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t *value);
static ngx_http_complex_value_t *ngx_mytwip_value_of(ngx_conf_t *cf,
    ngx_str_t *text);
static void ngx_mytwip_rules_cleanup(void *data);


char *
ngx_mytwip_activity_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    ngx_str_t   *arg, *origin, value;
    ngx_uint_t   i;

    arg = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_mytwip_param(&arg[i], "user=", &value)) {
            mlcf->activity_user = ngx_mytwip_value_of(cf, &value);
            if (mlcf->activity_user == NULL) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_mytwip_param(&arg[i], "origin=", &value)
            && ngx_mytwip_is_origin(&value))
        {
            if (mlcf->origins == NULL) {
                mlcf->origins = ngx_array_create(cf->pool, 4,
                                                 sizeof(ngx_str_t));
                if (mlcf->origins == NULL) {
                    return NGX_CONF_ERROR;
                }
            }

            origin = ngx_array_push(mlcf->origins);
            if (origin == NULL) {
                return NGX_CONF_ERROR;
            }

            ngx_strlow(value.data, value.data, value.len);

            *origin = value;
            continue;
        }

        return ngx_mytwip_invalid(cf, cmd, &arg[i],
                                  "\"user=\", or \"origin=\" with a scheme, a "
                                  "host and no path, is expected");
    }

    return ngx_mytwip_handler(cf, cmd, ngx_mytwip_activity_handler);
}


/*
 * As a browser sends it: a scheme, a host, and a port unless it is the
 * scheme's own (RFC 6454).
 */

static ngx_uint_t
ngx_mytwip_is_origin(ngx_str_t *text)
{
    size_t       len;
    const char  *host, *port;

    if (ngx_strncmp(text->data, "https://", 8) == 0) {
        len = 8;
        port = ":443";

    } else if (ngx_strncmp(text->data, "http://", 7) == 0) {
        len = 7;
        port = ":80";

    } else {
        return 0;
    }

    host = (const char *) text->data + len;
    len = text->len - len;

    return len && *host != ':'
           && strcspn(host, "/?#@* ") == len
           && (len < ngx_strlen(port)
               || ngx_strcmp(host + len - ngx_strlen(port), port) != 0);
}


char *
ngx_mytwip_log_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    ngx_str_t         *arg, value;
    ngx_uint_t         i;
    ngx_mytwip_log_t  *log;

    arg = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(arg[1].data, "off") == 0) {

        if (mlcf->logs) {
            return "cannot be \"off\" beside others";
        }

        mlcf->logs_off = 1;
        return NGX_CONF_OK;
    }

    if (mlcf->logs_off) {
        return "cannot be beside \"off\"";
    }

    if (mlcf->logs == NULL) {
        mlcf->logs = ngx_array_create(cf->pool, 2, sizeof(ngx_mytwip_log_t));
        if (mlcf->logs == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    log = ngx_array_push(mlcf->logs);
    if (log == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(log, sizeof(ngx_mytwip_log_t));

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_mytwip_param(&arg[i], "activity=", &value)) {
            if (ngx_mytwip_value(cf, &value, &log->activity) != NGX_CONF_OK) {
                return NGX_CONF_ERROR;
            }

        } else if (ngx_mytwip_param(&arg[i], "resource=", &value)) {
            log->resource = ngx_mytwip_value_of(cf, &value);
            if (log->resource == NULL) {
                return NGX_CONF_ERROR;
            }

        } else if (ngx_mytwip_param(&arg[i], "user=", &value)) {
            log->user = ngx_mytwip_value_of(cf, &value);
            if (log->user == NULL) {
                return NGX_CONF_ERROR;
            }

        } else if (ngx_mytwip_param(&arg[i], "if=", &value)) {
            log->filter = ngx_mytwip_value_of(cf, &value);
            if (log->filter == NULL) {
                return NGX_CONF_ERROR;
            }

        } else {
            return ngx_mytwip_invalid(cf, cmd, &arg[i], "\"activity=\", "
                                      "\"resource=\", \"user=\" or \"if=\" is "
                                      "expected");
        }
    }

    if (log->activity.value.data == NULL) {
        return "needs \"activity=\"";
    }

    return ngx_mytwip_use(cf, cmd, 1);
}


char *
ngx_mytwip_rules_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    ngx_str_t           *arg, value;
    mytwip_error_t       err;
    ngx_pool_cleanup_t  *cln;

    if (mlcf->rules || mlcf->rules_off) {
        return "is duplicate";
    }

    arg = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(arg[1].data, "off") == 0) {
        mlcf->rules_off = 1;
        return NGX_CONF_OK;
    }

    if (cf->args->nelts == 3) {

        if (!ngx_mytwip_param(&arg[2], "user=", &value)) {
            return ngx_mytwip_invalid(cf, cmd, &arg[2],
                                      "\"user=\" is expected");
        }

        mlcf->rules_user = ngx_mytwip_value_of(cf, &value);
        if (mlcf->rules_user == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_conf_full_name(cf->cycle, &arg[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    mlcf->rules = mytwip_rules_load((char *) arg[1].data, &err);

    if (mlcf->rules == NULL) {
        return ngx_mytwip_file_error(cf, cmd, &arg[1], &err);
    }

    cln->handler = ngx_mytwip_rules_cleanup;
    cln->data = mlcf->rules;

    return ngx_mytwip_use(cf, cmd, 1);
}


static void
ngx_mytwip_rules_cleanup(void *data)
{
    mytwip_rules_free(data);
}


static char *
ngx_mytwip_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = value;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


static ngx_http_complex_value_t *
ngx_mytwip_value_of(ngx_conf_t *cf, ngx_str_t *text)
{
    ngx_http_complex_value_t  *value;

    value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));

    if (value == NULL || ngx_mytwip_value(cf, text, value) != NGX_CONF_OK) {
        return NULL;
    }

    return value;
}
