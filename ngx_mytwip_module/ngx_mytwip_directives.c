
/*
 * The directives of the "http" block that have parameters: see
 * ngx_mytwip_directives.h.
 */

#include <ngx_config.h>

#include <grp.h>

#include "ngx_mytwip_directives.h"


#define NGX_MYTWIP_SEGMENT_MAX  1073741824
#define NGX_MYTWIP_ROWS_MAX     65536
#define NGX_MYTWIP_GROUPS       64


static void ngx_mytwip_keys_cleanup(void *data);
static void ngx_mytwip_agents_cleanup(void *data);
static char *ngx_mytwip_journal_param(ngx_mytwip_journal_conf_t *jcf,
    ngx_str_t *param);
static char *ngx_mytwip_journal_path(ngx_conf_t *cf,
    ngx_mytwip_journal_conf_t *jcf, ngx_str_t *name);
static ngx_uint_t ngx_mytwip_reachable(ngx_core_conf_t *ccf, ngx_str_t *path);


char *
ngx_mytwip_database_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_main_conf_t *mmcf = conf;

    ngx_str_t  *value;

    if (mmcf->database.conninfo.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    return ngx_mytwip_database_conf(cf, &value[1], &mmcf->database);
}


char *
ngx_mytwip_keys_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_main_conf_t *mmcf = conf;

    ngx_str_t           *value;
    mytwip_error_t       err;
    ngx_pool_cleanup_t  *cln;

    if (mmcf->keys) {
        return "is duplicate";
    }

    value = cf->args->elts;

    mmcf->keys_file = value[1];

    if (ngx_conf_full_name(cf->cycle, &mmcf->keys_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    mmcf->keys = mytwip_keys_load((char *) mmcf->keys_file.data, &err);

    if (mmcf->keys == NULL) {
        return ngx_mytwip_file_error(cf, cmd, &mmcf->keys_file, &err);
    }

    cln->handler = ngx_mytwip_keys_cleanup;
    cln->data = mmcf->keys;

    return NGX_CONF_OK;
}


static void
ngx_mytwip_keys_cleanup(void *data)
{
    mytwip_keys_free(data);
}


char *
ngx_mytwip_agents_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_main_conf_t *mmcf = conf;

    ngx_str_t           *value;
    mytwip_error_t       err;
    ngx_pool_cleanup_t  *cln;

    if (mmcf->agents) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    mmcf->agents = mytwip_agents_load((char *) value[1].data, &err);

    if (mmcf->agents == NULL) {
        return ngx_mytwip_file_error(cf, cmd, &value[1], &err);
    }

    cln->handler = ngx_mytwip_agents_cleanup;
    cln->data = mmcf->agents;

    if (!mytwip_agents_jit(mmcf->agents)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "rules of \"mytwip_agents\" are not compiled to "
                           "machine code: this PCRE2 or this system has no JIT");
    }

    return NGX_CONF_OK;
}


static void
ngx_mytwip_agents_cleanup(void *data)
{
    mytwip_agents_free(data);
}


char *
ngx_mytwip_file_error(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *file,
    mytwip_error_t *err)
{
    if (err->line) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err->sys,
                           "\"%V\": %s in \"%V\", line %ud", &cmd->name,
                           err->text, file, err->line);
    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err->sys, "\"%V\": %s, \"%V\"",
                           &cmd->name, err->text, file);
    }

    return NGX_CONF_ERROR;
}


char *
ngx_mytwip_journal_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_main_conf_t *mmcf = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_mytwip_journal_conf_t  *jcf;

    jcf = &mmcf->journal;

    if (jcf->path) {
        return "is duplicate";
    }

    value = cf->args->elts;

    jcf->segment = 64u * 1024 * 1024;
    jcf->max = (off_t) 4 * 1024 * 1024 * 1024;
    jcf->sync = NGX_MYTWIP_SYNC_INTERVAL;
    jcf->interval = 1000;
    jcf->retain = 600000;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_mytwip_journal_param(jcf, &value[i]);
        if (rv != NULL) {
            return ngx_mytwip_invalid(cf, cmd, &value[i], rv);
        }
    }

    if (jcf->max < 2 * (off_t) jcf->segment) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" takes a \"max\" of at least two segments, "
                           "which are %uz bytes, not %O", &cmd->name,
                           2 * jcf->segment, jcf->max);
        return NGX_CONF_ERROR;
    }

    return ngx_mytwip_journal_path(cf, jcf, &value[1]);
}


