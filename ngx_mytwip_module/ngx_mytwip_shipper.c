
/*
 * From the journal to mytwip.ingest(): see ngx_mytwip_shipper.h.
 *
 *     offline ── connected ──▶ asking ──▶ idle ◀──▶ shipping
 *        ▲                                  │           │
 *        └──────────── connection lost ─────┴───────────┘
 *
 * A segment that the database has not been asked about on this connection, an
 * adopted one for instance, leads from idle to asking.
 */

#include "ngx_mytwip_marks.h"
#include "ngx_mytwip_refusal.h"
#include "ngx_mytwip_shipper.h"
#include "ngx_mytwip_zone.h"

#include "mytwip_answer.h"
#include "mytwip_batch.h"


#define NGX_MYTWIP_STATEMENT_TIMEOUT  30000     /* milliseconds */
#define NGX_MYTWIP_LINGER             5000      /* when the process has to go */
#define NGX_MYTWIP_STRETCHES          4         /* of damage in a batch */


typedef enum {
    NGX_MYTWIP_SHIPPER_OFFLINE = 0,
    NGX_MYTWIP_SHIPPER_ASKING,
    NGX_MYTWIP_SHIPPER_IDLE,
    NGX_MYTWIP_SHIPPER_SHIPPING
} ngx_mytwip_shipper_state_t;


typedef struct {
    ngx_mytwip_shipper_state_t  state;
    ngx_mytwip_database_t       database;
    ngx_mytwip_batch_conf_t    *conf;
    ngx_log_t                  *log;

    ngx_uint_t                  appended;       /* since the last batch */
    ngx_event_t                 delay;
    ngx_event_t                 full;
    ngx_event_t                 linger;
    unsigned                    due:1;          /* the delay is over */
    unsigned                    apart:1;        /* the batch was refused */

    mytwip_batch_t              batch;
    u_char                      uuid[NGX_MYTWIP_UUID_LEN];
    uint64_t                    from;           /* of the batch */
    uint64_t                    to;
} ngx_mytwip_shipper_t;


static void ngx_mytwip_shipper_state(ngx_mytwip_shipper_state_t state);
static void ngx_mytwip_shipper_delay_handler(ngx_event_t *ev);
static void ngx_mytwip_shipper_full_handler(ngx_event_t *ev);
static void ngx_mytwip_shipper_linger_handler(ngx_event_t *ev);
static void ngx_mytwip_shipper_ready(ngx_mytwip_database_t *db);
static void ngx_mytwip_shipper_lost(ngx_mytwip_database_t *db);
static void ngx_mytwip_shipper_closing(ngx_mytwip_database_t *db);
static void ngx_mytwip_shipper_result(ngx_mytwip_database_t *db,
    PGresult *res);
static void ngx_mytwip_shipper_run(void);
static ngx_uint_t ngx_mytwip_shipper_ask(void);
static ngx_uint_t ngx_mytwip_shipper_ship(void);
static ngx_uint_t ngx_mytwip_shipper_due(ngx_mytwip_segment_t *seg);
static ngx_uint_t ngx_mytwip_shipper_send(ngx_mytwip_segment_t *seg);
static void ngx_mytwip_shipper_fill(ngx_mytwip_segment_t *seg);
static void ngx_mytwip_shipper_call(void);
static ngx_int_t ngx_mytwip_shipper_stored(PGresult *res);


static ngx_mytwip_shipper_t  ngx_mytwip_shipper;


ngx_int_t
ngx_mytwip_shipper_init(ngx_cycle_t *cycle,
    ngx_mytwip_database_conf_t *database, ngx_mytwip_batch_conf_t *batch)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    sh->conf = batch;
    sh->log = cycle->log;

    if (mytwip_batch_init(&sh->batch, batch->rows) != 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "no memory for a batch of %i events", batch->rows);
        return NGX_ERROR;
    }

    sh->delay.handler = ngx_mytwip_shipper_delay_handler;
    sh->delay.data = sh;
    sh->delay.log = cycle->log;
    sh->delay.cancelable = 1;

    sh->full.handler = ngx_mytwip_shipper_full_handler;
    sh->full.data = sh;
    sh->full.log = cycle->log;

    /* holds the process up, for a while, when it has to go */

    sh->linger.handler = ngx_mytwip_shipper_linger_handler;
    sh->linger.data = sh;
    sh->linger.log = cycle->log;

    ngx_mytwip_commit_init();

    sh->database.conf = database;
    sh->database.log = cycle->log;
    sh->database.ready = ngx_mytwip_shipper_ready;
    sh->database.result = ngx_mytwip_shipper_result;
    sh->database.lost = ngx_mytwip_shipper_lost;
    sh->database.closing = ngx_mytwip_shipper_closing;

    ngx_mytwip_database_start(&sh->database);

    return NGX_OK;
}


