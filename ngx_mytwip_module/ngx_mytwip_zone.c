
/*
 * The zone of counters: see ngx_mytwip_zone.h.  Its size never changes, so
 * that a reload, whatever it changes, goes on counting.
 */

#include <ngx_config.h>

#include <signal.h>

#include "ngx_mytwip_module.h"
#include "ngx_mytwip_zone.h"


static ngx_mytwip_worker_t  ngx_mytwip_no_worker;

ngx_mytwip_worker_t  *ngx_mytwip_worker = &ngx_mytwip_no_worker;


ngx_shm_zone_t *
ngx_mytwip_zone_add(ngx_conf_t *cf)
{
    size_t     size;
    ngx_str_t  name = ngx_string("mytwip_status");

    size = sizeof(ngx_mytwip_zone_t)
           + NGX_MYTWIP_SLOTS * sizeof(ngx_mytwip_worker_t);

    /* the slab allocator needs pages of its own */
    size = ngx_align(size, ngx_pagesize) + 16 * ngx_pagesize;

    return ngx_shared_memory_add(cf, &name, size, &ngx_mytwip_module);
}


ngx_int_t
ngx_mytwip_zone_init(ngx_shm_zone_t *shm_zone)
{
    ngx_slab_pool_t    *shpool;
    ngx_mytwip_zone_t  *zone;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shpool->data) {
        /* of the previous cycle, or of another process (Windows) */
        return NGX_OK;
    }

    zone = ngx_slab_calloc(shpool, sizeof(ngx_mytwip_zone_t));
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->worker = ngx_slab_calloc(shpool,
                                   NGX_MYTWIP_SLOTS
                                   * sizeof(ngx_mytwip_worker_t));
    if (zone->worker == NULL) {
        return NGX_ERROR;
    }

    shpool->data = zone;

    return NGX_OK;
}


void
ngx_mytwip_zone_attach(ngx_cycle_t *cycle, ngx_shm_zone_t *shm_zone)
{
    ngx_uint_t            i;
    ngx_slab_pool_t      *shpool;
    ngx_mytwip_zone_t    *zone;
    ngx_mytwip_worker_t  *worker;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    zone = shpool->data;

    ngx_shmtx_lock(&shpool->mutex);

    for (i = 0; i < NGX_MYTWIP_SLOTS; i++) {
        worker = &zone->worker[i];

        if (ngx_mytwip_zone_alive(worker)) {
            continue;
        }

        ngx_mytwip_zone_sum(&zone->gone, &worker->count);
        ngx_memzero(worker, sizeof(ngx_mytwip_worker_t));

        worker->pid = ngx_pid;
        ngx_mytwip_worker = worker;
        break;
    }

    ngx_shmtx_unlock(&shpool->mutex);

    if (i == NGX_MYTWIP_SLOTS) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "the status has no slot for this process, %ui are taken",
                      (ngx_uint_t) NGX_MYTWIP_SLOTS);
    }
}


void
ngx_mytwip_zone_sum(ngx_mytwip_counters_t *sum, ngx_mytwip_counters_t *one)
{
    ngx_uint_t  i;

    sum->accepted += one->accepted;
    sum->ingested += one->ingested;
    sum->shed += one->shed;
    sum->limited += one->limited;
    sum->batches += one->batches;
    sum->errors += one->errors;

    for (i = 0; i < NGX_MYTWIP_REASONS; i++) {
        sum->rejected[i] += one->rejected[i];
    }
}


ngx_uint_t
ngx_mytwip_zone_alive(ngx_mytwip_worker_t *worker)
{
    if (worker->pid == 0) {
        return 0;
    }

    /* EPERM: a process of another user */

    return kill(worker->pid, 0) == 0 || ngx_errno != ESRCH;
}


void
ngx_mytwip_zone_error(u_char *text, size_t len)
{
    len = ngx_min(len, NGX_MYTWIP_ERROR_LEN);

    /* a reader that comes between sees a part of the text, never too much */

    ngx_mytwip_worker->error_len = 0;
    ngx_memory_barrier();

    ngx_memcpy(ngx_mytwip_worker->error, text, len);
    ngx_mytwip_worker->error_time = ngx_time();

    ngx_memory_barrier();
    ngx_mytwip_worker->error_len = len;
}
