
/*
 * Two at one file: what the other one does comes before each step of the one
 * in turn.
 */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mytwip_journal.h"

#include "killpoints.h"
#include "world.h"


typedef struct {
    int                fd[2];           /* to the other side */
    pid_t              pid;
    int                result;
} maker_t;


typedef struct {
    unsigned           at;              /* the step to come before */
    unsigned           seen;
    int                done;
    int                broken;
    mytwip_segment_t   seg;
    maker_t           *maker;
} meeting_t;


static int meeting_now(meeting_t *meeting);
static void delete_now(void *data, step_call_t call);
static void adopt_now(void *data, step_call_t call);
static int scan_at(uint64_t seed, unsigned at);
static void go_on_now(void *data, step_call_t call);
static int scan_found(void *data, const char *name);
static int maker_start(maker_t *maker, uint64_t seed, unsigned at);
static void stop_now(void *data, step_call_t call);
static void maker_say(maker_t *maker, char what);
static void maker_go_on(maker_t *maker);
static int maker_wait(maker_t *maker);
static int maker_end(maker_t *maker);


static const plan_t  nothing;


static int
meeting_now(meeting_t *meeting)
{
    if (meeting->done || meeting->seen++ != meeting->at) {
        return 0;
    }

    meeting->done = 1;

    return 1;
}


/*
 * The holder deletes its segment while another one is adopting it.  Locks are
 * of open files, so that one process can be both.
 */

int
deletion_meets_adoption(uint64_t seed)
{
    char                     name[MYTWIP_JOURNAL_NAME_LEN + 1];
    plan_t                   plan = nothing;
    meeting_t                meeting;
    mytwip_error_t           err;
    mytwip_segment_t         seg;
    mytwip_journal_result_t  rc, expected;

    memset(&meeting, 0, sizeof(meeting));

    do {
        begin_anew();
        steps_begin(&nothing, seed);

        if (mytwip_segment_create(&meeting.seg, dir, 8192, &err)
            != MYTWIP_JOURNAL_OK)
        {
            return said(err.text, meeting.at);
        }

        memcpy(name, meeting.seg.name, sizeof(name));

        meeting.seen = 0;
        meeting.done = 0;
        plan.race = delete_now;
        plan.data = &meeting;
        steps_begin(&plan, seed);

        rc = mytwip_segment_adopt(&seg, dir, name, &err);

        /* its steps are open, lock, and close as it is held */

        expected = meeting.done && meeting.at < 2 ? MYTWIP_JOURNAL_GONE
                                                  : MYTWIP_JOURNAL_HELD;
        if (rc != expected) {
            (void) snprintf(world->failure, sizeof(world->failure),
                            "adopting gave %d", rc);
            return said("deleted", meeting.at);
        }

        steps_begin(&nothing, seed);
        mytwip_segment_close(&meeting.seg);

        meeting.at++;

    } while (meeting.done);

    return 0;
}


static void
delete_now(void *data, step_call_t call)
{
    meeting_t       *meeting = data;
    mytwip_error_t   err;

    (void) call;

    if (meeting_now(meeting)) {
        (void) mytwip_segment_delete(&meeting->seg, dir, &err);
    }
}


/*
 * Another one tries to adopt a segment while its holder deletes it: until the
 * name is gone, the lock must be there.
 */

int
adoption_meets_deletion(uint64_t seed)
{
    plan_t          plan = nothing;
    meeting_t       meeting;
    mytwip_error_t  err;

    memset(&meeting, 0, sizeof(meeting));

    do {
        begin_anew();
        steps_begin(&nothing, seed);

        if (mytwip_segment_create(&meeting.seg, dir, 8192, &err)
            != MYTWIP_JOURNAL_OK)
        {
            return said(err.text, meeting.at);
        }

        meeting.seen = 0;
        meeting.done = 0;
        plan.race = adopt_now;
        plan.data = &meeting;
        steps_begin(&plan, seed);

        if (mytwip_segment_delete(&meeting.seg, dir, &err)
            != MYTWIP_JOURNAL_OK)
        {
            return said(err.text, meeting.at);
        }

        if (meeting.broken) {
            (void) snprintf(world->failure, sizeof(world->failure),
                            "it was adopted");
            return said("deleted", meeting.at);
        }

        meeting.at++;

    } while (meeting.done);

    return 0;
}


static void
adopt_now(void *data, step_call_t call)
{
    meeting_t         *meeting = data;
    mytwip_error_t     err;
    mytwip_segment_t   seg;

    (void) call;

    if (meeting_now(meeting)
        && mytwip_segment_adopt(&seg, dir, meeting->seg.name, &err)
           == MYTWIP_JOURNAL_OK)
    {
        meeting->broken = 1;
    }
}


