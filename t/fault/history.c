
/*
 * Histories: a worker's life with the journal, made up from a seed.  What each
 * step gives is compared with what the world knows: see world.h.
 */

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mytwip_journal.h"

#include "world.h"


#define HISTORY_HELD      6
#define HISTORY_SEGMENTS  16            /* made in one history, at most */


typedef struct {
    mytwip_segment_t   seg;
    unsigned           segment;         /* of the world */
    unsigned           open:1;          /* takes events */
} held_t;


static void history_grow(void);
static void history_append(held_t *held);
static void history_sync(held_t *held);
static void history_seal(held_t *held);
static void history_next(held_t *held);
static void history_close(held_t *held);
static void history_delete(held_t *held);
static void history_adopt(void);
static void history_adopt_name(const char *name);
static int history_found(void *data, const char *name);
static int history_must_tell(unsigned failed);
static uint64_t history_usage(unsigned *files);
static void history_forget(held_t *held);


static const char  *dir;
static uint64_t     seed;
static uint64_t     max;

static unsigned     n;
static held_t       held[HISTORY_HELD];


void
history_run(uint64_t s, const char *d, const plan_t *plan)
{
    unsigned   ops;
    held_t    *one;

    dir = d;
    seed = s;
    max = 8192 * (3 + random_below(&seed, 5));

    steps_begin(plan, s);
    steps_trace(world->trace, WORLD_STEPS);

    for (ops = 14 + random_below(&seed, 12); ops; ops--) {

        one = n ? &held[random_below(&seed, n)] : NULL;

        switch (one ? random_below(&seed, 20) : 0) {
        case 0:
        case 1:
            history_grow();
            break;

        case 2:
        case 3:
            history_sync(one);
            break;

        case 4:
            history_seal(one);
            break;

        case 5:
        case 6:
            world_ship(&one->seg, 1 + random_below(&seed, 9));
            break;

        case 7:
            world_ship(&one->seg, 0);
            break;

        case 8:
            history_delete(one);
            break;

        case 9:
        case 10:
            history_close(one);
            break;

        case 11:
        case 12:
            history_adopt();
            break;

        case 13:
            history_next(one);
            break;

        case 14:
            history_append(one);
            disk_write_back(dir, &seed);
            history_sync(one);
            history_append(one);
            break;

        default:
            history_append(one);
        }

        if (steps_open_files() != (int) n || steps_mappings() != (int) n) {
            broken("%u segments are held, with %d files and %d mappings", n,
                   steps_open_files(), steps_mappings());
        }
    }

    world->steps = steps_done();

    _exit(0);
}


static void
history_grow(void)
{
    unsigned                 failed, files, before;
    uint64_t                 size, used;
    held_t                  *one;
    mytwip_error_t           err;
    mytwip_journal_result_t  rc;

    if (n == HISTORY_HELD || disk->n == HISTORY_SEGMENTS) {
        return;
    }

    failed = steps_failed();
    size = 8192 + random_below(&seed, DISK_FILE_MAX - 8192);
    used = history_usage(&before);

    one = &held[n];
    memset(one, 0x5a, sizeof(held_t));

    rc = mytwip_journal_grow(&one->seg, dir, size, max, &err);

    if (rc == MYTWIP_JOURNAL_OK) {
        one->segment = world_segment(one->seg.uuid);
        one->open = 1;
        n++;

    } else if (one->seg.fd != -1 || one->seg.map != NULL) {
        broken("a segment that could not be made is open");
    }

    if ((rc == MYTWIP_JOURNAL_FULL) != (used + size > max)
        && steps_failed() == failed)
    {
        broken("grow gave %d with %llu of %llu used", rc,
               (unsigned long long) used, (unsigned long long) max);
    }

    if (rc == MYTWIP_JOURNAL_FAILED && steps_failed() == failed) {
        broken("grow: %s", err.text);
    }

    if (history_usage(&files) > max) {
        broken("the journal is larger than its maximum");
    }

    if (rc != MYTWIP_JOURNAL_OK && files > before
        && !steps_failed_at(STEP_UNLINK, failed))
    {
        broken("a segment that could not be made has left a file");
    }

    if (rc != MYTWIP_JOURNAL_FAILED && history_must_tell(failed)
        && !steps_failed_at(STEP_UNLINK, failed))
    {
        broken("grow gave %d after a failure", rc);
    }
}