/* Returns NULL, or what is expected instead. */

static char *
ngx_mytwip_journal_param(ngx_mytwip_journal_conf_t *jcf, ngx_str_t *param)
{
    ssize_t    size;
    ngx_int_t  time;
    ngx_str_t  value;

    if (ngx_mytwip_param(param, "segment=", &value)) {
        size = ngx_parse_size(&value);

        if (size < (ssize_t) MYTWIP_JOURNAL_MIN_SIZE
            || size > NGX_MYTWIP_SEGMENT_MAX) {
            return "a size from 64k to 1024m is expected";
        }

        jcf->segment = ngx_align((size_t) size, ngx_pagesize);
        return NULL;
    }

    if (ngx_mytwip_param(param, "max=", &value)) {
        jcf->max = ngx_parse_offset(&value);

        return jcf->max > 0 ? NULL : "a size is expected";
    }

    if (ngx_mytwip_param(param, "sync=", &value)) {

        if (value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0) {
            jcf->sync = NGX_MYTWIP_SYNC_OFF;
            return NULL;
        }

        if (value.len == 6 && ngx_strncmp(value.data, "always", 6) == 0) {
            jcf->sync = NGX_MYTWIP_SYNC_ALWAYS;
            return NULL;
        }

        time = ngx_parse_time(&value, 0);

        if (time == NGX_ERROR || time == 0) {
            return "\"always\", \"off\" or a time is expected";
        }

        jcf->sync = NGX_MYTWIP_SYNC_INTERVAL;
        jcf->interval = time;
        return NULL;
    }

    if (ngx_mytwip_param(param, "retain=", &value)) {
        time = ngx_parse_time(&value, 0);

        if (time == NGX_ERROR) {
            return "a time is expected";
        }

        jcf->retain = time;
        return NULL;
    }

    return "\"segment=\", \"max=\", \"sync=\" or \"retain=\" is expected";
}


/* nginx's master makes the directory and gives it to the workers' user. */

static char *
ngx_mytwip_journal_path(ngx_conf_t *cf, ngx_mytwip_journal_conf_t *jcf,
    ngx_str_t *name)
{
    ngx_path_t  *path;

    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));
    if (path == NULL) {
        return NGX_CONF_ERROR;
    }

    path->name = *name;

    if (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.data[--path->name.len] = '\0';
    }

    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /* not to be shared with a cache or with temporary files */
    path->data = jcf;
    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;

    if (ngx_add_path(cf, &path) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    jcf->path = path;

    return NGX_CONF_OK;
}


