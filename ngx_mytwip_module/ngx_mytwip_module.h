
/*
 * What the rooms of the module share: the configuration.  It is read from
 * nginx.conf by ngx_mytwip_module.c and by nobody else.
 */

#ifndef _NGX_MYTWIP_MODULE_H_INCLUDED_
#define _NGX_MYTWIP_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "mytwip_agent.h"
#include "mytwip_keys.h"
#include "mytwip_rules.h"
#include "ngx_mytwip_database.h"
#include "ngx_mytwip_journal.h"
#include "ngx_mytwip_shipper.h"


#define NGX_MYTWIP_VERSION  "0.1"


typedef struct {
    ngx_mytwip_database_conf_t  database;
    ngx_mytwip_journal_conf_t   journal;
    ngx_mytwip_batch_conf_t     batch;
    ngx_str_t                   keys_file;
    mytwip_keys_t              *keys;
    mytwip_agents_t            *agents;         /* NULL: no rules */
    ngx_shm_zone_t             *zone;
    ngx_cycle_t                *cycle;
    ngx_int_t                   request_id;     /* index of the variable */
    ngx_uint_t                  logging;        /* some location does */
    ngx_uint_t                  lookups;        /* some page needs them */

    /* the first directive that needs all of the above, for error messages */
    ngx_str_t                   user;
    u_char                     *user_file;
    ngx_uint_t                  user_line;
} ngx_mytwip_main_conf_t;


typedef struct {
    ngx_uint_t                  kind;      /* of token, MYTWIP_TOKEN_* or 0 */
    ngx_uint_t                  status;    /* NGX_MYTWIP_STATUS_* */
    ngx_flag_t                  privacy_signal;
    ngx_msec_t                  unsubscribe_timeout;
    ngx_str_t                   pages;
    ngx_str_t                   asks;      /* its directive, if with pages */
    u_char                     *file;      /* of the handler's directive */
    ngx_uint_t                  line;

    ngx_http_complex_value_t   *activity_user;  /* NULL: of the session */
    ngx_array_t                *origins;        /* of ngx_str_t */
    ngx_array_t                *logs;           /* of ngx_mytwip_log_t */
    ngx_uint_t                  logs_off;
    mytwip_rules_t             *rules;
    ngx_uint_t                  rules_off;
    ngx_http_complex_value_t   *rules_user;
} ngx_mytwip_loc_conf_t;


extern ngx_module_t  ngx_mytwip_module;


/* The handlers, one a file. */

ngx_int_t ngx_mytwip_pixel_handler(ngx_http_request_t *r);
ngx_int_t ngx_mytwip_unsubscribe_handler(ngx_http_request_t *r);
ngx_int_t ngx_mytwip_privacy_handler(ngx_http_request_t *r);
ngx_int_t ngx_mytwip_activity_handler(ngx_http_request_t *r);
ngx_int_t ngx_mytwip_status_handler(ngx_http_request_t *r);

/* A worker process begins, and ends. */
ngx_int_t ngx_mytwip_init_process(ngx_cycle_t *cycle);
void ngx_mytwip_exit_process(ngx_cycle_t *cycle);

/* Adds the variables $mytwip_... */
ngx_int_t ngx_mytwip_add_variables(ngx_conf_t *cf);


#endif /* _NGX_MYTWIP_MODULE_H_INCLUDED_ */
