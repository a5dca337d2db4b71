
/*
 * The status as Prometheus text: see ngx_mytwip_status.h.
 */

#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_mytwip_status.h"


typedef struct {
    const char  *name;
    const char  *type;
    const char  *help;
} ngx_mytwip_metric_t;


static u_char *ngx_mytwip_metric_head(u_char *p, u_char *last,
    const ngx_mytwip_metric_t *metric);


/* with a single sample, in the order of the values below */

static const ngx_mytwip_metric_t  ngx_mytwip_metrics[] = {
    { "accepted_total", "counter", "Events accepted into the journal." },
    { "ingested_total", "counter", "Events that the database has committed." },
    { "shed_total", "counter", "Events refused, as the journal was full." },
    { "rules_limited_total", "counter", "Requests too dear for the rules." },
    { "batches_total", "counter", "Batches that the database has committed." },
    { "database_errors_total", "counter", "Failed connects and statements." },
    { "pending_events", "gauge", "Events not known to be committed." },
    { "pending_bytes", "gauge", "Bytes of these in the journal." },
    { "journal_segments", "gauge", "Segments that workers hold." },
    { "journal_bytes", "gauge", "Size of these segments." }
};

static const ngx_mytwip_metric_t  ngx_mytwip_metric_oldest = {
    "oldest_pending_seconds", "gauge", "Age of the oldest pending event."
};

static const ngx_mytwip_metric_t  ngx_mytwip_metric_rejected = {
    "rejected_total", "counter", "Requests whose token is not valid."
};

static const ngx_mytwip_metric_t  ngx_mytwip_metric_up = {
    "database_up", "gauge", "Whether a worker is connected."
};


u_char *
ngx_mytwip_status_prometheus(u_char *p, u_char *last, ngx_mytwip_view_t *view)
{
    ngx_uint_t            i;
    ngx_mytwip_worker_t  *worker;

    const uint64_t  values[] = {
        view->total.accepted,
        view->total.ingested,
        view->total.shed,
        view->total.limited,
        view->total.batches,
        view->total.errors,
        view->pending,
        view->pending_bytes,
        view->segments,
        view->segment_bytes
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        p = ngx_mytwip_metric_head(p, last, &ngx_mytwip_metrics[i]);
        p = ngx_slprintf(p, last, "mytwip_%s %uL\n",
                         ngx_mytwip_metrics[i].name, values[i]);
    }

    p = ngx_mytwip_metric_head(p, last, &ngx_mytwip_metric_oldest);
    p = ngx_slprintf(p, last, "mytwip_%s ", ngx_mytwip_metric_oldest.name);
    p = ngx_mytwip_status_age(p, last, view->oldest);
    p = ngx_slprintf(p, last, "\n");

    p = ngx_mytwip_metric_head(p, last, &ngx_mytwip_metric_rejected);

    for (i = 0; i < NGX_MYTWIP_REASONS; i++) {
        p = ngx_slprintf(p, last, "mytwip_%s{reason=\"%s\"} %uL\n",
                         ngx_mytwip_metric_rejected.name,
                         ngx_mytwip_reasons[i], view->total.rejected[i]);
    }

    p = ngx_mytwip_metric_head(p, last, &ngx_mytwip_metric_up);

    for (i = 0; i < view->n; i++) {
        worker = &view->worker[i];

        p = ngx_slprintf(p, last, "mytwip_%s{pid=\"%P\"} %d\n",
                         ngx_mytwip_metric_up.name, worker->pid,
                         worker->state >= NGX_MYTWIP_STATE_ASKING);
    }

    return p;
}


static u_char *
ngx_mytwip_metric_head(u_char *p, u_char *last,
    const ngx_mytwip_metric_t *metric)
{
    return ngx_slprintf(p, last, "# HELP mytwip_%s %s\n# TYPE mytwip_%s %s\n",
                        metric->name, metric->help, metric->name,
                        metric->type);
}
