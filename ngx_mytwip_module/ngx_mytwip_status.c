
/*
 * The handler of "mytwip_status": takes a view of the counters and answers
 * with it.  There is no token, no address and no reader in it.
 */

#include "ngx_mytwip_header.h"
#include "ngx_mytwip_module.h"
#include "ngx_mytwip_status.h"


#define NGX_MYTWIP_STATUS_SIZE    4096      /* of the answer, and */
#define NGX_MYTWIP_STATUS_WORKER  4096      /* for each worker */


static ngx_mytwip_view_t *ngx_mytwip_status_view(ngx_http_request_t *r);
static u_char *ngx_mytwip_json(u_char *p, u_char *last,
    ngx_mytwip_view_t *view);
static u_char *ngx_mytwip_json_counters(u_char *p, u_char *last,
    ngx_mytwip_counters_t *count);
static u_char *ngx_mytwip_json_worker(u_char *p, u_char *last,
    ngx_mytwip_worker_t *worker, ngx_uint_t slot);
static u_char *ngx_mytwip_json_pending(u_char *p, u_char *last,
    uint64_t events, uint64_t bytes, int64_t oldest);


static ngx_str_t  ngx_mytwip_status_types[] = {
    ngx_null_string,
    ngx_string("application/json"),
    ngx_string("text/plain; version=0.0.4")
};


const char  *ngx_mytwip_states[NGX_MYTWIP_STATES] = {
    "waiting", "connecting", "asking", "ready", "busy"
};


const char  *ngx_mytwip_reasons[NGX_MYTWIP_REASONS] = {
    "malformed", "wrong_kind", "unknown_key", "forged"
};


ngx_int_t
ngx_mytwip_status_handler(ngx_http_request_t *r)
{
    size_t                     size;
    u_char                    *p, *last;
    ngx_int_t                  rc;
    ngx_mytwip_view_t         *view;
    ngx_mytwip_loc_conf_t     *mlcf;
    ngx_http_complex_value_t   cv;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    view = ngx_mytwip_status_view(r);
    if (view == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    size = NGX_MYTWIP_STATUS_SIZE + view->n * NGX_MYTWIP_STATUS_WORKER;

    p = ngx_pnalloc(r->pool, size);

    if (p == NULL
        || ngx_mytwip_header_text(r, "Cache-Control", "no-store") != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    mlcf = ngx_http_get_module_loc_conf(r, ngx_mytwip_module);

    last = (mlcf->status == NGX_MYTWIP_STATUS_JSON)
           ? ngx_mytwip_json(p, p + size, view)
           : ngx_mytwip_status_prometheus(p, p + size, view);

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));

    cv.value.data = p;
    cv.value.len = last - p;

    return ngx_http_send_response(r, NGX_HTTP_OK,
                                  &ngx_mytwip_status_types[mlcf->status], &cv);
}


static ngx_mytwip_view_t *
ngx_mytwip_status_view(ngx_http_request_t *r)
{
    ngx_uint_t               i;
    ngx_slab_pool_t         *shpool;
    ngx_mytwip_view_t       *view;
    ngx_mytwip_zone_t       *zone;
    ngx_mytwip_worker_t     *worker;
    ngx_mytwip_main_conf_t  *mmcf;

    mmcf = ngx_http_get_module_main_conf(r, ngx_mytwip_module);

    shpool = (ngx_slab_pool_t *) mmcf->zone->shm.addr;
    zone = shpool->data;

    view = ngx_pcalloc(r->pool, sizeof(ngx_mytwip_view_t));
    if (view == NULL) {
        return NULL;
    }

    /* against a process that takes a slot meanwhile */

    ngx_shmtx_lock(&shpool->mutex);

    view->total = zone->gone;

    for (i = 0; i < NGX_MYTWIP_SLOTS; i++) {
        view->n += (zone->worker[i].pid != 0);
    }

    view->worker = ngx_palloc(r->pool, view->n * sizeof(ngx_mytwip_worker_t));

    if (view->worker == NULL) {
        ngx_shmtx_unlock(&shpool->mutex);
        return NULL;
    }

    view->n = 0;

    for (i = 0; i < NGX_MYTWIP_SLOTS; i++) {
        worker = &zone->worker[i];

        ngx_mytwip_zone_sum(&view->total, &worker->count);

        /* what a dead process had pending is another's by now */

        if (!ngx_mytwip_zone_alive(worker)) {
            continue;
        }

        view->worker[view->n++] = *worker;

        view->pending += worker->pending;
        view->pending_bytes += worker->pending_bytes;
        view->segments += worker->segments;
        view->segment_bytes += worker->segment_bytes;

        if (worker->oldest
            && (view->oldest == 0 || worker->oldest < view->oldest))
        {
            view->oldest = worker->oldest;
        }
    }

    ngx_shmtx_unlock(&shpool->mutex);

    return view;
}