static void
history_append(held_t *one)
{
    unsigned           i, count, first;
    uint64_t           end;
    mytwip_event_t     event[MYTWIP_EVENTS_PER_FRAME];
    world_event_t     *e;
    world_segment_t   *segment;

    if (!one->open) {
        return;
    }

    count = random_below(&seed, 3)
            ? 1 : 1 + random_below(&seed, MYTWIP_EVENTS_PER_FRAME);

    segment = &world->segment[one->segment];
    first = world->events;
    end = one->seg.end;

    if (first + count > WORLD_EVENTS) {
        return;
    }

    for (i = 0; i < count; i++) {
        e = &world->event[first + i];
        e->state = EVENT_TRIED;
        e->segment = (uint8_t) one->segment;
        e->times = 0;
        e->number = segment->events + i;
        e->from = end;
        e->to = end + MYTWIP_JOURNAL_FRAME + 32 * count;
        event[i] = world_event(first + i);
    }

    world->events += count;

    if (mytwip_journal_append(&one->seg, event, count) == 0) {
        segment->events += count;

        for (i = 0; i < count; i++) {
            world->event[first + i].state = EVENT_APPENDED;
        }

        return;
    }

    world->events -= count;

    if (MYTWIP_JOURNAL_FRAME + 32 * count <= one->seg.size - end
        || one->seg.end != end || one->seg.events != segment->events)
    {
        broken("a segment with room refused a frame");
    }
}


static void
history_sync(held_t *one)
{
    unsigned        i, failed;
    mytwip_error_t  err;

    failed = steps_failed();

    if (mytwip_segment_sync(&one->seg, &err) != MYTWIP_JOURNAL_OK) {
        if (steps_failed() == failed) {
            broken("sync: %s", err.text);
        }

        /* nothing may be trusted to it any more */
        world->segment[one->segment].broken = 1;
        one->open = 0;

    } else if (history_must_tell(failed)) {
        broken("sync did not tell a failure");
    }

    if (world->segment[one->segment].broken) {
        return;
    }

    for (i = 0; i < world->events; i++) {
        if (world->event[i].segment == one->segment
            && world->event[i].state == EVENT_APPENDED)
        {
            world->event[i].state = EVENT_SYNCED;
        }
    }
}


static void
history_seal(held_t *one)
{
    unsigned        failed;
    mytwip_error_t  err;

    failed = steps_failed();

    if (mytwip_segment_seal(&one->seg, &err) == MYTWIP_JOURNAL_OK) {
        one->open = 0;

        if (history_must_tell(failed)) {
            broken("seal did not tell a failure");
        }

    } else if (steps_failed() == failed) {
        broken("seal: %s", err.text);
    }
}


/* The first event that the database does not have. */

static void
history_next(held_t *one)
{
    int             rc;
    unsigned        i;
    uint64_t        mark;
    mytwip_event_t  event, expected;

    mark = world->segment[one->segment].mark;

    for (i = 0; i < world->events; i++) {
        if (world->event[i].segment == one->segment
            && world->event[i].from >= mark)
        {
            break;
        }
    }

    rc = mytwip_journal_next(&one->seg, mark, &event);

    if (rc != (i < world->events)) {
        broken("next gave %d for event %u of %u", rc, i, world->events);
    }

    if (rc == 1) {
        expected = world_event(i);

        if (event.number != expected.number || event.time != expected.time) {
            broken("next gave another event than %u", i);
        }
    }
}


static void
history_close(held_t *one)
{
    mytwip_segment_close(&one->seg);
    history_forget(one);
}


static void
history_delete(held_t *one)
{
    unsigned        failed;
    mytwip_error_t  err;

    if (world->segment[one->segment].mark < one->seg.end) {
        return;
    }

    failed = steps_failed();

    if (mytwip_segment_delete(&one->seg, dir, &err) == MYTWIP_JOURNAL_OK) {
        world->segment[one->segment].deleted = 1;

        if (history_must_tell(failed)) {
            broken("delete did not tell a failure");
        }

    } else if (steps_failed() == failed) {
        broken("delete: %s", err.text);
    }

    if (one->seg.fd != -1 || one->seg.map != NULL) {
        broken("a deleted segment is open");
    }

    history_forget(one);
}