/*
 * Another one looks for segments to adopt while one is made: it begins when
 * the maker has come to a step, and the maker goes on when it has come to one.
 */

int
scan_meets_making(uint64_t seed)
{
    int       rc;
    unsigned  at;

    at = 0;

    do {
        rc = scan_at(seed, at++);
    } while (rc == 1);

    return rc;
}


/* Returns 0 if the maker has no such step. */

static int
scan_at(uint64_t seed, unsigned at)
{
    int                      rc;
    maker_t                  maker;
    meeting_t                meeting;
    mytwip_error_t           err;
    plan_t                   plan = nothing;
    mytwip_journal_result_t  scanned;

    memset(&meeting, 0, sizeof(meeting));

    do {
        begin_anew();

        if (maker_start(&maker, seed, at) == -1) {
            return said("no process", at);
        }

        /* it says that it is at its step, or else that it is at the end */
        rc = maker_wait(&maker) == 's';

        meeting.seen = 0;
        meeting.done = !rc;
        meeting.maker = &maker;
        plan.race = go_on_now;
        plan.data = &meeting;
        steps_begin(&plan, seed);

        scanned = mytwip_journal_scan(dir, scan_found, &meeting, &err);

        steps_begin(&nothing, seed);

        if (rc && !meeting.done) {
            maker_go_on(&maker);
            (void) maker_wait(&maker);
        }

        if (maker_end(&maker) != 0
            || scanned != MYTWIP_JOURNAL_OK || meeting.broken)
        {
            (void) snprintf(world->failure, sizeof(world->failure),
                            "grow gave %d, %s adopted", maker.result,
                            meeting.broken ? "it was" : "it was not");
            return said("scanned", at);
        }

        meeting.at++;

    } while (rc && meeting.done);

    return rc;
}


static void
go_on_now(void *data, step_call_t call)
{
    meeting_t  *meeting = data;

    (void) call;

    if (meeting_now(meeting)) {
        maker_go_on(meeting->maker);
        (void) maker_wait(meeting->maker);
    }
}


static int
scan_found(void *data, const char *name)
{
    meeting_t         *meeting = data;
    mytwip_error_t     err;
    mytwip_segment_t   seg;

    if (mytwip_segment_adopt(&seg, dir, name, &err) != MYTWIP_JOURNAL_HELD) {
        meeting->broken = 1;
    }

    return 0;
}


/* A process that makes a segment, and holds it to the end. */

static int
maker_start(maker_t *maker, uint64_t seed, unsigned at)
{
    plan_t                   plan = nothing;
    meeting_t                meeting;
    mytwip_error_t           err;
    mytwip_segment_t         seg;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, maker->fd) == -1) {
        return -1;
    }

    maker->pid = fork();

    if (maker->pid != 0) {
        (void) close(maker->fd[1]);
        return maker->pid == -1 ? -1 : 0;
    }

    (void) close(maker->fd[0]);
    maker->fd[0] = maker->fd[1];

    memset(&meeting, 0, sizeof(meeting));
    meeting.at = at;
    meeting.maker = maker;
    plan.race = stop_now;
    plan.data = &meeting;
    steps_begin(&plan, seed);

    maker->result = mytwip_journal_grow(&seg, dir, 8192, 8192, &err);

    maker_say(maker, 'm');
    (void) maker_wait(maker);

    _exit(maker->result);
}


static void
stop_now(void *data, step_call_t call)
{
    meeting_t  *meeting = data;

    (void) call;

    if (meeting_now(meeting)) {
        maker_say(meeting->maker, 's');
        (void) maker_wait(meeting->maker);
    }
}


/* Who is gone needs no word; his end tells. */

static void
maker_say(maker_t *maker, char what)
{
    (void) send(maker->fd[0], &what, 1, MSG_NOSIGNAL);
}


static void
maker_go_on(maker_t *maker)
{
    maker_say(maker, 'g');
}


/* What the other side says; 0 if it is gone. */

static int
maker_wait(maker_t *maker)
{
    char  what;

    return read(maker->fd[0], &what, 1) == 1 ? what : 0;
}


static int
maker_end(maker_t *maker)
{
    int  status;

    maker_say(maker, 'e');
    (void) close(maker->fd[0]);

    if (waitpid(maker->pid, &status, 0) != maker->pid || !WIFEXITED(status)) {
        return -1;
    }

    maker->result = WEXITSTATUS(status);

    return maker->result;
}
