
/*
 * The table of directives, how they merge, and where the module hooks into
 * nginx.  The directives with parameters are read in ngx_mytwip_directives.c;
 * no other file knows nginx.conf.
 */

#include "ngx_mytwip_activity.h"
#include "ngx_mytwip_directives.h"
#include "ngx_mytwip_disk.h"
#include "ngx_mytwip_page.h"
#include "ngx_mytwip_status.h"


static char *ngx_mytwip_pixel_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_mytwip_unsubscribe_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_mytwip_privacy_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_mytwip_ask_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_mytwip_loc_conf_t *mlcf, ngx_http_handler_pt handler);
static char *ngx_mytwip_pages_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_mytwip_status_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

static ngx_int_t ngx_mytwip_add_status_zone(ngx_conf_t *cf,
    ngx_mytwip_main_conf_t *mmcf);
static ngx_int_t ngx_mytwip_init_zone(ngx_shm_zone_t *shm_zone, void *data);

static ngx_int_t ngx_mytwip_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_mytwip_postconfiguration(ngx_conf_t *cf);
static void *ngx_mytwip_create_main_conf(ngx_conf_t *cf);
static char *ngx_mytwip_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_mytwip_create_loc_conf(ngx_conf_t *cf);
static char *ngx_mytwip_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


static ngx_conf_enum_t  ngx_mytwip_status_formats[] = {
    { ngx_string("json"), NGX_MYTWIP_STATUS_JSON },
    { ngx_string("prometheus"), NGX_MYTWIP_STATUS_PROMETHEUS },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_mytwip_commands[] = {

    { ngx_string("mytwip_database"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_mytwip_database_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_keys"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_mytwip_keys_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_journal"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_mytwip_journal_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_batch"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_mytwip_batch_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_agents"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_mytwip_agents_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_pixel"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_mytwip_pixel_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_unsubscribe"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_mytwip_unsubscribe_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_privacy"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_mytwip_privacy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_unsubscribe_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_mytwip_loc_conf_t, unsubscribe_timeout),
      NULL },

    { ngx_string("mytwip_pages"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_mytwip_pages_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_activity"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_mytwip_activity_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_log"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_mytwip_log_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_activity_rules"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_mytwip_rules_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("mytwip_privacy_signal"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_mytwip_loc_conf_t, privacy_signal),
      NULL },

    { ngx_string("mytwip_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_mytwip_status_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_mytwip_status_formats },

      ngx_null_command
};


static ngx_http_module_t  ngx_mytwip_module_ctx = {
    ngx_mytwip_preconfiguration,       /* preconfiguration */
    ngx_mytwip_postconfiguration,      /* postconfiguration */

    ngx_mytwip_create_main_conf,       /* create main configuration */
    ngx_mytwip_init_main_conf,         /* init main configuration */

    NULL,                              /* create server configuration */
    NULL,                              /* merge server configuration */

    ngx_mytwip_create_loc_conf,        /* create location configuration */
    ngx_mytwip_merge_loc_conf          /* merge location configuration */
};


ngx_module_t  ngx_mytwip_module = {
    NGX_MODULE_V1,
    &ngx_mytwip_module_ctx,            /* module context */
    ngx_mytwip_commands,               /* module directives */
    NGX_HTTP_MODULE,                   /* module type */
    NULL,                              /* init master */
    NULL,                              /* init module */
    ngx_mytwip_init_process,           /* init process */
    NULL,                              /* init thread */
    NULL,                              /* exit thread */
    ngx_mytwip_exit_process,           /* exit process */
    NULL,                              /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_mytwip_preconfiguration(ngx_conf_t *cf)
{
    return ngx_mytwip_add_variables(cf);
}


static ngx_int_t
ngx_mytwip_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_mytwip_main_conf_t     *mmcf;
    ngx_http_core_main_conf_t  *cmcf;

    mmcf = ngx_http_conf_get_module_main_conf(cf, ngx_mytwip_module);

    if (!mmcf->logging) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_mytwip_log_handler;

    return NGX_OK;
}


static void *
ngx_mytwip_create_main_conf(ngx_conf_t *cf)
{
    ngx_mytwip_main_conf_t  *mmcf;

    /*
     * set by ngx_pcalloc():
     *
     *     mmcf->database.conninfo = { 0, NULL };
     *     mmcf->keys = NULL;
     *     mmcf->journal.path = NULL;
     *     mmcf->agents = NULL;
     *     mmcf->zone = NULL;
     *     mmcf->user = { 0, NULL };
     */

    mmcf = ngx_pcalloc(cf->pool, sizeof(ngx_mytwip_main_conf_t));
    if (mmcf == NULL) {
        return NULL;
    }

    mmcf->batch.rows = NGX_CONF_UNSET;
    mmcf->batch.delay = NGX_CONF_UNSET_MSEC;

    return mmcf;
}


static char *
ngx_mytwip_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_mytwip_main_conf_t *mmcf = conf;

    const char  *missing;

    ngx_conf_init_value(mmcf->batch.rows, 4096);
    ngx_conf_init_msec_value(mmcf->batch.delay, 200);

    if (mmcf->user.len == 0) {
        return NGX_CONF_OK;
    }

    missing = mmcf->database.conninfo.data == NULL ? "mytwip_database"
              : mmcf->keys == NULL ? "mytwip_keys"
              : mmcf->journal.path == NULL ? "mytwip_journal"
              : NULL;

    if (missing) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" needs \"%s\" in the \"http\" block, in %s:%ui",
                      &mmcf->user, missing, mmcf->user_file, mmcf->user_line);
        return NGX_CONF_ERROR;
    }

    mmcf->journal.pool = ngx_thread_pool_add(cf, NULL);
    if (mmcf->journal.pool == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_mytwip_add_status_zone(cf, mmcf) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


static void *
ngx_mytwip_create_loc_conf(ngx_conf_t *cf)
{
    ngx_mytwip_loc_conf_t  *mlcf;

    /*
     * set by ngx_pcalloc():
     *
     *     mlcf->kind = 0;
     *     mlcf->status = 0;
     *     mlcf->pages = { 0, NULL };
     *     mlcf->asks = { 0, NULL };
     */

    mlcf = ngx_pcalloc(cf->pool, sizeof(ngx_mytwip_loc_conf_t));
    if (mlcf == NULL) {
        return NULL;
    }

    mlcf->privacy_signal = NGX_CONF_UNSET;
    mlcf->unsubscribe_timeout = NGX_CONF_UNSET_MSEC;

    return mlcf;
}


static char *
ngx_mytwip_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_mytwip_loc_conf_t *prev = parent;
    ngx_mytwip_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {
        /* "if" leaves the handler in place, which needs what goes with it */
        conf->kind = prev->kind;
        conf->status = prev->status;
        conf->activity_user = prev->activity_user;
        conf->origins = prev->origins;
    }

    if (conf->logs == NULL && !conf->logs_off) {
        conf->logs = prev->logs;
        conf->logs_off = prev->logs_off;
    }

    if (conf->rules == NULL && !conf->rules_off) {
        conf->rules = prev->rules;
        conf->rules_off = prev->rules_off;
        conf->rules_user = prev->rules_user;
    }

    ngx_conf_merge_value(conf->privacy_signal, prev->privacy_signal, 1);
    ngx_conf_merge_msec_value(conf->unsubscribe_timeout,
                              prev->unsubscribe_timeout, 2000);
    ngx_conf_merge_str_value(conf->pages, prev->pages, "");

    if (conf->asks.len && conf->pages.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" needs \"mytwip_pages\" with the directory of "
                      "its pages, in %s:%ui", &conf->asks, conf->file,
                      conf->line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_mytwip_pixel_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    mlcf->kind = MYTWIP_TOKEN_PIXEL;

    return ngx_mytwip_handler(cf, cmd, ngx_mytwip_pixel_handler);
}


static char *
ngx_mytwip_unsubscribe_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    mlcf->kind = MYTWIP_TOKEN_UNSUBSCRIBE;

    return ngx_mytwip_ask_handler(cf, cmd, mlcf,
                                  ngx_mytwip_unsubscribe_handler);
}


static char *
ngx_mytwip_privacy_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    mlcf->kind = MYTWIP_TOKEN_PRIVACY;

    return ngx_mytwip_ask_handler(cf, cmd, mlcf, ngx_mytwip_privacy_handler);
}


/* Of a location with pages. */

static char *
ngx_mytwip_ask_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_mytwip_loc_conf_t *mlcf, ngx_http_handler_pt handler)
{
    ngx_str_t                name = ngx_string("request_id");
    ngx_mytwip_main_conf_t  *mmcf;

    mlcf->asks = cmd->name;
    mlcf->file = cf->conf_file->file.name.data;
    mlcf->line = cf->conf_file->line;

    mmcf = ngx_http_conf_get_module_main_conf(cf, ngx_mytwip_module);

    mmcf->lookups = 1;
    mmcf->request_id = ngx_http_get_variable_index(cf, &name);

    if (mmcf->request_id == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    return ngx_mytwip_handler(cf, cmd, handler);
}


static char *
ngx_mytwip_pages_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    ngx_str_t  *value;

    if (mlcf->pages.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    mlcf->pages = value[1];

    if (ngx_conf_full_name(cf->cycle, &mlcf->pages, 1) != NGX_OK
        || ngx_mytwip_check_pages(cf, &mlcf->pages) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_mytwip_status_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_loc_conf_t *mlcf = conf;

    ngx_str_t        *value;
    ngx_uint_t        i;
    ngx_conf_enum_t  *format;

    value = cf->args->elts;
    format = cmd->post;

    mlcf->status = NGX_MYTWIP_STATUS_JSON;

    if (cf->args->nelts == 2) {

        for (i = 0; format[i].name.len; i++) {
            if (format[i].name.len == value[1].len
                && ngx_strcmp(format[i].name.data, value[1].data) == 0)
            {
                break;
            }
        }

        if (format[i].name.len == 0) {
            return ngx_mytwip_invalid(cf, cmd, &value[1],
                                  "\"json\" or \"prometheus\" is expected");
        }

        mlcf->status = format[i].value;
    }

    return ngx_mytwip_handler(cf, cmd, ngx_mytwip_status_handler);
}


char *
ngx_mytwip_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_handler_pt handler)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return clcf->handler == handler ? "is duplicate"
                     : "is in a location that another directive handles";
    }

    clcf->handler = handler;

    return ngx_mytwip_use(cf, cmd, 0);
}


