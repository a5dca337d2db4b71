
/*
 * The batch: events on their way to the database, as the parameters of one
 * mytwip.ingest() call in PostgreSQL's binary format (big-endian, arrays of
 * one dimension without nulls).  Built by the shipper, which sends it and
 * keeps it until the answer; its memory is taken once and reused.
 */

#ifndef _MYTWIP_BATCH_H_INCLUDED_
#define _MYTWIP_BATCH_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "mytwip_event.h"
#include "mytwip_segment.h"


/*
 * mytwip.ingest(segment uuid, from_position bigint, to_position bigint,
 *     kinds smallint[], positions bigint[], times timestamptz[],
 *     issues bigint[], readers bigint[], codes smallint[], details text[])
 *
 * The details are left out of a batch without activities.
 */
#define MYTWIP_BATCH_PARAMS   10
#define MYTWIP_BATCH_ARRAYS   6                 /* of integers */
#define MYTWIP_BATCH_DETAILS  9                 /* the parameter */


typedef struct {
    unsigned       n;                           /* events in it */
    unsigned       max;                         /* as asked for */
    unsigned       capacity;                    /* max, or one frame's worth */
    unsigned       undecoded;                   /* records left out */
    uint8_t        segment[16];
    uint8_t        from[8];
    uint8_t        to[8];
    uint8_t       *array[MYTWIP_BATCH_ARRAYS];
    uint8_t       *details;                     /* made when first needed */
    size_t         details_len;                 /* 0: all are null so far */

    /* as PQsendQueryParams() wants them, after mytwip_batch_close() */
    unsigned       params;                      /* 9 or 10 */
    unsigned       types[MYTWIP_BATCH_PARAMS];
    const char    *values[MYTWIP_BATCH_PARAMS];
    int            lengths[MYTWIP_BATCH_PARAMS];
    int            formats[MYTWIP_BATCH_PARAMS];
} mytwip_batch_t;


/*
 * A batch for max events is full when it has them, but has room for those of
 * one frame in any case.  Returns 0, or -1 without memory.
 */
int mytwip_batch_init(mytwip_batch_t *batch, unsigned max);
void mytwip_batch_done(mytwip_batch_t *batch);

/* Empties the batch for events of the segment from this position on. */
void mytwip_batch_open(mytwip_batch_t *batch, const uint8_t segment[16],
    uint64_t from);

/*
 * Appends an event found at the position; returns -1 if the batch is full.
 */
int mytwip_batch_add(mytwip_batch_t *batch, const mytwip_event_t *event,
    uint64_t position);

/*
 * Appends all events of a frame, or none; returns their number, or -1 if they
 * do not fit.  An empty batch takes any frame.  A record that is not an event
 * of this version is left out and counted in batch->undecoded.
 */
int mytwip_batch_frame(mytwip_batch_t *batch, const mytwip_frame_t *frame);

/* Ends the batch at this position and fills the parameters. */
void mytwip_batch_close(mytwip_batch_t *batch, uint64_t to);


#endif /* _MYTWIP_BATCH_H_INCLUDED_ */
