
/*
 * "mytwip_database": the connection string, checked by libpq without
 * connecting, and the names in it resolved, as libpq would block the event
 * loop with getaddrinfo().  Each address becomes a host of its own in the
 * lists that libpq takes; the name stays beside it for TLS to verify.
 */

#include "ngx_mytwip_database.h"


#define NGX_MYTWIP_CONNECT_TIMEOUT  5       /* seconds */


static char *ngx_mytwip_database_check(ngx_conf_t *cf,
    ngx_mytwip_database_conf_t *conf, PQconninfoOption *options);
static void ngx_mytwip_database_passfile(ngx_conf_t *cf, const char *name);
static char *ngx_mytwip_hosts(ngx_conf_t *cf, ngx_mytwip_database_conf_t *conf,
    PQconninfoOption *options);
static char *ngx_mytwip_hosts_resolve(ngx_conf_t *cf,
    ngx_mytwip_database_conf_t *conf, ngx_mytwip_host_t *host);
static char *ngx_mytwip_hosts_add(ngx_conf_t *cf,
    ngx_mytwip_database_conf_t *conf, ngx_mytwip_host_t *host);
static ngx_uint_t ngx_mytwip_hosts_item(const char *list, ngx_uint_t n,
    ngx_str_t *item);
static char *ngx_mytwip_hosts_join(ngx_mytwip_database_conf_t *conf,
    ngx_uint_t first, size_t offset, ngx_pool_t *pool);
static const char *ngx_mytwip_option(PQconninfoOption *options,
    const char *keyword);


/* Where libpq would leave it to the kernel, and the string may say otherwise */

static const char  *ngx_mytwip_defaults[][2] = {
    { "fallback_application_name", "ngx_mytwip_module" },
    { "keepalives_idle", "10" },
    { "keepalives_interval", "5" },
    { "keepalives_count", "3" },
    { "tcp_user_timeout", "20000" },
    /* as the pages are written */
    { "client_encoding", "UTF8" },
    /* asking for a ticket may block */
    { "gssencmode", "disable" }
};

#define NGX_MYTWIP_DEFAULTS                                                   \
    (sizeof(ngx_mytwip_defaults) / sizeof(ngx_mytwip_defaults[0]))


static const char  *ngx_mytwip_session_attrs[] = {
    "any", "read-write", "read-only", "primary", "standby", "prefer-standby",
    NULL
};


char *
ngx_mytwip_database_conf(ngx_conf_t *cf, ngx_str_t *value,
    ngx_mytwip_database_conf_t *conf)
{
    char              *rv, *message;
    PGconn            *probe;
    PQconninfoOption  *options;

    /*
     * libpq reads the string, the service that it may name and its defaults,
     * and stops at a value that it cannot take before it connects.
     */

    const char  *keywords[] = { "dbname", "gssencmode", NULL };
    const char  *values[] = { (char *) value->data, "probe", NULL };

    conf->conninfo = *value;

    if (ngx_strchr(value->data, '=') == NULL
        && ngx_strstr(value->data, "://") == NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"mytwip_database\" needs a connection string such "
                           "as \"host=db.example.org dbname=mytwip "
                           "user=mytwip_nginx\", not \"%V\"", value);
        return NGX_CONF_ERROR;
    }

    probe = PQconnectStartParams(keywords, values, 1);
    options = PQconninfo(probe);

    if (options == NULL) {
        PQfinish(probe);
        return "has no memory";
    }

    message = PQerrorMessage(probe);

    if (ngx_strstr(message, "\"probe\"") == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid connection string in \"mytwip_database\": "
                           "%*s", strcspn(message, "\n"), message);
        rv = NGX_CONF_ERROR;

    } else {
        rv = ngx_mytwip_database_check(cf, conf, options);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_mytwip_hosts(cf, conf, options);
    }

    PQconninfoFree(options);
    PQfinish(probe);

    return rv;
}


/* What libpq itself would look at only while it connects. */

