
/*
 * What the database answers to the shipper: see mytwip_answer.h.
 */

#include <string.h>

#include "mytwip_answer.h"


#define MYTWIP_ANSWER_UUID  16
#define MYTWIP_ANSWER_INT8  8


static int mytwip_answer_position(const PGresult *res, int row, int column,
    uint64_t *position);


int
mytwip_answer_marks(const PGresult *res)
{
    int       row;
    uint64_t  mark;

    if (PQresultStatus(res) != PGRES_TUPLES_OK || PQnfields(res) != 2) {
        return -1;
    }

    for (row = 0; row < PQntuples(res); row++) {
        if (PQgetlength(res, row, 0) != MYTWIP_ANSWER_UUID
            || mytwip_answer_position(res, row, 1, &mark) != 0)
        {
            return -1;
        }
    }

    return 0;
}


uint64_t
mytwip_answer_mark(const PGresult *res, const uint8_t uuid[16], uint64_t none)
{
    int       row;
    uint64_t  mark;

    for (row = 0; row < PQntuples(res); row++) {
        if (memcmp(PQgetvalue(res, row, 0), uuid, MYTWIP_ANSWER_UUID) == 0
            && mytwip_answer_position(res, row, 1, &mark) == 0)
        {
            return mark;
        }
    }

    return none;
}


int
mytwip_answer_stored(const PGresult *res, uint64_t *mark)
{
    if (PQresultStatus(res) != PGRES_TUPLES_OK
        || PQnfields(res) < 1
        || PQntuples(res) != 1)
    {
        return -1;
    }

    return mytwip_answer_position(res, 0, 0, mark);
}


/* A bigint; no position is negative. */

static int
mytwip_answer_position(const PGresult *res, int row, int column,
    uint64_t *position)
{
    unsigned     i;
    uint64_t     n;
    const char  *value;

    if (PQgetlength(res, row, column) != MYTWIP_ANSWER_INT8) {
        return -1;
    }

    value = PQgetvalue(res, row, column);
    n = 0;

    for (i = 0; i < MYTWIP_ANSWER_INT8; i++) {
        n = n << 8 | (uint8_t) value[i];
    }

    if (n > INT64_MAX) {
        return -1;
    }

    *position = n;

    return 0;
}
