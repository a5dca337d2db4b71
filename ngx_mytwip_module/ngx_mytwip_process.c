
/*
 * What a worker process does at its start and at its end.
 */

#include "ngx_mytwip_disk.h"
#include "ngx_mytwip_page.h"
#include "ngx_mytwip_request.h"
#include "ngx_mytwip_shipper.h"
#include "ngx_mytwip_zone.h"


static void ngx_mytwip_no_core(ngx_cycle_t *cycle);


ngx_int_t
ngx_mytwip_init_process(ngx_cycle_t *cycle)
{
    ngx_mytwip_main_conf_t  *mmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_mytwip_module);

    if (mmcf && mmcf->agents) {
        ngx_mytwip_agent_init(cycle, mmcf->agents);
    }

    if (mmcf == NULL || mmcf->zone == NULL) {
        return NGX_OK;
    }

    ngx_mytwip_zone_attach(cycle, mmcf->zone);
    ngx_mytwip_no_core(cycle);

    if (ngx_mytwip_disk_init(cycle, &mmcf->journal) != NGX_OK
        || ngx_mytwip_shipper_init(cycle, &mmcf->database, &mmcf->batch)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_mytwip_journal_init(cycle, &mmcf->journal,
                            ngx_mytwip_shipper_appended);

    if (mmcf->lookups) {
        ngx_mytwip_lookup_init(cycle, &mmcf->database);
    }

    return NGX_OK;
}


/*
 * The image of a process has the keys in it: it is left behind by a crash only
 * if "worker_rlimit_core" asks for it.
 */

static void
ngx_mytwip_no_core(ngx_cycle_t *cycle)
{
    struct rlimit     none;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ccf->rlimit_core != NGX_CONF_UNSET) {
        return;
    }

    none.rlim_cur = 0;
    none.rlim_max = 0;

    if (setrlimit(RLIMIT_CORE, &none) == -1) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
                      "setrlimit(RLIMIT_CORE, 0) failed");
    }
}


void
ngx_mytwip_exit_process(ngx_cycle_t *cycle)
{
    ngx_mytwip_lookup_exit();
    ngx_mytwip_shipper_exit();
    ngx_mytwip_journal_exit(cycle);
}
