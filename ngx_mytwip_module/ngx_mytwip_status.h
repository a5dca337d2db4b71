
/*
 * The status: what every worker counts, as JSON or as Prometheus text.
 */

#ifndef _NGX_MYTWIP_STATUS_H_INCLUDED_
#define _NGX_MYTWIP_STATUS_H_INCLUDED_


#include "ngx_mytwip_zone.h"


#define NGX_MYTWIP_STATUS_JSON        1
#define NGX_MYTWIP_STATUS_PROMETHEUS  2


/* A moment's view of all workers that are alive, and of all counts. */

typedef struct {
    ngx_uint_t              n;
    ngx_mytwip_worker_t    *worker;         /* copies */
    ngx_mytwip_counters_t   total;          /* of the dead ones too */
    uint64_t                pending;        /* events, and so on */
    uint64_t                pending_bytes;
    int64_t                 oldest;
    uint64_t                segments;
    uint64_t                segment_bytes;
} ngx_mytwip_view_t;


extern const char  *ngx_mytwip_states[NGX_MYTWIP_STATES];
extern const char  *ngx_mytwip_reasons[NGX_MYTWIP_REASONS];


/* Seconds with three decimals from the time until now; 0 for the time 0. */
u_char *ngx_mytwip_status_age(u_char *p, u_char *last, int64_t time);

/* Writes the view as Prometheus text. */
u_char *ngx_mytwip_status_prometheus(u_char *p, u_char *last,
    ngx_mytwip_view_t *view);


#endif /* _NGX_MYTWIP_STATUS_H_INCLUDED_ */