static char *
ngx_mytwip_database_check(ngx_conf_t *cf, ngx_mytwip_database_conf_t *conf,
    PQconninfoOption *options)
{
    ngx_int_t          timeout;
    ngx_uint_t         i, secret;
    const char        *value;
    PQconninfoOption  *own;

    own = PQconninfoParse((char *) conf->conninfo.data, NULL);
    if (own == NULL) {
        return "has no memory";
    }

    secret = *ngx_mytwip_option(own, "password") != '\0';

    ngx_mytwip_database_passfile(cf, ngx_mytwip_option(own, "passfile"));

    PQconninfoFree(own);

    if (secret) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"mytwip_database\" has a password, which is no "
                           "secret in nginx.conf: put it into a file of mode "
                           "600 and name that with \"passfile=\"");
        return NGX_CONF_ERROR;
    }

    value = ngx_mytwip_option(options, "target_session_attrs");

    for (i = 0; ngx_mytwip_session_attrs[i]; i++) {
        if (*value == '\0'
            || ngx_strcmp(value, ngx_mytwip_session_attrs[i]) == 0)
        {
            break;
        }
    }

    if (ngx_mytwip_session_attrs[i] == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid target_session_attrs value in "
                           "\"mytwip_database\": \"%s\"", value);
        return NGX_CONF_ERROR;
    }

    value = ngx_mytwip_option(options, "connect_timeout");

    timeout = *value ? ngx_atoi((u_char *) value, ngx_strlen(value)) : 0;

    if (timeout == NGX_ERROR || timeout > 3600) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid connect_timeout value in "
                           "\"mytwip_database\": \"%s\", it takes seconds",
                           value);
        return NGX_CONF_ERROR;
    }

    if (timeout == 0) {
        timeout = NGX_MYTWIP_CONNECT_TIMEOUT;
    }

    conf->connect_timeout = (ngx_msec_t) timeout * 1000;

    return NGX_CONF_OK;
}


/*
 * A file that libpq takes no password from is no error to it: the server may
 * need none.
 */

static void
ngx_mytwip_database_passfile(ngx_conf_t *cf, const char *name)
{
    ngx_core_conf_t  *ccf;
    ngx_file_info_t   fi;

    if (*name == '\0') {
        return;
    }

    if (ngx_file_info(name, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                           "\"passfile=%s\" of \"mytwip_database\" cannot be "
                           "used", name);
        return;
    }

    if (!ngx_is_file(&fi) || ngx_file_access(&fi) & 0077) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"passfile=%s\" of \"mytwip_database\" is ignored "
                           "by libpq: it has to be a file of mode 600", name);
        return;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    if (geteuid() == 0 && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT
        && fi.st_uid != ccf->user)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"passfile=%s\" of \"mytwip_database\" cannot be "
                           "read by the workers: it has to belong to \"%s\"",
                           name, ccf->username);
    }
}


