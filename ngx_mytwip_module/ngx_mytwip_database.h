
/*
 * A connection to PostgreSQL in nginx's event loop: libpq without a blocking
 * call.  One per worker, one statement at a time.  It connects, and connects
 * again with growing pauses, by itself; its user is told when it is ready,
 * what a statement gave, and that it is lost.  A statement under way when it
 * is lost may or may not have been carried out.
 */

#ifndef _NGX_MYTWIP_DATABASE_H_INCLUDED_
#define _NGX_MYTWIP_DATABASE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <libpq-fe.h>


/* One address of one host, as libpq takes them in lists. */

typedef struct {
    ngx_str_t           host;
    ngx_str_t           hostaddr;           /* empty for a Unix socket */
    ngx_str_t           port;
} ngx_mytwip_host_t;


typedef struct {
    ngx_str_t           conninfo;
    ngx_array_t         hosts;              /* of ngx_mytwip_host_t */
    ngx_msec_t          connect_timeout;
} ngx_mytwip_database_conf_t;


typedef enum {
    NGX_MYTWIP_DATABASE_WAITING = 0,        /* for the time to connect */
    NGX_MYTWIP_DATABASE_CONNECTING,
    NGX_MYTWIP_DATABASE_READY,
    NGX_MYTWIP_DATABASE_BUSY                /* with a statement */
} ngx_mytwip_database_state_t;


typedef struct {
    const char         *text;
    int                 n;
    const Oid          *types;
    const char *const  *values;
    const int          *lengths;
    const int          *formats;
    ngx_msec_t          timeout;
} ngx_mytwip_statement_t;


typedef struct ngx_mytwip_database_s  ngx_mytwip_database_t;

struct ngx_mytwip_database_s {
    ngx_mytwip_database_conf_t   *conf;
    ngx_log_t                    *log;

    /* set by the user of the connection */
    void                        (*ready)(ngx_mytwip_database_t *db);
    void                        (*result)(ngx_mytwip_database_t *db,
                                          PGresult *res);
    void                        (*lost)(ngx_mytwip_database_t *db);
    void                        (*closing)(ngx_mytwip_database_t *db);

    ngx_mytwip_database_state_t   state;
    PGconn                       *pg;
    PGresult                     *kept;     /* until all of it is there */
    ngx_connection_t             *connection;
    ngx_event_t                   timer;    /* of the state */
    ngx_msec_t                    pause;    /* before the next attempt */
    ngx_uint_t                    host;     /* the first to try */
    char                          farewell[128];  /* why the server went */
    uint32_t                      said[2];  /* checksums of the last errors */
    unsigned                      failed:1; /* and that was logged */
    unsigned                      secondary:1;  /* another tells the status */
};


/*
 * Reads a connection string when the configuration is read, and resolves the
 * names in it, as libpq itself would block on that.  The errors name the
 * directive.
 */
char *ngx_mytwip_database_conf(ngx_conf_t *cf, ngx_str_t *value,
    ngx_mytwip_database_conf_t *conf);

/*
 * The parameters for PQconnectStartParams(), from the pool, beginning with the
 * host of this number.
 */
ngx_int_t ngx_mytwip_database_params(ngx_mytwip_database_conf_t *conf,
    ngx_uint_t first, ngx_pool_t *pool, const char ***keywords,
    const char ***values);

/* Starts to connect; to be called once. */
void ngx_mytwip_database_start(ngx_mytwip_database_t *db);
void ngx_mytwip_database_close(ngx_mytwip_database_t *db);

/*
 * Sends a statement, when ready; what its values point to is not needed
 * afterwards.  The result comes later, binary, and in no case from within
 * this call.
 */
void ngx_mytwip_database_send(ngx_mytwip_database_t *db,
    ngx_mytwip_statement_t *st);

/*
 * Notes that a statement failed: in the status, and in the log unless it was
 * the last thing said there of this connection.  Recovered says that it works
 * again.
 */
void ngx_mytwip_database_error(ngx_mytwip_database_t *db, PGresult *res);

/*
 * Writes what a server said, at most NGX_MYTWIP_ERROR_LEN bytes, as one line
 * for the log; returns its length.  The state may be NULL.
 */
size_t ngx_mytwip_database_text(u_char *text, const char *state,
    const char *message);
void ngx_mytwip_database_recovered(ngx_mytwip_database_t *db);

/* Gives the connection up, to connect again after a pause. */
void ngx_mytwip_database_retry(ngx_mytwip_database_t *db);

/*
 * Notes a failure, in the log if it is news and in the status; state is the
 * SQLSTATE, or NULL when the connection itself has failed.
 */
void ngx_mytwip_database_note(ngx_mytwip_database_t *db, ngx_uint_t level,
    const char *state, const char *message);

/* libpq's receiver of notices; data is the ngx_mytwip_database_t. */
void ngx_mytwip_database_notice(void *data, const PGresult *res);


#endif /* _NGX_MYTWIP_DATABASE_H_INCLUDED_ */