void
ngx_mytwip_shipper_exit(void)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    ngx_mytwip_database_close(&sh->database);
    mytwip_batch_done(&sh->batch);
}


/* The only place that changes the state. */

static void
ngx_mytwip_shipper_state(ngx_mytwip_shipper_state_t state)
{
    static const ngx_mytwip_state_t  shown[] = {
        NGX_MYTWIP_STATE_WAITING,
        NGX_MYTWIP_STATE_ASKING,
        NGX_MYTWIP_STATE_READY,
        NGX_MYTWIP_STATE_BUSY
    };

    ngx_mytwip_shipper.state = state;

    if (state != NGX_MYTWIP_SHIPPER_OFFLINE) {
        /* the connection tells what it does by itself */
        ngx_mytwip_worker->state = shown[state];
    }
}


/* On the path of every request: as little as can be. */

void
ngx_mytwip_shipper_appended(ngx_uint_t n)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    sh->appended += n;

    if (sh->state != NGX_MYTWIP_SHIPPER_IDLE) {
        return;
    }

    if (ngx_exiting && !sh->linger.timer_set) {
        ngx_add_timer(&sh->linger, NGX_MYTWIP_LINGER);
    }

    /* n is 0 for what others have left: it has waited long enough */

    if (sh->appended >= (ngx_uint_t) sh->conf->rows || n == 0 || ngx_exiting) {
        ngx_post_event(&sh->full, &ngx_posted_events);

    } else if (!sh->delay.timer_set) {
        ngx_add_timer(&sh->delay, sh->conf->delay);
    }
}


static void
ngx_mytwip_shipper_delay_handler(ngx_event_t *ev)
{
    ngx_mytwip_shipper.due = 1;

    ngx_mytwip_shipper_run();
}


static void
ngx_mytwip_shipper_full_handler(ngx_event_t *ev)
{
    ngx_mytwip_shipper_run();
}


static void
ngx_mytwip_shipper_linger_handler(ngx_event_t *ev)
{
    ngx_log_error(NGX_LOG_NOTICE, ev->log, 0,
                  "%uL events are left in the journal for another process",
                  ngx_mytwip_worker->pending);
}


static void
ngx_mytwip_shipper_ready(ngx_mytwip_database_t *db)
{
    ngx_log_error(NGX_LOG_INFO, db->log, 0, "connected to the database \"%s\"",
                  PQhost(db->pg));

    ngx_mytwip_journal_doubt();

    ngx_mytwip_shipper_state(NGX_MYTWIP_SHIPPER_IDLE);
    ngx_mytwip_shipper_run();

    if (ngx_mytwip_shipper.state == NGX_MYTWIP_SHIPPER_IDLE) {
        /* there is nothing by which it could prove itself */
        ngx_mytwip_database_recovered(db);
    }
}


static void
ngx_mytwip_shipper_lost(ngx_mytwip_database_t *db)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    ngx_mytwip_journal_doubt();

    ngx_mytwip_shipper_state(NGX_MYTWIP_SHIPPER_OFFLINE);
    ngx_mytwip_commit_tell(NGX_ERROR);

    if (sh->linger.timer_set) {
        ngx_del_timer(&sh->linger);
        ngx_mytwip_shipper_linger_handler(&sh->linger);
    }
}


/* The process has to go: what is accepted is shipped first, if that is soon. */

static void
ngx_mytwip_shipper_closing(ngx_mytwip_database_t *db)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (!sh->linger.timer_set) {
        ngx_add_timer(&sh->linger, NGX_MYTWIP_LINGER);
    }

    ngx_mytwip_shipper_run();
}


