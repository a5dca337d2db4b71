
/*
 * An activity beacon: what a page says its user did, as JSON, one event or an
 * array of them.  Either all of a body is taken or nothing.
 *
 * An event is an object of these members and no other:
 *
 *     activity    a slug: a letter or digit, then letters, digits and "._-",
 *                 at most 64 characters; needed
 *     resource    an object: type, a slug; id, a string of 1 to 128 bytes,
 *                 or an integer of 64 bits
 *     at          the client's time: a string as in RFC 3339, "T" and "Z" in
 *                 capitals, to the nanosecond at most, or milliseconds since
 *                 1970; a claim, kept beside the server's time
 *     properties  an object whose values are strings, numbers, booleans or
 *                 null; at most 4 KiB as compact JSON
 *
 * Who the user is, is not for a page to say: the members user and user_id are
 * left out, whatever they hold.
 *
 * Parsed with Jansson, which refuses invalid UTF-8, NUL in strings, integers
 * beyond 64 bits and numbers that are no double; duplicate keys and NUL
 * elsewhere are refused too.  A member that is null is not there.
 */

#ifndef _MYTWIP_ACTIVITY_H_INCLUDED_
#define _MYTWIP_ACTIVITY_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define MYTWIP_ACTIVITY_BODY_MAX        65536
#define MYTWIP_ACTIVITY_MAX             100     /* events in a body */
#define MYTWIP_ACTIVITY_SLUG_MAX        64
#define MYTWIP_ACTIVITY_ID_MAX          128
#define MYTWIP_ACTIVITY_PROPERTIES_MAX  4096


typedef enum {
    MYTWIP_ACTIVITY_OK = 0,
    MYTWIP_ACTIVITY_INVALID,            /* 400 */
    MYTWIP_ACTIVITY_TOO_LARGE,          /* 413 */
    MYTWIP_ACTIVITY_FAILED              /* no memory */
} mytwip_activity_result_t;


typedef struct {
    char       *text;                   /* compact JSON of the event's facts */
    size_t      len;
} mytwip_activity_t;


typedef struct {
    unsigned             n;
    mytwip_activity_t    event[MYTWIP_ACTIVITY_MAX];
} mytwip_activities_t;


typedef struct {
    int         element;                /* of the array, or -1 */
    char        text[128];              /* what is wrong, for a person */
} mytwip_activity_error_t;


/*
 * Reads the len bytes at body.  What is returned in *list with
 * MYTWIP_ACTIVITY_OK is freed by mytwip_activities_free(); with any other
 * result there is nothing to free, and *err says why.
 */
mytwip_activity_result_t mytwip_activities_parse(const void *body, size_t len,
    mytwip_activities_t *list, mytwip_activity_error_t *err);
void mytwip_activities_free(mytwip_activities_t *list);

/* Whether these characters are a slug. */
int mytwip_activity_slug(const char *text, size_t len);


#endif /* _MYTWIP_ACTIVITY_H_INCLUDED_ */
