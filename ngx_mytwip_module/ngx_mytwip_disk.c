
/*
 * The journal's jobs on the disk: see ngx_mytwip_disk.h.  The functions that
 * take a log besides the job run in a thread of the pool and touch nothing but
 * their job.
 */

#include "ngx_mytwip_disk.h"


#if !(NGX_THREADS)
#error nginx must be built --with-threads for ngx_mytwip_module
#endif


#define NGX_MYTWIP_DISK_BAD  64         /* files complained of once */


static void ngx_mytwip_disk_thread(void *data, ngx_log_t *log);
static void ngx_mytwip_disk_finished(ngx_event_t *ev);
static void ngx_mytwip_disk_grow(ngx_mytwip_disk_job_t *job, ngx_log_t *log);
static void ngx_mytwip_disk_flush(ngx_mytwip_disk_job_t *job, ngx_log_t *log);
static void ngx_mytwip_disk_adopt(ngx_mytwip_disk_job_t *job, ngx_log_t *log);
static int ngx_mytwip_disk_found(void *data, const char *name);
static ngx_uint_t ngx_mytwip_disk_bad(const char *name);
static void ngx_mytwip_disk_delete(ngx_mytwip_disk_job_t *job, ngx_log_t *log);


typedef struct {
    ngx_mytwip_disk_job_t  *job;
    ngx_log_t              *log;
} ngx_mytwip_disk_adopt_t;


static ngx_thread_task_t  *ngx_mytwip_disk_tasks[NGX_MYTWIP_DISK_JOBS];

/* of the adopting thread alone */
static char                ngx_mytwip_disk_bad_names[NGX_MYTWIP_DISK_BAD]
                                                  [MYTWIP_JOURNAL_NAME_LEN + 1];
static ngx_uint_t          ngx_mytwip_disk_nbad;


static void (*ngx_mytwip_disk_functions[])(ngx_mytwip_disk_job_t *job,
                                           ngx_log_t *log) =
{
    ngx_mytwip_disk_grow,
    ngx_mytwip_disk_flush,
    ngx_mytwip_disk_adopt,
    ngx_mytwip_disk_delete
};


ngx_int_t
ngx_mytwip_disk_init(ngx_cycle_t *cycle, ngx_mytwip_journal_conf_t *conf)
{
    ngx_uint_t              i;
    ngx_thread_task_t      *task;
    ngx_mytwip_disk_job_t  *job;

    for (i = 0; i < NGX_MYTWIP_DISK_JOBS; i++) {
        task = ngx_thread_task_alloc(cycle->pool,
                                     sizeof(ngx_mytwip_disk_job_t));
        if (task == NULL) {
            return NGX_ERROR;
        }

        job = task->ctx;
        job->kind = i;
        job->conf = conf;

        task->handler = ngx_mytwip_disk_thread;
        task->event.handler = ngx_mytwip_disk_finished;
        task->event.data = job;
        task->event.log = cycle->log;

        ngx_mytwip_disk_tasks[i] = task;
    }

    return NGX_OK;
}


ngx_mytwip_disk_job_t *
ngx_mytwip_disk_job(ngx_mytwip_disk_kind_t kind)
{
    ngx_thread_task_t      *task;
    ngx_mytwip_disk_job_t  *job;

    task = ngx_mytwip_disk_tasks[kind];

    if (task->event.active) {
        return NULL;
    }

    job = task->ctx;

    job->n = 0;
    job->result = MYTWIP_JOURNAL_OK;

    return job;
}


ngx_int_t
ngx_mytwip_disk_post(ngx_mytwip_disk_job_t *job, ngx_mytwip_disk_done_pt done)
{
    job->done = done;

    return ngx_thread_task_post(job->conf->pool,
                                ngx_mytwip_disk_tasks[job->kind]);
}


void
ngx_mytwip_disk_run(ngx_mytwip_disk_job_t *job, ngx_log_t *log)
{
    ngx_mytwip_disk_functions[job->kind](job, log);
}


static void
ngx_mytwip_disk_thread(void *data, ngx_log_t *log)
{
    ngx_mytwip_disk_run(data, log);
}


static void
ngx_mytwip_disk_finished(ngx_event_t *ev)
{
    ngx_mytwip_disk_job_t  *job;

    job = ev->data;

    job->done(job);
}