static void
ngx_mytwip_shipper_result(ngx_mytwip_database_t *db, PGresult *res)
{
    ngx_int_t              rc;
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (sh->state == NGX_MYTWIP_SHIPPER_ASKING) {
        rc = ngx_mytwip_marks_answer(res);

    } else {
        rc = ngx_mytwip_shipper_stored(res);
    }

    if (rc == NGX_DECLINED) {
        ngx_mytwip_refusal_note(res, sh->log);

        sh->apart = 1;
        ngx_mytwip_shipper_call();
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_mytwip_database_error(db, res);
        ngx_mytwip_database_retry(db);
        return;
    }

    /* that it answers questions is not yet that it takes events */

    if (sh->state == NGX_MYTWIP_SHIPPER_SHIPPING
        || ngx_mytwip_worker->pending == 0)
    {
        ngx_mytwip_database_recovered(db);
    }

    ngx_mytwip_shipper_state(NGX_MYTWIP_SHIPPER_IDLE);
    ngx_mytwip_commit_tell(NGX_OK);
    ngx_mytwip_shipper_run();
}


ngx_int_t
ngx_mytwip_shipper_commit(ngx_mytwip_commit_t *waiter)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (sh->state == NGX_MYTWIP_SHIPPER_OFFLINE) {
        return NGX_DECLINED;
    }

    ngx_mytwip_commit_wait(waiter);

    if (sh->state == NGX_MYTWIP_SHIPPER_IDLE) {
        ngx_post_event(&sh->full, &ngx_posted_events);
    }

    return NGX_AGAIN;
}


/* Sends what there is to send. */

static void
ngx_mytwip_shipper_run(void)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (sh->state != NGX_MYTWIP_SHIPPER_IDLE) {
        return;
    }

    if (ngx_mytwip_shipper_ask() || ngx_mytwip_shipper_ship()) {
        return;
    }

    if (sh->linger.timer_set) {
        ngx_del_timer(&sh->linger);
    }
}


static ngx_uint_t
ngx_mytwip_shipper_ask(void)
{
    ngx_mytwip_statement_t  st;

    if (ngx_mytwip_marks_ask(&st) == 0) {
        return 0;
    }

    st.timeout = NGX_MYTWIP_STATEMENT_TIMEOUT;

    ngx_mytwip_shipper_state(NGX_MYTWIP_SHIPPER_ASKING);
    ngx_mytwip_database_send(&ngx_mytwip_shipper.database, &st);

    return 1;
}


/*
 * Sends a batch of the oldest segment that has something to send.  Only in
 * the current one are events worth waiting for.
 */

static ngx_uint_t
ngx_mytwip_shipper_ship(void)
{
    ngx_queue_t           *q, *segments;
    ngx_mytwip_segment_t  *seg;

    /* one that somebody waits for, whatever lies in older ones */

    seg = ngx_mytwip_commit_first();

    if (seg && ngx_mytwip_shipper_send(seg)) {
        return 1;
    }

    segments = ngx_mytwip_journal_segments();

    for (q = ngx_queue_head(segments);
         q != ngx_queue_sentinel(segments);
         q = ngx_queue_next(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        if (ngx_mytwip_journal_current(seg) && !ngx_mytwip_shipper_due(seg)) {
            continue;
        }

        if (ngx_mytwip_shipper_send(seg)) {
            return 1;
        }
    }

    return 0;
}


/* Whether events of the current segment have waited for others long enough. */

static ngx_uint_t
ngx_mytwip_shipper_due(ngx_mytwip_segment_t *seg)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (sh->due || ngx_exiting
        || seg->s.events - seg->stored >= (ngx_uint_t) sh->conf->rows)
    {
        return 1;
    }

    if (seg->mark < seg->s.end && !sh->delay.timer_set) {
        ngx_add_timer(&sh->delay, sh->conf->delay);
    }

    return 0;
}


/* Sends a batch of the segment, if it has anything to send. */