typedef struct {
    unsigned       n;
    char           name[WORLD_SEGMENTS][MYTWIP_JOURNAL_NAME_LEN + 1];
} found_t;


static int
history_found(void *data, const char *name)
{
    found_t  *found = data;

    if (found->n == WORLD_SEGMENTS) {
        broken("more files than segments were ever made");
    }

    (void) strcpy(found->name[found->n++], name);

    return 0;
}


static void
history_adopt(void)
{
    unsigned                 i, there, failed;
    found_t                  found;
    mytwip_error_t           err;
    mytwip_journal_result_t  rc;

    found.n = 0;
    there = 0;
    failed = steps_failed();

    rc = mytwip_journal_scan(dir, history_found, &found, &err);

    for (i = 0; i < world->segments; i++) {
        there += !world->segment[i].deleted;
    }

    if (steps_failed() == failed
        && (rc != MYTWIP_JOURNAL_OK || found.n != there))
    {
        broken("scan found %u of %u segments", found.n, there);
    }

    if (rc == MYTWIP_JOURNAL_OK
        && (steps_failed_at(STEP_OPENDIR, failed)
            || steps_failed_at(STEP_READDIR, failed)))
    {
        broken("scan did not tell a failure");
    }

    for (i = 0; i < found.n; i++) {
        history_adopt_name(found.name[i]);
    }
}


static void
history_adopt_name(const char *name)
{
    unsigned                 i, failed;
    held_t                  *one;
    mytwip_error_t           err;
    mytwip_segment_t         seg;
    mytwip_journal_result_t  rc;

    failed = steps_failed();

    rc = mytwip_segment_adopt(&seg, dir, name, &err);

    for (i = 0; i < n; i++) {
        if (strcmp(held[i].seg.name, name) == 0) {
            if (rc != MYTWIP_JOURNAL_HELD && steps_failed() == failed) {
                broken("adopting a segment that is held gave %d", rc);
            }

            break;
        }
    }

    if (i == n && rc != MYTWIP_JOURNAL_OK && steps_failed() == failed) {
        broken("adopting gave %d: %s", rc, err.text);
    }

    if (rc != MYTWIP_JOURNAL_FAILED && history_must_tell(failed)) {
        broken("adopting gave %d after a failure", rc);
    }

    if (rc != MYTWIP_JOURNAL_OK) {
        if (seg.fd != -1 || seg.map != NULL) {
            broken("a segment that was not adopted is open");
        }

        return;
    }

    if (i < n) {
        broken("a segment is held twice");
    }

    if (n == HISTORY_HELD) {
        mytwip_segment_close(&seg);
        return;
    }

    one = &held[n++];
    one->seg = seg;
    one->segment = world_segment(seg.uuid);
    one->open = 0;

    if (seg.events != world->segment[one->segment].events
        || seg.damaged != 0)
    {
        broken("adopted %u of %u events, %llu bytes damaged", seg.events,
               world->segment[one->segment].events,
               (unsigned long long) seg.damaged);
    }
}


/* What cannot be closed is closed, and nobody needs to know. */

static int
history_must_tell(unsigned failed)
{
    step_call_t  call;

    for (call = STEP_OPEN; call <= STEP_COMMIT; call++) {
        if (call != STEP_CLOSE && call != STEP_MUNMAP
            && steps_failed_at(call, failed))
        {
            return 1;
        }
    }

    return 0;
}


/* What there is on the real disk, not as the journal counts it. */

static uint64_t
history_usage(unsigned *files)
{
    DIR            *d;
    uint64_t        bytes;
    struct stat     st;
    struct dirent  *de;

    bytes = 0;
    *files = 0;
    d = opendir(dir);

    while (d && (de = readdir(d)) != NULL) {
        if (strlen(de->d_name) > DISK_NAME
            && fstatat(dirfd(d), de->d_name, &st, 0) == 0)
        {
            bytes += (uint64_t) st.st_size;
            (*files)++;
        }
    }

    if (d) {
        (void) closedir(d);
    }

    return bytes;
}


static void
history_forget(held_t *one)
{
    *one = held[--n];
}
