
/*
 * What a PostgreSQL server says.  The input is a byte for the status of a
 * result, one for its number of columns, and its fields row by row, each
 * behind a byte for its length, of which 255 is null.
 *
 * Whoever may be at the other end: an answer that is not the one expected is
 * told from it, and a number is never taken from bytes that are not there.
 */

#include "fuzz.h"

#include "mytwip_answer.h"


#define COLUMNS  5


static PGresult *result(const uint8_t *data, size_t size);
static void check_marks(const PGresult *res);
static void check_stored(const PGresult *res);
static int whole(const PGresult *res, int row, int column, int len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PGresult  *res;

    if (size < 2) {
        return 0;
    }

    res = result(data, size);
    must(res != NULL);

    check_marks(res);
    check_stored(res);

    PQclear(res);

    return 0;
}


static PGresult *
result(const uint8_t *data, size_t size)
{
    int            i, n, row, len;
    size_t         at;
    PGresult      *res;
    PGresAttDesc   column[COLUMNS];

    static char  name[] = "a";

    res = PQmakeEmptyPGresult(NULL, data[0] % (PGRES_PIPELINE_ABORTED + 1));
    n = data[1] % (COLUMNS + 1);

    if (res == NULL || n == 0) {
        return res;
    }

    memset(column, 0, sizeof(column));

    for (i = 0; i < n; i++) {
        column[i].name = name;
        column[i].format = 1;
    }

    must(PQsetResultAttrs(res, n, column));

    at = 2;

    for (row = 0; at < size; row++) {
        for (i = 0; i < n; i++) {
            len = at < size ? data[at++] : 255;

            if (len != 255 && (size_t) len > size - at) {
                len = (int) (size - at);
            }

            must(PQsetvalue(res, row, i,
                            len == 255 ? NULL : (char *) data + at,
                            len == 255 ? -1 : len));

            at += len == 255 ? 0 : (size_t) len;
        }
    }

    return res;
}


static void
check_marks(const PGresult *res)
{
    int       row, rows, good;
    uint8_t   uuid[16];
    uint64_t  mark;

    rows = PQntuples(res);
    good = PQresultStatus(res) == PGRES_TUPLES_OK && PQnfields(res) == 2;

    for (row = 0; good && row < rows; row++) {
        good = whole(res, row, 0, 16) && whole(res, row, 1, 8)
               && (*PQgetvalue(res, row, 1) & 0x80) == 0;
    }

    must(mytwip_answer_marks(res) == (good ? 0 : -1));

    if (!good) {
        return;
    }

    memset(uuid, 0xee, sizeof(uuid));
    mark = mytwip_answer_mark(res, uuid, 4096);
    must(mark <= INT64_MAX);

    if (rows == 0) {
        must(mark == 4096);
        return;
    }

    memcpy(uuid, PQgetvalue(res, 0, 0), sizeof(uuid));
    mark = mytwip_answer_mark(res, uuid, 4096);
    must((uint8_t) mark == (uint8_t) PQgetvalue(res, 0, 1)[7]);
    must(mark >> 56 == (uint8_t) PQgetvalue(res, 0, 1)[0]);
}


static void
check_stored(const PGresult *res)
{
    int       good;
    uint64_t  mark;

    mark = UINT64_MAX;

    good = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1
           && whole(res, 0, 0, 8) && (*PQgetvalue(res, 0, 0) & 0x80) == 0;

    must(mytwip_answer_stored(res, &mark) == (good ? 0 : -1));
    must(good ? mark <= INT64_MAX : mark == UINT64_MAX);
}


static int
whole(const PGresult *res, int row, int column, int len)
{
    return PQnfields(res) > column && !PQgetisnull(res, row, column)
           && PQgetlength(res, row, column) == len;
}
