
/*
 * The counters: a shared zone with a slot for each worker process, which that
 * process alone writes, without locks.  What a process counted is kept when
 * it is gone.
 */

#ifndef _NGX_MYTWIP_ZONE_H_INCLUDED_
#define _NGX_MYTWIP_ZONE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_MYTWIP_SLOTS        512
#define NGX_MYTWIP_REASONS      4           /* a token is rejected for */
#define NGX_MYTWIP_ERROR_LEN    256


typedef enum {
    NGX_MYTWIP_STATE_WAITING = 0,           /* for the time to connect */
    NGX_MYTWIP_STATE_CONNECTING,
    NGX_MYTWIP_STATE_ASKING,                /* where to go on */
    NGX_MYTWIP_STATE_READY,
    NGX_MYTWIP_STATE_BUSY,                  /* storing a batch */
    NGX_MYTWIP_STATES
} ngx_mytwip_state_t;


typedef struct {
    uint64_t            accepted;           /* events */
    uint64_t            ingested;
    uint64_t            shed;
    uint64_t            rejected[NGX_MYTWIP_REASONS];
    uint64_t            limited;            /* requests, by a limit of rules */
    uint64_t            batches;
    uint64_t            errors;             /* of the database */
} ngx_mytwip_counters_t;


typedef struct {
    ngx_mytwip_counters_t   count;
    uint64_t                pending;        /* events */
    uint64_t                pending_bytes;
    int64_t                 oldest;         /* pending, microseconds; or 0 */
    uint64_t                segments;
    uint64_t                segment_bytes;

    ngx_mytwip_state_t      state;
    time_t                  error_time;     /* of the last one; or 0 */
    size_t                  error_len;
    u_char                  error[NGX_MYTWIP_ERROR_LEN];

    ngx_pid_t               pid;            /* 0: the slot is free */
} ngx_mytwip_worker_t;


typedef struct {
    ngx_mytwip_counters_t   gone;           /* of processes that are */
    ngx_mytwip_worker_t    *worker;         /* NGX_MYTWIP_SLOTS of them */
} ngx_mytwip_zone_t;


/* The slot of this process; never NULL. */
extern ngx_mytwip_worker_t  *ngx_mytwip_worker;


/* Declares the zone; the caller sets its init and data. */
ngx_shm_zone_t *ngx_mytwip_zone_add(ngx_conf_t *cf);

/* To be called by the zone's init. */
ngx_int_t ngx_mytwip_zone_init(ngx_shm_zone_t *shm_zone);

/* Takes a slot for this process. */
void ngx_mytwip_zone_attach(ngx_cycle_t *cycle, ngx_shm_zone_t *shm_zone);

/* Adds one to the sum. */
void ngx_mytwip_zone_sum(ngx_mytwip_counters_t *sum,
    ngx_mytwip_counters_t *one);

/* Whether the process of the slot is there. */
ngx_uint_t ngx_mytwip_zone_alive(ngx_mytwip_worker_t *worker);

/* Keeps the text as this worker's last error. */
void ngx_mytwip_zone_error(u_char *text, size_t len);


#endif /* _NGX_MYTWIP_ZONE_H_INCLUDED_ */