char *
ngx_mytwip_batch_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_mytwip_main_conf_t *mmcf = conf;

    ngx_int_t                 time;
    ngx_str_t                *arg, value;
    ngx_uint_t                i;
    ngx_mytwip_batch_conf_t  *bcf;

    bcf = &mmcf->batch;

    if (bcf->rows != NGX_CONF_UNSET || bcf->delay != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    arg = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_mytwip_param(&arg[i], "rows=", &value)) {
            bcf->rows = ngx_atoi(value.data, value.len);

            if (bcf->rows < 1 || bcf->rows > NGX_MYTWIP_ROWS_MAX) {
                return ngx_mytwip_invalid(cf, cmd, &arg[i],
                                       "a number from 1 to 65536 is expected");
            }

            continue;
        }

        if (ngx_mytwip_param(&arg[i], "delay=", &value)) {
            time = ngx_parse_time(&value, 0);

            if (time == NGX_ERROR || time == 0) {
                return ngx_mytwip_invalid(cf, cmd, &arg[i],
                                          "a time is expected");
            }

            bcf->delay = time;
            continue;
        }

        return ngx_mytwip_invalid(cf, cmd, &arg[i],
                                  "\"rows=\" or \"delay=\" is expected");
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_mytwip_check_journal(ngx_cycle_t *cycle, ngx_mytwip_journal_conf_t *jcf)
{
    ngx_str_t        *name;
    ngx_core_conf_t  *ccf;
    ngx_file_info_t   fi;

    name = &jcf->path->name;

    if (ngx_file_info(name->data, &fi) == NGX_FILE_ERROR || !ngx_is_dir(&fi)) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"mytwip_journal\" needs a directory, which \"%V\" is "
                      "not, in %s:%ui", name, jcf->path->conf_file,
                      jcf->path->line);
        return NGX_ERROR;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (geteuid() == 0 && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT) {

        /* the directory belongs to the user by now, those above it may not */

        if (!ngx_mytwip_reachable(ccf, name)) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "\"mytwip_journal\" directory \"%V\" cannot be "
                          "reached by user \"%s\": let others search the "
                          "directories above it, in %s:%ui", name,
                          ccf->username, jcf->path->conf_file,
                          jcf->path->line);
            return NGX_ERROR;
        }

    } else if (access((char *) name->data, R_OK|W_OK|X_OK) == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "\"mytwip_journal\" directory \"%V\" is not writable "
                      "by the user of this process, in %s:%ui", name,
                      jcf->path->conf_file, jcf->path->line);
        return NGX_ERROR;
    }

    /* a segment and its successor each, and for a reload twice as many */

    if (jcf->max / (off_t) jcf->segment < 2 * ccf->worker_processes) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"mytwip_journal\" has not two segments for each of %i "
                      "worker processes: \"max\" is to be at least %O, better "
                      "%O, in %s:%ui", ccf->worker_processes,
                      2 * ccf->worker_processes * (off_t) jcf->segment,
                      4 * ccf->worker_processes * (off_t) jcf->segment,
                      jcf->path->conf_file, jcf->path->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Whether the workers' user may search each directory above this path. */

static ngx_uint_t
ngx_mytwip_reachable(ngx_core_conf_t *ccf, ngx_str_t *path)
{
    int          i, ngroups;
    gid_t        groups[NGX_MYTWIP_GROUPS];
    mode_t       bit;
    u_char      *p, dir[NGX_MAX_PATH];
    struct stat  st;

    ngroups = NGX_MYTWIP_GROUPS;

    if (path->len >= NGX_MAX_PATH
        || getgrouplist(ccf->username, ccf->group, groups, &ngroups) == -1)
    {
        /* not to be found out here: the workers will say it */
        return 1;
    }

    ngx_cpystrn(dir, path->data, path->len + 1);

    for (p = dir + path->len; p > dir; p--) {

        if (*p != '/') {
            continue;
        }

        p[p == dir ? 1 : 0] = '\0';

        if (stat((char *) dir, &st) == -1) {
            return 1;
        }

        bit = S_IXOTH;

        for (i = 0; i < ngroups; i++) {
            if (groups[i] == st.st_gid) {
                bit = S_IXGRP;
            }
        }

        if (st.st_uid == ccf->user) {
            bit = S_IXUSR;
        }

        if (!(st.st_mode & bit)) {
            return 0;
        }
    }

    return 1;
}


ngx_uint_t
ngx_mytwip_param(ngx_str_t *arg, const char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (arg->len < len || ngx_strncmp(arg->data, name, len) != 0) {
        return 0;
    }

    value->data = arg->data + len;
    value->len = arg->len - len;

    return 1;
}


char *
ngx_mytwip_invalid(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *param,
    const char *what)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"%V\": %s",
                       param, &cmd->name, what);

    return NGX_CONF_ERROR;
}
