
/*
 * The directives of the "http" block that have parameters, and what is checked
 * of them when nginx knows the rest of the configuration.
 */

#ifndef _NGX_MYTWIP_DIRECTIVES_H_INCLUDED_
#define _NGX_MYTWIP_DIRECTIVES_H_INCLUDED_


#include "ngx_mytwip_module.h"


char *ngx_mytwip_database_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_mytwip_keys_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_mytwip_agents_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_mytwip_journal_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_mytwip_batch_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Says that a parameter of the directive is invalid, and what is expected. */
char *ngx_mytwip_invalid(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *param,
    const char *what);

/* Whether the argument is this parameter; the value is what follows. */
ngx_uint_t ngx_mytwip_param(ngx_str_t *arg, const char *name,
    ngx_str_t *value);

/* Says what is wrong with a file, and where in it. */
char *ngx_mytwip_file_error(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *file, mytwip_error_t *err);

/* Gives the location its handler. */
char *ngx_mytwip_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_handler_pt handler);

/* Remembers that the directive needs the whole road, and the log phase. */
char *ngx_mytwip_use(ngx_conf_t *cf, ngx_command_t *cmd, ngx_uint_t logging);

/*
 * Whether workers can use the directory, which is there by now, and have
 * enough room in it; logs what they cannot.
 */
ngx_int_t ngx_mytwip_check_journal(ngx_cycle_t *cycle,
    ngx_mytwip_journal_conf_t *jcf);


#endif /* _NGX_MYTWIP_DIRECTIVES_H_INCLUDED_ */
