
/*
 * Kill points: random histories of a journal, in each of which the process is
 * killed at every step in turn, or a system call fails, or the power does.
 * Then a process that knows nothing of it adopts what is left, and every event
 * that was accepted must reach the database exactly once.
 *
 *     SEED=       seed of the first history, the next has the next; 1
 *     HISTORIES=  how many; 3
 *     TMPDIR=     where the journals are made; /dev/shm, or /tmp without it
 *
 * Prints TAP, and for a promise that was broken the SEED= that shows it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mytwip_journal.h"

#include "killpoints.h"
#include "world.h"


typedef int (*promise_pt)(uint64_t seed);

typedef struct {
    const char  *name;
    promise_pt   keep;                  /* returns 0, or -1 if it is broken */
} promise_t;


static int killed_at_any_step(uint64_t seed);
static int power_lost_at_any_step(uint64_t seed);
static int any_call_fails(uint64_t seed);
static int any_call_is_interrupted(uint64_t seed);
static int page_cannot_be_read(uint64_t seed);

static int live(uint64_t seed, const plan_t *plan);
static int recover(const char *where, uint64_t seed, const plan_t *plan);
static int check(event_state_t sure, const plan_t *plan);
static int run(uint64_t seed, const char *where, const plan_t *plan,
    int recovery);
static void clean(const char *where);
static void *shared(size_t size);


static const plan_t  nothing;

static const promise_t  promises[] = {
    { "process killed at any step: each event is stored once",
      killed_at_any_step },
    { "power lost at any step: each synced event is stored once",
      power_lost_at_any_step },
    { "any call fails: the journal goes on and loses nothing",
      any_call_fails },
    { "any call is interrupted: nobody notices",
      any_call_is_interrupted },
    { "a page cannot be read: only its own events are lost",
      page_cannot_be_read },
    { "a segment is deleted while it is adopted: it is gone",
      deletion_meets_adoption },
    { "a segment is adopted while it is deleted: it is not",
      adoption_meets_deletion },
    { "the directory is scanned while a segment is made: it is left alone",
      scan_meets_making }
};


char             dir[160];
static char      base[128];
static char      after[160];            /* what a power loss leaves of it */
static unsigned  runs;