static u_char *
ngx_mytwip_json(u_char *p, u_char *last, ngx_mytwip_view_t *view)
{
    ngx_uint_t  i;

    p = ngx_slprintf(p, last, "{\"version\":\"" NGX_MYTWIP_VERSION "\","
                     "\"workers\":[");

    for (i = 0; i < view->n; i++) {
        p = ngx_slprintf(p, last, i ? ",\n" : "\n");
        p = ngx_mytwip_json_worker(p, last, &view->worker[i], i);
    }

    p = ngx_slprintf(p, last, "\n],\n\"total\":{");
    p = ngx_mytwip_json_counters(p, last, &view->total);
    p = ngx_slprintf(p, last, ",");
    p = ngx_mytwip_json_pending(p, last, view->pending, view->pending_bytes,
                                view->oldest);

    return ngx_slprintf(p, last, ",\"journal\":{\"segments\":%uL,"
                        "\"bytes\":%uL}}}\n", view->segments,
                        view->segment_bytes);
}


static u_char *
ngx_mytwip_json_worker(u_char *p, u_char *last, ngx_mytwip_worker_t *worker,
    ngx_uint_t slot)
{
    p = ngx_slprintf(p, last, "{\"pid\":%P,\"slot\":%ui,", worker->pid, slot);
    p = ngx_mytwip_json_counters(p, last, &worker->count);
    p = ngx_slprintf(p, last, ",");
    p = ngx_mytwip_json_pending(p, last, worker->pending,
                                worker->pending_bytes, worker->oldest);
    p = ngx_slprintf(p, last, ",\"journal\":{\"segments\":%uL,\"bytes\":%uL}",
                     worker->segments, worker->segment_bytes);

    p = ngx_slprintf(p, last, ",\"database\":{\"state\":\"%s\","
                     "\"batches\":%uL,\"errors\":%uL,\"last_error\":\"",
                     ngx_mytwip_states[worker->state],
                     worker->count.batches, worker->count.errors);

    p = (u_char *) ngx_escape_json(p, worker->error, worker->error_len);

    return ngx_slprintf(p, last, "\",\"last_error_age\":%T}}",
                        worker->error_time ? ngx_time() - worker->error_time
                                           : (time_t) 0);
}


static u_char *
ngx_mytwip_json_counters(u_char *p, u_char *last, ngx_mytwip_counters_t *count)
{
    ngx_uint_t  i;

    p = ngx_slprintf(p, last, "\"accepted\":%uL,\"ingested\":%uL,"
                     "\"shed\":%uL,\"rejected\":{", count->accepted,
                     count->ingested, count->shed);

    for (i = 0; i < NGX_MYTWIP_REASONS; i++) {
        p = ngx_slprintf(p, last, "%s\"%s\":%uL", i ? "," : "",
                         ngx_mytwip_reasons[i], count->rejected[i]);
    }

    return ngx_slprintf(p, last, "},\"rules_limited\":%uL", count->limited);
}


static u_char *
ngx_mytwip_json_pending(u_char *p, u_char *last, uint64_t events,
    uint64_t bytes, int64_t oldest)
{
    p = ngx_slprintf(p, last, "\"pending\":{\"events\":%uL,\"bytes\":%uL,"
                     "\"oldest_age\":", events, bytes);
    p = ngx_mytwip_status_age(p, last, oldest);

    return ngx_slprintf(p, last, "}");
}


/* Seconds from the time, in microseconds, until now. */

u_char *
ngx_mytwip_status_age(u_char *p, u_char *last, int64_t time)
{
    int64_t      age;
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    age = time ? (int64_t) tp->sec * 1000 + (int64_t) tp->msec - time / 1000
               : 0;

    if (age < 0) {
        /* the clock was set back */
        age = 0;
    }

    return ngx_slprintf(p, last, "%L.%03L", age / 1000, age % 1000);
}
