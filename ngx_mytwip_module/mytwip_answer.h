
/*
 * What the database answers to the shipper: how far it has the segments.  A
 * server that was replaced, or is not the one that it seems to be, may answer
 * anything: each value is looked at before it is believed.
 */

#ifndef _MYTWIP_ANSWER_H_INCLUDED_
#define _MYTWIP_ANSWER_H_INCLUDED_


#include <stdint.h>

#include <libpq-fe.h>


/*
 * Whether this is an answer of mytwip.journal_positions(): rows of a uuid and
 * a position, in binary.  Returns 0, or -1.
 */
int mytwip_answer_marks(const PGresult *res);

/*
 * The position in such an answer of the segment with this uuid; none if it is
 * not among them.
 */
uint64_t mytwip_answer_mark(const PGresult *res, const uint8_t uuid[16],
    uint64_t none);

/*
 * Whether this is an answer of mytwip.ingest(), a position.  Returns 0 with
 * the position, or -1.
 */
int mytwip_answer_stored(const PGresult *res, uint64_t *mark);


#endif /* _MYTWIP_ANSWER_H_INCLUDED_ */
