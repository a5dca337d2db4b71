
/*
 * What the promises in killpoints.c and races.c share.
 */

#ifndef _MYTWIP_FAULT_KILLPOINTS_H_INCLUDED_
#define _MYTWIP_FAULT_KILLPOINTS_H_INCLUDED_


#include <stdint.h>


extern char  dir[160];                  /* the journal */


/* Puts what was done before what came of it, world->failure; returns -1. */
int said(const char *what, unsigned step);

/* A new world, a new disk and an empty directory. */
void begin_anew(void);

/* Promises: 0, or -1 if one is broken. */
int deletion_meets_adoption(uint64_t seed);
int adoption_meets_deletion(uint64_t seed);
int scan_meets_making(uint64_t seed);


#endif /* _MYTWIP_FAULT_KILLPOINTS_H_INCLUDED_ */
