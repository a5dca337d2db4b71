
/*
 * backlog DIR EVENTS READERS ISSUES: fills journal segments in DIR as a worker
 * does that has no database: opens of the last hour, of readers and issues
 * drawn by a fixed seed from those that Bench::Cluster makes.  "drain" needs
 * them; what the worker then does with them is what it always does.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mytwip_journal.h"


#define BACKLOG_SEGMENT       (64 * 1024 * 1024)
#define BACKLOG_MAX           (16LL * 1024 * 1024 * 1024)
#define BACKLOG_HOUR          3600000000LL      /* microseconds */
#define BACKLOG_FIRST_ISSUE   1001              /* as in Bench::Cluster */
#define BACKLOG_FIRST_READER  100001
#define BACKLOG_ACTIVE        50                /* issues at a time */


static uint64_t  backlog_state = 88172645463325252u;


/* Marsaglia's xorshift: the same events in every run. */

static uint64_t
backlog_random(uint64_t n)
{
    backlog_state ^= backlog_state << 13;
    backlog_state ^= backlog_state >> 7;
    backlog_state ^= backlog_state << 17;

    return backlog_state % n;
}


static void
backlog_failed(const mytwip_error_t *err)
{
    (void) fprintf(stderr, "backlog: %s: %s\n", err->text, strerror(err->sys));
    exit(1);
}


static void
backlog_seal(mytwip_segment_t *seg)
{
    mytwip_error_t  err;

    if (mytwip_segment_seal(seg, &err) != MYTWIP_JOURNAL_OK) {
        backlog_failed(&err);
    }

    mytwip_segment_close(seg);
}


static void
backlog_event(mytwip_event_t *event, uint64_t readers, uint64_t first,
    uint64_t issues)
{
    static const uint8_t  agents[10] = {
        MYTWIP_AGENT_HUMAN, MYTWIP_AGENT_HUMAN, MYTWIP_AGENT_HUMAN,
        MYTWIP_AGENT_HUMAN, MYTWIP_AGENT_HUMAN, MYTWIP_AGENT_HUMAN,
        MYTWIP_AGENT_PROXY, MYTWIP_AGENT_PROXY, MYTWIP_AGENT_PROXY,
        MYTWIP_AGENT_BOT
    };

    event->kind = MYTWIP_EVENT_OPEN;
    event->code = agents[backlog_random(10)];
    event->issue = BACKLOG_FIRST_ISSUE + first + backlog_random(issues);
    event->reader = BACKLOG_FIRST_READER + backlog_random(readers);
}


int
main(int argc, char *argv[])
{
    int64_t            begin;
    uint64_t           i, n, readers, issues, active;
    mytwip_error_t     err;
    mytwip_event_t     event;
    mytwip_segment_t   seg;

    if (argc != 5) {
        (void) fprintf(stderr, "usage: backlog DIR EVENTS READERS ISSUES\n");
        return 2;
    }

    n = strtoull(argv[2], NULL, 10);
    readers = strtoull(argv[3], NULL, 10);
    issues = strtoull(argv[4], NULL, 10);

    if (n == 0 || readers == 0 || issues == 0) {
        (void) fprintf(stderr, "backlog: none of the numbers may be 0\n");
        return 2;
    }

    active = issues < BACKLOG_ACTIVE ? issues : BACKLOG_ACTIVE;

    begin = (int64_t) time(NULL) * 1000000 - BACKLOG_HOUR;

    memset(&seg, 0, sizeof(mytwip_segment_t));
    memset(&event, 0, sizeof(mytwip_event_t));

    for (i = 0; i < n; i++) {
        /* a mail is opened when it has come, and another one follows */
        backlog_event(&event, readers, i * (issues - active + 1) / n, active);

        event.time = begin + (int64_t) ((double) i / (double) n
                                        * BACKLOG_HOUR) / 1000 * 1000;

        while (seg.map == NULL || mytwip_journal_append(&seg, &event, 1) != 0)
        {
            if (seg.map != NULL) {
                backlog_seal(&seg);
            }

            if (mytwip_journal_grow(&seg, argv[1], BACKLOG_SEGMENT,
                                    BACKLOG_MAX, &err)
                != MYTWIP_JOURNAL_OK)
            {
                backlog_failed(&err);
            }
        }
    }

    backlog_seal(&seg);

    return 0;
}
