
/*
 * Activities: what users do on the platform, by beacons of pages and by the
 * log phase of any location.
 */

#ifndef _NGX_MYTWIP_ACTIVITY_H_INCLUDED_
#define _NGX_MYTWIP_ACTIVITY_H_INCLUDED_


#include "ngx_mytwip_request.h"


/* One "mytwip_log". */

typedef struct {
    ngx_http_complex_value_t   activity;
    ngx_http_complex_value_t  *resource;        /* NULL: not given */
    ngx_http_complex_value_t  *user;
    ngx_http_complex_value_t  *filter;          /* "if=" */
} ngx_mytwip_log_t;


/*
 * The platform's user of the request: the value, if given, else who the
 * session token names; 0 for none, and for one who objects (Sec-GPC, DNT).
 */
uint64_t ngx_mytwip_user(ngx_http_request_t *r,
    ngx_http_complex_value_t *value);

/* The user of the session token in the cookie or the header; 0 for none. */
uint64_t ngx_mytwip_session(ngx_http_request_t *r);

/* The log phase. */
ngx_int_t ngx_mytwip_log_handler(ngx_http_request_t *r);

/* The directives. */
char *ngx_mytwip_activity_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_mytwip_log_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_mytwip_rules_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_MYTWIP_ACTIVITY_H_INCLUDED_ */
