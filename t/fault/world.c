
/*
 * The world outside, and recovery, which knows nothing of the journal but what
 * the directory and the database's marks tell: see world.h.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mytwip_bytes.h"
#include "mytwip_crc32c.h"
#include "mytwip_journal.h"

#include "world.h"


#define RECOVERY_NAMES  (2 * WORLD_SEGMENTS)
#define RECOVERY_EVENT  UINT64_MAX      /* issue of what recovery appends */


typedef struct {
    unsigned       n;
    char           name[RECOVERY_NAMES][MYTWIP_JOURNAL_NAME_LEN + 1];
} names_t;


static void world_ship_frame(unsigned segment, const mytwip_frame_t *frame);
static int recovery_found(void *data, const char *name);
static void recovery_make_old(const char *dir);
static void recovery_adopt(const char *dir, const char *name,
    const plan_t *plan);
static void recovery_use(const char *dir);


world_t  *world;


void
broken(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(world->failure, sizeof(world->failure), fmt, args);
    va_end(args);

    _exit(1);
}


unsigned
world_segment(const uint8_t uuid[16])
{
    unsigned          i;
    world_segment_t  *segment;

    for (i = 0; i < world->segments; i++) {
        if (memcmp(world->segment[i].uuid, uuid, 16) == 0) {
            return i;
        }
    }

    if (i == WORLD_SEGMENTS) {
        broken("more segments than were ever made");
    }

    segment = &world->segment[world->segments++];
    memset(segment, 0, sizeof(world_segment_t));
    memcpy(segment->uuid, uuid, 16);
    segment->mark = MYTWIP_JOURNAL_HEADER;

    return i;
}


mytwip_event_t
world_event(unsigned i)
{
    uint64_t        seed;
    mytwip_event_t  event;

    seed = world->seed * 8192 + i + 1;

    event.kind = MYTWIP_EVENT_OPEN;
    event.code = (uint8_t) random_below(&seed, 5);
    event.number = world->event[i].number;
    event.time = (int64_t) (random_next(&seed) >> 1);
    event.issue = i;
    event.reader = random_next(&seed);

    return event;
}


void
world_ship(const mytwip_segment_t *seg, unsigned frames)
{
    int             rc;
    unsigned        segment, n;
    uint64_t        position;
    mytwip_frame_t  frame;

    segment = world_segment(seg->uuid);
    position = world->segment[segment].mark;
    n = 0;

    while ((rc = mytwip_segment_read(seg, &position, &frame)) != 0) {
        if (rc == 1) {
            world_ship_frame(segment, &frame);
        }

        /* a transaction: nothing can come between the rows and the mark */
        world->segment[segment].mark = position;

        if (++n == frames) {
            return;
        }
    }

    if (position < seg->end) {
        broken("reading ended at %llu, before the end",
               (unsigned long long) position);
    }
}


static void
world_ship_frame(unsigned segment, const mytwip_frame_t *frame)
{
    size_t          at, size;
    unsigned        i;
    mytwip_event_t  event, expected;

    for (at = 0; at < frame->len; at += size) {

        size = mytwip_event_decode(&event, frame->data + at, frame->len - at);
        if (size == 0) {
            broken("a record that is none, at %llu",
                   (unsigned long long) frame->position + at);
        }

        if (event.issue == RECOVERY_EVENT) {
            continue;
        }

        if (event.issue >= world->events) {
            broken("an event that was never appended, at %llu",
                   (unsigned long long) frame->position + at);
        }

        i = (unsigned) event.issue;
        expected = world_event(i);

        if (event.kind != expected.kind || event.code != expected.code
            || event.number != expected.number || event.time != expected.time
            || event.reader != expected.reader
            || world->event[i].segment != segment
            || world->event[i].from != frame->position)
        {
            broken("event %u has changed", i);
        }

        world->event[i].times++;
    }
}


/* Files "*.new" become so old that they are sure to be left over. */

static void
recovery_make_old(const char *dir)
{
    DIR              *d;
    struct dirent    *de;
    struct timespec   times[2] = { { 1, 0 }, { 1, 0 } };

    d = opendir(dir);
    if (d == NULL) {
        broken("the directory is gone");
    }

    while ((de = readdir(d)) != NULL) {
        if (strstr(de->d_name, ".new")) {
            (void) utimensat(dirfd(d), de->d_name, times, 0);
        }
    }

    (void) closedir(d);
}


static int
recovery_found(void *data, const char *name)
{
    names_t  *names = data;

    if (names->n == RECOVERY_NAMES) {
        broken("more files than segments were ever made");
    }

    (void) strcpy(names->name[names->n++], name);

    return 0;
}


void
recovery_run(const char *dir, const plan_t *plan)
{
    unsigned        i;
    names_t         names;
    mytwip_error_t  err;

    recovery_make_old(dir);
    steps_begin(plan, world->seed ^ 0x5eed);

    names.n = 0;

    if (mytwip_journal_scan(dir, recovery_found, &names, &err)
        != MYTWIP_JOURNAL_OK)
    {
        broken("scan: %s", err.text);
    }

    for (i = 0; i < names.n; i++) {
        recovery_adopt(dir, names.name[i], plan);
    }

    recovery_use(dir);

    if (steps_open_files() != 0 || steps_mappings() != 0) {
        broken("%d files and %d mappings are left open", steps_open_files(),
               steps_mappings());
    }

    _exit(0);
}


static void
recovery_adopt(const char *dir, const char *name, const plan_t *plan)
{
    mytwip_error_t           err;
    mytwip_segment_t         seg;
    mytwip_journal_result_t  rc;

    rc = mytwip_segment_adopt(&seg, dir, name, &err);

    if (rc != MYTWIP_JOURNAL_OK) {
        broken("adopting %s gave %d: %s", name, rc, err.text);
    }

    if (plan->bad[0] == '\0'
        && (seg.size < MYTWIP_JOURNAL_HEADER
            || memcmp(seg.map, "MYTWIPJ1", 8) != 0
            || mytwip_get32(seg.map + 40) != mytwip_crc32c(0, seg.map, 40)))
    {
        broken("%s has its name, but not its header", name);
    }

    world_ship(&seg, 0);

    if (mytwip_segment_seal(&seg, &err) != MYTWIP_JOURNAL_OK
        || mytwip_segment_delete(&seg, dir, &err) != MYTWIP_JOURNAL_OK)
    {
        broken("deleting %s: %s", name, err.text);
    }
}


/* The directory is empty now, and as good as new. */

static void
recovery_use(const char *dir)
{
    uint64_t          bytes;
    mytwip_error_t    err;
    mytwip_event_t    event;
    mytwip_segment_t  seg;

    if (mytwip_journal_usage(dir, &bytes, &err) != MYTWIP_JOURNAL_OK
        || bytes != 0)
    {
        broken("recovery has left something over");
    }

    if (mytwip_journal_grow(&seg, dir, 8192, 8192, &err)
        != MYTWIP_JOURNAL_OK)
    {
        broken("grow after recovery: %s", err.text);
    }

    memset(&event, 0, sizeof(event));
    event.kind = MYTWIP_EVENT_OPEN;
    event.issue = RECOVERY_EVENT;

    if (mytwip_journal_append(&seg, &event, 1) != 0
        || mytwip_journal_next(&seg, 0, &event) != 1)
    {
        broken("no event can be appended after recovery");
    }

    if (mytwip_segment_delete(&seg, dir, &err) != MYTWIP_JOURNAL_OK) {
        broken("delete after recovery: %s", err.text);
    }
}
