
/*
 * What went wrong, for a person: filled by the plain-C rooms, printed by the
 * caller in its own way (nginx's log, a test's diagnostics).
 */

#ifndef _MYTWIP_ERROR_H_INCLUDED_
#define _MYTWIP_ERROR_H_INCLUDED_


#define MYTWIP_ERROR_LEN  256


typedef struct {
    unsigned   line;                        /* of the file read, 0 for none */
    int        sys;                         /* errno, 0 for none */
    char       text[MYTWIP_ERROR_LEN];      /* lower case, no final point */
} mytwip_error_t;


/* Fills *err and returns -1. */
int mytwip_error(mytwip_error_t *err, unsigned line, int sys,
    const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));


#endif /* _MYTWIP_ERROR_H_INCLUDED_ */
