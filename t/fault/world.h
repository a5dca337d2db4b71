
/*
 * What the world outside knows of a journal, whatever becomes of a process
 * that uses it: which events it said to have accepted, and what the database
 * has, with its marks.  In shared memory, as processes die here.
 */

#ifndef _MYTWIP_FAULT_WORLD_H_INCLUDED_
#define _MYTWIP_FAULT_WORLD_H_INCLUDED_


#include <stdint.h>

#include "mytwip_event.h"
#include "mytwip_segment.h"

#include "disk.h"
#include "steps.h"


#define WORLD_SEGMENTS  DISK_FILES
#define WORLD_EVENTS    8192
#define WORLD_STEPS     4096


typedef enum {
    EVENT_TRIED = 0,                    /* the append has not returned */
    EVENT_APPENDED,
    EVENT_SYNCED
} event_state_t;


typedef struct {
    uint8_t         state;
    uint8_t         segment;
    uint16_t        times;              /* that the database has it */
    uint32_t        number;
    uint64_t        from, to;           /* its frame's bytes */
} world_event_t;


typedef struct {
    uint8_t         uuid[16];
    uint64_t        mark;
    uint32_t        events;
    unsigned        deleted:1;
    unsigned        broken:1;           /* a sync of it has failed */
} world_segment_t;


typedef struct {
    uint64_t         seed;

    unsigned         segments;
    world_segment_t  segment[WORLD_SEGMENTS];

    unsigned         events;
    world_event_t    event[WORLD_EVENTS];

    unsigned         steps;             /* of the history, if it ended */
    uint8_t          trace[WORLD_STEPS];

    char             failure[256];
} world_t;


extern world_t  *world;


/* Says what promise was broken and ends the process; returns not. */
void broken(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* The segment with this uuid, which is at 4096 if it was not seen before. */
unsigned world_segment(const uint8_t uuid[16]);

/* The event that has this place in world->event. */
mytwip_event_t world_event(unsigned i);

/*
 * Gives the database what comes after its mark, up to so many frames; 0 is
 * all.
 */
void world_ship(const mytwip_segment_t *seg, unsigned frames);

/* Lives through the history with this seed in the directory, and dies. */
void history_run(uint64_t seed, const char *dir, const plan_t *plan)
    __attribute__((noreturn));

/* Adopts, ships and deletes all that is in the directory, and ends. */
void recovery_run(const char *dir, const plan_t *plan)
    __attribute__((noreturn));


#endif /* _MYTWIP_FAULT_WORLD_H_INCLUDED_ */