static void
ngx_mytwip_disk_grow(ngx_mytwip_disk_job_t *job, ngx_log_t *log)
{
    job->result = mytwip_journal_grow(&job->segment[0].s,
                                      (char *) job->conf->path->name.data,
                                      job->conf->segment, job->conf->max,
                                      &job->error);

    job->n = (job->result == MYTWIP_JOURNAL_OK) ? 1 : 0;
}


static void
ngx_mytwip_disk_flush(ngx_mytwip_disk_job_t *job, ngx_log_t *log)
{
    ngx_uint_t                  i;
    ngx_mytwip_disk_segment_t  *seg;

    for (i = 0; i < job->n; i++) {
        seg = &job->segment[i];

        seg->result = MYTWIP_JOURNAL_OK;

        if (seg->sync) {
            seg->result = mytwip_segment_sync(&seg->s, &seg->error);
        }

        if (seg->result == MYTWIP_JOURNAL_OK && seg->seal) {
            seg->result = mytwip_segment_seal(&seg->s, &seg->error);
        }
    }
}


static void
ngx_mytwip_disk_adopt(ngx_mytwip_disk_job_t *job, ngx_log_t *log)
{
    ngx_mytwip_disk_adopt_t  adopt;

    adopt.job = job;
    adopt.log = log;

    job->result = mytwip_journal_scan((char *) job->conf->path->name.data,
                                      ngx_mytwip_disk_found, &adopt,
                                      &job->error);
}


static int
ngx_mytwip_disk_found(void *data, const char *name)
{
    ngx_mytwip_disk_adopt_t *adopt = data;

    mytwip_error_t              err;
    mytwip_segment_t           *s;
    mytwip_journal_result_t     rc;
    ngx_mytwip_disk_job_t      *job;

    job = adopt->job;
    s = &job->segment[job->n].s;

    rc = mytwip_segment_adopt(s, (char *) job->conf->path->name.data, name,
                              &err);

    switch (rc) {

    case MYTWIP_JOURNAL_OK:
        job->n++;
        ngx_log_error(NGX_LOG_INFO, adopt->log, 0,
                      "journal segment \"%s\" adopted, %uD events", s->name,
                      s->events);

        if (s->damaged) {
            ngx_log_error(NGX_LOG_ERR, adopt->log, 0,
                          "journal segment \"%s\" has %uL damaged bytes",
                          s->name, s->damaged);
        }

        break;

    case MYTWIP_JOURNAL_INVALID:
    case MYTWIP_JOURNAL_FAILED:
        if (!ngx_mytwip_disk_bad(name)) {
            ngx_mytwip_disk_error(adopt->log, NGX_LOG_ERR, &err);
        }

        break;

    default: /* MYTWIP_JOURNAL_HELD, MYTWIP_JOURNAL_GONE */
        break;
    }

    return job->n == NGX_MYTWIP_DISK_SEGMENTS;
}


/* Whether the file was complained of; from now on it was. */

static ngx_uint_t
ngx_mytwip_disk_bad(const char *name)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_mytwip_disk_nbad; i++) {
        if (ngx_strcmp(ngx_mytwip_disk_bad_names[i], name) == 0) {
            return 1;
        }
    }

    if (i == NGX_MYTWIP_DISK_BAD) {
        return 1;
    }

    ngx_cpystrn((u_char *) ngx_mytwip_disk_bad_names[i], (u_char *) name,
                MYTWIP_JOURNAL_NAME_LEN + 1);
    ngx_mytwip_disk_nbad++;

    return 0;
}


static void
ngx_mytwip_disk_delete(ngx_mytwip_disk_job_t *job, ngx_log_t *log)
{
    char                       *dir;
    ngx_uint_t                  i;
    ngx_mytwip_disk_segment_t  *seg;

    dir = (char *) job->conf->path->name.data;

    for (i = 0; i < job->n; i++) {
        seg = &job->segment[i];

        seg->result = mytwip_segment_delete(&seg->s, dir, &seg->error);
    }
}


void
ngx_mytwip_disk_error(ngx_log_t *log, ngx_uint_t level, mytwip_error_t *error)
{
    ngx_log_error(level, log, error->sys, "journal: %s", error->text);
}