static ngx_uint_t
ngx_mytwip_shipper_send(ngx_mytwip_segment_t *seg)
{
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (!seg->known || seg->mark >= seg->s.end) {
        return 0;
    }

    if (ngx_mytwip_journal_current(seg)) {

        if (sh->delay.timer_set) {
            ngx_del_timer(&sh->delay);
        }

        sh->due = 0;
        sh->appended = 0;
    }

    ngx_mytwip_shipper_fill(seg);
    ngx_mytwip_shipper_call();

    return 1;
}


/* Fills the batch with events of the segment from its mark on. */

static void
ngx_mytwip_shipper_fill(ngx_mytwip_segment_t *seg)
{
    int                    rc;
    uint64_t               position;
    ngx_uint_t             stretches;
    mytwip_frame_t         frame;
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    stretches = 0;
    position = seg->mark;

    sh->apart = 0;
    mytwip_batch_open(&sh->batch, seg->s.uuid, position);

    while (sh->batch.n < sh->batch.max) {

        rc = mytwip_segment_read(&seg->s, &position, &frame);

        if (rc == 0) {
            break;
        }

        if (rc == -1) {
            /* damage: send what there is, then look further */

            if (++stretches == NGX_MYTWIP_STRETCHES) {
                break;
            }

            continue;
        }

        if (mytwip_batch_frame(&sh->batch, &frame) == -1) {
            position = frame.position;
            break;
        }
    }

    mytwip_batch_close(&sh->batch, position);

    ngx_memcpy(sh->uuid, seg->s.uuid, NGX_MYTWIP_UUID_LEN);
    sh->from = seg->mark;
    sh->to = position;

    if (sh->batch.undecoded) {
        ngx_log_error(NGX_LOG_ERR, sh->log, 0,
                      "journal segment \"%s\" has %ud records before %uL that "
                      "are not of this version", seg->s.name,
                      sh->batch.undecoded, position);
    }
}


static void
ngx_mytwip_shipper_call(void)
{
    ngx_uint_t               details;
    ngx_mytwip_shipper_t    *sh = &ngx_mytwip_shipper;
    ngx_mytwip_statement_t   st;

    static const char *const  texts[2][2] = {
        { "SELECT mytwip.ingest($1, $2, $3, $4, $5, $6, $7, $8, $9)",
          "SELECT mytwip.ingest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" },
        { "SELECT mytwip.ingest_apart($1, $2, $3, $4, $5, $6, $7, $8, $9)",
          "SELECT mytwip.ingest_apart($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        }
    };

    details = (sh->batch.params == MYTWIP_BATCH_PARAMS);

    st.text = texts[sh->apart][details];
    st.n = sh->batch.params;
    st.types = sh->batch.types;
    st.values = sh->batch.values;
    st.lengths = sh->batch.lengths;
    st.formats = sh->batch.formats;
    st.timeout = NGX_MYTWIP_STATEMENT_TIMEOUT;

    ngx_mytwip_shipper_state(NGX_MYTWIP_SHIPPER_SHIPPING);
    ngx_mytwip_database_send(&sh->database, &st);
}


/* Returns NGX_DECLINED if the events are to be stored one apart from another */

static ngx_int_t
ngx_mytwip_shipper_stored(PGresult *res)
{
    uint64_t               mark;
    ngx_mytwip_segment_t  *seg;
    ngx_mytwip_shipper_t  *sh = &ngx_mytwip_shipper;

    if (!sh->apart && ngx_mytwip_refusal(res)) {
        return NGX_DECLINED;
    }

    if (mytwip_answer_stored(res, &mark) != 0) {
        return NGX_ERROR;
    }

    if (mark == sh->from) {
        /* neither stored nor elsewhere: not to be tried at once */
        return NGX_ERROR;
    }

    seg = ngx_mytwip_marks_segment(sh->uuid);

    if (mark == sh->to) {
        ngx_mytwip_worker->count.batches++;
        ngx_mytwip_worker->count.ingested += sh->batch.n;

    } else {
        ngx_log_error(NGX_LOG_NOTICE, sh->log, 0,
                      "journal segment is at %uL in the database, "
                      "not at %uL: going on there", mark, sh->from);

        if (mark < sh->from) {
            /* a database that lost its last seconds: of the others, too */
            ngx_mytwip_journal_doubt();
        }
    }

    if (seg) {
        ngx_mytwip_journal_mark(seg, mark);
    }

    return NGX_OK;
}
