
/*
 * The question how far the database has the segments of this process, and its
 * answer: see ngx_mytwip_marks.h.
 */

#include "ngx_mytwip_marks.h"

#include "mytwip_answer.h"


#define NGX_MYTWIP_ASK           64         /* segments in a question */
#define NGX_MYTWIP_ARRAY_HEADER  20

/* of PostgreSQL's pg_type.dat */
#define NGX_MYTWIP_UUID          2950
#define NGX_MYTWIP_UUID_ARRAY    2951


static u_char *ngx_mytwip_marks_put32(u_char *p, uint32_t n);


/* an array of uuid in PostgreSQL's binary format, as in mytwip_batch.c */

static u_char      ngx_mytwip_question[NGX_MYTWIP_ARRAY_HEADER
                                       + NGX_MYTWIP_ASK
                                         * (sizeof(uint32_t)
                                            + NGX_MYTWIP_UUID_LEN)];
static ngx_uint_t  ngx_mytwip_asked;


ngx_uint_t
ngx_mytwip_marks_ask(ngx_mytwip_statement_t *st)
{
    u_char                *p;
    ngx_uint_t             n;
    ngx_queue_t           *q, *segments;
    ngx_mytwip_segment_t  *seg;

    static int                lengths[1];
    static const Oid          types[] = { NGX_MYTWIP_UUID_ARRAY };
    static const int          formats[] = { 1 };
    static const char *const  values[] = { (char *) ngx_mytwip_question };

    n = 0;
    p = ngx_mytwip_question + NGX_MYTWIP_ARRAY_HEADER;
    segments = ngx_mytwip_journal_segments();

    for (q = ngx_queue_head(segments);
         q != ngx_queue_sentinel(segments) && n < NGX_MYTWIP_ASK;
         q = ngx_queue_next(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        if (seg->known || seg->s.events == 0) {
            continue;
        }

        p = ngx_mytwip_marks_put32(p, NGX_MYTWIP_UUID_LEN);
        p = ngx_cpymem(p, seg->s.uuid, NGX_MYTWIP_UUID_LEN);
        n++;
    }

    if (n == 0) {
        return 0;
    }

    ngx_mytwip_asked = n;
    lengths[0] = p - ngx_mytwip_question;

    /* one dimension, no nulls, the elements' type and number, subscript 1 */

    p = ngx_mytwip_marks_put32(ngx_mytwip_question, 1);
    p = ngx_mytwip_marks_put32(p, 0);
    p = ngx_mytwip_marks_put32(p, NGX_MYTWIP_UUID);
    p = ngx_mytwip_marks_put32(p, n);
    (void) ngx_mytwip_marks_put32(p, 1);

    st->text = "SELECT j.segment, j.position"
               " FROM mytwip.journal_positions($1) AS j";
    st->n = 1;
    st->types = types;
    st->values = values;
    st->lengths = lengths;
    st->formats = formats;

    return 1;
}


ngx_int_t
ngx_mytwip_marks_answer(PGresult *res)
{
    u_char                *uuid;
    ngx_uint_t             i;
    ngx_mytwip_segment_t  *seg;

    if (mytwip_answer_marks(res) != 0) {
        return NGX_ERROR;
    }

    for (i = 0; i < ngx_mytwip_asked; i++) {
        uuid = ngx_mytwip_question + NGX_MYTWIP_ARRAY_HEADER
               + i * (sizeof(uint32_t) + NGX_MYTWIP_UUID_LEN)
               + sizeof(uint32_t);

        seg = ngx_mytwip_marks_segment(uuid);

        if (seg == NULL) {
            continue;
        }

        ngx_mytwip_journal_mark(seg, mytwip_answer_mark(res, uuid,
                                                        MYTWIP_JOURNAL_HEADER));
    }

    return NGX_OK;
}


ngx_mytwip_segment_t *
ngx_mytwip_marks_segment(u_char *uuid)
{
    ngx_queue_t           *q, *segments;
    ngx_mytwip_segment_t  *seg;

    segments = ngx_mytwip_journal_segments();

    for (q = ngx_queue_head(segments);
         q != ngx_queue_sentinel(segments);
         q = ngx_queue_next(q))
    {
        seg = ngx_queue_data(q, ngx_mytwip_segment_t, queue);

        if (ngx_memcmp(seg->s.uuid, uuid, NGX_MYTWIP_UUID_LEN) == 0) {
            return seg;
        }
    }

    return NULL;
}


static u_char *
ngx_mytwip_marks_put32(u_char *p, uint32_t n)
{
    *p++ = (u_char) (n >> 24);
    *p++ = (u_char) (n >> 16);
    *p++ = (u_char) (n >> 8);
    *p++ = (u_char) n;

    return p;
}