int
main(void)
{
    int          failed;
    char        *value;
    unsigned     i, k, histories;
    uint64_t     seed;

    value = getenv("SEED");
    seed = value ? strtoull(value, NULL, 10) : 1;
    value = getenv("HISTORIES");
    histories = value ? (unsigned) strtoul(value, NULL, 10) : 3;

    value = getenv("TMPDIR");
    (void) snprintf(base, sizeof(base), "%s/mytwip_fault_XXXXXX",
                    value ? value
                          : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                                          : "/tmp");

    if (mkdtemp(base) == NULL) {
        perror(base);
        return 1;
    }

    (void) snprintf(dir, sizeof(dir), "%s/journal", base);
    (void) snprintf(after, sizeof(after), "%s/after", base);

    if (mkdir(dir, 0700) == -1 || mkdir(after, 0700) == -1) {
        perror(base);
        return 1;
    }

    world = shared(sizeof(world_t));
    disk = shared(sizeof(disk_t));
    failed = 0;

    (void) printf("1..%zu\n", sizeof(promises) / sizeof(promises[0]));

    for (i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {

        for (k = 0; k < histories; k++) {
            if (promises[i].keep(seed + k) == -1) {
                break;
            }
        }

        (void) printf("%sok %u - %s\n", k < histories ? "not " : "", i + 1,
                      promises[i].name);

        if (k < histories) {
            (void) printf("# SEED=%llu HISTORIES=1: %s\n",
                          (unsigned long long) seed + k, world->failure);
            failed = 1;
        }

        (void) fflush(stdout);
    }

    (void) printf("# %u histories from SEED=%llu, %u processes\n", histories,
                  (unsigned long long) seed, runs);

    clean(dir);
    clean(after);
    (void) rmdir(dir);
    (void) rmdir(after);
    (void) rmdir(base);

    return failed;
}


static int
killed_at_any_step(uint64_t seed)
{
    plan_t          plan = nothing;
    static uint8_t  trace[WORLD_STEPS];
    unsigned        steps;

    if (live(seed, &plan) == -1 || recover(dir, seed, &plan) == -1
        || check(EVENT_APPENDED, &plan) == -1)
    {
        return said("not killed", 0);
    }

    steps = world->steps;
    memcpy(trace, world->trace, sizeof(trace));

    for (plan.at = 0; plan.at < steps; plan.at++) {

        /* a death before a call that changes nothing is the next one's */
        if (!step_changes_something((step_call_t) trace[plan.at])) {
            continue;
        }

        plan.kind = plan.at % 2 ? PLAN_KILL : PLAN_EXIT;

        if (live(seed, &plan) == -1
            || recover(dir, seed + plan.at, &nothing) == -1
            || check(EVENT_APPENDED, &nothing) == -1)
        {
            return said("killed", plan.at);
        }
    }

    return 0;
}


static int
power_lost_at_any_step(uint64_t seed)
{
    plan_t    plan = nothing;
    uint64_t  chance;
    unsigned  steps;

    chance = seed + 0x9015e;

    if (live(seed, &plan) == -1) {
        return said("not run", 0);
    }

    steps = world->steps;

    for (plan.at = 0; plan.at <= steps; plan.at++) {
        plan.kind = PLAN_EXIT;

        if (live(seed, &plan) == -1) {
            return said("power lost", plan.at);
        }

        clean(after);
        disk_lose_power(dir, after, &chance);

        if (recover(after, seed + plan.at, &nothing) == -1
            || check(EVENT_SYNCED, &nothing) == -1)
        {
            return said("power lost", plan.at);
        }
    }

    return 0;
}


static int
any_call_fails(uint64_t seed)
{
    plan_t          plan = nothing;
    unsigned        i, steps;
    static uint8_t  trace[WORLD_STEPS];

    if (live(seed, &plan) == -1) {
        return said("not run", 0);
    }

    steps = world->steps;
    memcpy(trace, world->trace, sizeof(trace));

    for (plan.at = 0; plan.at < steps; plan.at++) {

        if (step_error((step_call_t) trace[plan.at], 0) == 0) {
            continue;
        }

        for (i = 0; i < 3; i++) {
            plan.error = step_error((step_call_t) trace[plan.at], i);
            plan.kind = (plan.at + i) % 2 ? PLAN_FAIL : PLAN_FAIL_ALL;

            if (live(seed, &plan) == -1
                || recover(dir, seed + plan.at, &nothing) == -1
                || check(EVENT_APPENDED, &nothing) == -1)
            {
                return said(strerror(plan.error), plan.at);
            }
        }
    }

    return 0;
}


/* The steps that the kernel may interrupt on some file system. */

static int
any_call_is_interrupted(uint64_t seed)
{
    plan_t          plan = nothing;
    unsigned        steps;
    static uint8_t  trace[WORLD_STEPS];

    if (live(seed, &plan) == -1) {
        return said("not run", 0);
    }

    steps = world->steps;
    memcpy(trace, world->trace, sizeof(trace));

    for (plan.at = 0; plan.at < steps; plan.at++) {

        switch (trace[plan.at]) {
        case STEP_OPEN:
        case STEP_CREATE:
        case STEP_FALLOCATE:
        case STEP_PWRITE:
        case STEP_PREAD:
        case STEP_FSYNC:
        case STEP_FDATASYNC:
        case STEP_TRUNCATE:
            break;

        default:
            continue;
        }

        plan.kind = PLAN_FAIL;
        plan.error = EINTR;

        if (live(seed, &plan) == -1) {
            return said("interrupted", plan.at);
        }

        if (world->steps != steps + 1) {
            (void) snprintf(world->failure, sizeof(world->failure),
                            "%u steps instead of %u", world->steps, steps + 1);
            return said("interrupted", plan.at);
        }

        if (recover(dir, seed + plan.at, &nothing) == -1
            || check(EVENT_APPENDED, &nothing) == -1)
        {
            return said("interrupted", plan.at);
        }
    }

    return 0;
}


static int
page_cannot_be_read(uint64_t seed)
{
    plan_t    plan = nothing;
    unsigned  i;

    if (live(seed, &plan) == -1) {
        return said("not run", 0);
    }

    for (i = 0; i < disk->n; i++) {
        for (plan.bad_page = 0; plan.bad_page < 6; plan.bad_page++) {

            memcpy(plan.bad, disk->file[i].name, DISK_NAME);
            memset(world->failure, 0, sizeof(world->failure));

            plan.kind = PLAN_RUN;

            /* the history is read well: the page goes bad afterwards */

            if (live(seed, &nothing) == -1
                || recover(dir, seed, &plan) == -1
                || check(EVENT_APPENDED, &plan) == -1)
            {
                return said("bad page", (unsigned) plan.bad_page);
            }
        }
    }

    return 0;
}


/* A process that lives in a new world. */

static int
live(uint64_t seed, const plan_t *plan)
{
    begin_anew();
    world->seed = seed;

    return run(seed, dir, plan, 0);
}


void
begin_anew(void)
{
    world->segments = 0;
    world->events = 0;
    world->steps = 0;
    world->failure[0] = '\0';

    disk->n = 0;
    disk->pending = 0;

    clean(dir);
}


/* Recovery may be killed as well: it is only begun again. */

static int
recover(const char *where, uint64_t seed, const plan_t *plan)
{
    plan_t    first;
    disk_t   *saved;
    int       rc;
    uint64_t  chance;

    /* the power stays on from now on */
    saved = disk;
    disk = NULL;

    first = *plan;
    chance = seed * 77 + 5;
    first.kind = PLAN_KILL;
    first.at = random_below(&chance, 100);

    rc = run(seed, where, &first, 1);

    if (rc == 0) {
        rc = run(seed, where, plan, 1);
    }

    disk = saved;

    return rc;
}


/* Whether the database has what it must have, and nothing twice. */

static int
check(event_state_t sure, const plan_t *plan)
{
    unsigned        i;
    uint64_t        bad;
    world_event_t  *e;

    bad = (uint64_t) plan->bad_page * 4096;

    for (i = 0; i < world->events; i++) {
        e = &world->event[i];

        if (e->times > 1) {
            (void) snprintf(world->failure, sizeof(world->failure),
                            "event %u is there %u times", i, e->times);
            return -1;
        }

        if (e->times == 1 || e->state < sure) {
            continue;
        }

        if (plan->bad[0] && e->from < bad + 4096 && e->to > bad) {
            continue;
        }

        (void) snprintf(world->failure, sizeof(world->failure),
                        "event %u of %u is lost", i, world->events);
        return -1;
    }

    return 0;
}


/* Runs a process to its end; -1 if it found a promise broken, or crashed. */

static int
run(uint64_t seed, const char *where, const plan_t *plan, int recovery)
{
    int    status;
    pid_t  pid;

    runs++;
    (void) fflush(stdout);

    pid = fork();

    if (pid == 0) {
        /* a lock that is waited for in vain is a broken promise, too */
        (void) alarm(60);

        if (recovery) {
            recovery_run(where, plan);
        }

        history_run(seed, where, plan);
    }

    if (pid == -1 || waitpid(pid, &status, 0) != pid) {
        (void) snprintf(world->failure, sizeof(world->failure),
                        "no process: %s", strerror(errno));
        return -1;
    }

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 0;
    }

    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGKILL && plan->kind == PLAN_KILL) {
            return 0;
        }

        (void) snprintf(world->failure, sizeof(world->failure),
                        "process got signal %d", WTERMSIG(status));
    }

    return -1;
}


/* Puts what was done before what came of it; returns -1. */

int
said(const char *what, unsigned step)
{
    char  text[sizeof(world->failure)];

    memcpy(text, world->failure, sizeof(text));
    (void) snprintf(world->failure, sizeof(world->failure),
                    "%.60s at step %u: %.160s", what, step, text);

    return -1;
}


static void
clean(const char *where)
{
    DIR            *d;
    struct dirent  *de;

    d = opendir(where);

    while (d && (de = readdir(d)) != NULL) {
        if (de->d_name[0] != '.') {
            (void) unlinkat(dirfd(d), de->d_name, 0);
        }
    }

    if (d) {
        (void) closedir(d);
    }
}


static void *
shared(size_t size)
{
    void  *p;

    p = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1,
             0);

    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }

    return p;
}