static char *
ngx_mytwip_hosts(ngx_conf_t *cf, ngx_mytwip_database_conf_t *conf,
    PQconninfoOption *options)
{
    char               *rv;
    ngx_int_t           number;
    ngx_uint_t          i, n, ports;
    const char         *hosts, *addrs, *port;
    ngx_mytwip_host_t   host;

    if (ngx_array_init(&conf->hosts, cf->pool, 4, sizeof(ngx_mytwip_host_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    hosts = ngx_mytwip_option(options, "host");
    addrs = ngx_mytwip_option(options, "hostaddr");
    port = ngx_mytwip_option(options, "port");

    /* libpq has seen to it that the lists agree */

    n = ngx_mytwip_hosts_item(*hosts ? hosts : addrs, 0, &host.host);
    ports = ngx_mytwip_hosts_item(port, 0, &host.port);

    for (i = 0; i < n; i++) {
        (void) ngx_mytwip_hosts_item(hosts, i, &host.host);
        (void) ngx_mytwip_hosts_item(addrs, i, &host.hostaddr);
        (void) ngx_mytwip_hosts_item(port, ports > 1 ? i : 0, &host.port);

        number = ngx_atoi(host.port.data, host.port.len);

        if (host.port.len && (number < 1 || number > 65535)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid port in \"mytwip_database\": \"%V\", "
                               "a number from 1 to 65535 is expected",
                               &host.port);
            return NGX_CONF_ERROR;
        }

        if (ngx_strlchr(host.host.data, host.host.data + host.host.len, ':')
            && host.hostaddr.len == 0)
        {
            /* an IPv6 address, which libpq takes without brackets */
            host.hostaddr = host.host;
        }

        if (host.hostaddr.len || host.host.len == 0
            || host.host.data[0] == '/' || host.host.data[0] == '@')
        {
            rv = ngx_mytwip_hosts_add(cf, conf, &host);

        } else {
            rv = ngx_mytwip_hosts_resolve(cf, conf, &host);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_mytwip_hosts_resolve(ngx_conf_t *cf, ngx_mytwip_database_conf_t *conf,
    ngx_mytwip_host_t *host)
{
    u_char             text[NGX_SOCKADDR_STRLEN];
    ngx_url_t          u;
    ngx_uint_t         i;
    ngx_mytwip_host_t  address;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = host->host;
    u.no_port = 1;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"mytwip_database\": host \"%V\"",
                           u.err ? u.err : "no memory", &host->host);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < u.naddrs; i++) {
        address = *host;
        address.hostaddr.data = text;
        address.hostaddr.len = ngx_sock_ntop(u.addrs[i].sockaddr,
                                             u.addrs[i].socklen, text,
                                             NGX_SOCKADDR_STRLEN, 0);

        if (ngx_mytwip_hosts_add(cf, conf, &address) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* The strings are copied. */

static char *
ngx_mytwip_hosts_add(ngx_conf_t *cf, ngx_mytwip_database_conf_t *conf,
    ngx_mytwip_host_t *host)
{
    ngx_str_t          *from, *to;
    ngx_uint_t          i;
    ngx_mytwip_host_t  *copy;

    copy = ngx_array_push(&conf->hosts);
    if (copy == NULL) {
        return NGX_CONF_ERROR;
    }

    from = &host->host;
    to = &copy->host;

    for (i = 0; i < sizeof(ngx_mytwip_host_t) / sizeof(ngx_str_t); i++) {
        to[i].len = from[i].len;
        to[i].data = ngx_pstrdup(cf->pool, &from[i]);
        if (to[i].data == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* The n-th item of a comma-separated list; returns the number of its items. */

static ngx_uint_t
ngx_mytwip_hosts_item(const char *list, ngx_uint_t n, ngx_str_t *item)
{
    size_t      len;
    ngx_uint_t  i;

    ngx_str_null(item);

    for (i = 0; /* void */ ; i++) {
        len = strcspn(list, ",");

        if (i == n) {
            item->data = (u_char *) list;
            item->len = len;
        }

        if (list[len] == '\0') {
            return i + 1;
        }

        list += len + 1;
    }
}


ngx_int_t
ngx_mytwip_database_params(ngx_mytwip_database_conf_t *conf, ngx_uint_t first,
    ngx_pool_t *pool, const char ***keywords, const char ***values)
{
    ngx_uint_t    i, n;
    const char  **k, **v;

    n = NGX_MYTWIP_DEFAULTS;

    k = ngx_pcalloc(pool, (n + 5) * sizeof(char *));
    v = ngx_pcalloc(pool, (n + 5) * sizeof(char *));

    if (k == NULL || v == NULL) {
        return NGX_ERROR;
    }

    /* what comes later takes precedence */

    for (i = 0; i < n; i++) {
        k[i] = ngx_mytwip_defaults[i][0];
        v[i] = ngx_mytwip_defaults[i][1];
    }

    k[n] = "dbname";
    v[n++] = (char *) conf->conninfo.data;

    k[n] = "host";
    v[n++] = ngx_mytwip_hosts_join(conf, first,
                                   offsetof(ngx_mytwip_host_t, host), pool);
    k[n] = "hostaddr";
    v[n++] = ngx_mytwip_hosts_join(conf, first,
                                   offsetof(ngx_mytwip_host_t, hostaddr), pool);
    k[n] = "port";
    v[n++] = ngx_mytwip_hosts_join(conf, first,
                                   offsetof(ngx_mytwip_host_t, port), pool);

    for (i = NGX_MYTWIP_DEFAULTS; i < n; i++) {
        if (v[i] == NULL) {
            return NGX_ERROR;
        }
    }

    *keywords = k;
    *values = v;

    return NGX_OK;
}


static char *
ngx_mytwip_hosts_join(ngx_mytwip_database_conf_t *conf, ngx_uint_t first,
    size_t offset, ngx_pool_t *pool)
{
    size_t      len;
    u_char     *p, *list;
    ngx_str_t  *item;
    ngx_uint_t  i, n;

    n = conf->hosts.nelts;
    len = 0;

    for (i = 0; i < n; i++) {
        item = (ngx_str_t *) ((u_char *) conf->hosts.elts
                              + i * conf->hosts.size + offset);
        len += item->len + 1;
    }

    list = ngx_pnalloc(pool, len);
    if (list == NULL) {
        return NULL;
    }

    p = list;

    for (i = 0; i < n; i++) {
        item = (ngx_str_t *) ((u_char *) conf->hosts.elts
                              + (first + i) % n * conf->hosts.size + offset);
        p = ngx_cpymem(p, item->data, item->len);
        *p++ = ',';
    }

    p[-1] = '\0';

    return (char *) list;
}


/* Never NULL: what is not set is empty. */

static const char *
ngx_mytwip_option(PQconninfoOption *options, const char *keyword)
{
    for ( /* void */ ; options->keyword; options++) {
        if (ngx_strcmp(options->keyword, keyword) == 0) {
            return options->val ? options->val : "";
        }
    }

    return "";
}