char *
ngx_mytwip_use(ngx_conf_t *cf, ngx_command_t *cmd, ngx_uint_t logging)
{
    ngx_mytwip_main_conf_t  *mmcf;

    mmcf = ngx_http_conf_get_module_main_conf(cf, ngx_mytwip_module);

    mmcf->logging |= logging;

    if (mmcf->user.len == 0) {
        mmcf->user = cmd->name;
        mmcf->user_file = cf->conf_file->file.name.data;
        mmcf->user_line = cf->conf_file->line;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_mytwip_add_status_zone(ngx_conf_t *cf, ngx_mytwip_main_conf_t *mmcf)
{
    mmcf->zone = ngx_mytwip_zone_add(cf);
    if (mmcf->zone == NULL) {
        return NGX_ERROR;
    }

    mmcf->cycle = cf->cycle;
    mmcf->zone->init = ngx_mytwip_init_zone;
    mmcf->zone->data = mmcf;

    return NGX_OK;
}


/*
 * The first moment when the directory is there and the configuration may still
 * be refused; a failing init_module would end the master.
 */

static ngx_int_t
ngx_mytwip_init_zone(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_mytwip_main_conf_t *mmcf = shm_zone->data;

    if (ngx_mytwip_check_journal(mmcf->cycle, &mmcf->journal) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_mytwip_zone_init(shm_zone);
}
