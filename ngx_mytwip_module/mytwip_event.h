
/*
 * The event: what a handler saw, as the compact record that the journal keeps
 * and the shipper sends.  It holds no address and no User-Agent: these are
 * judged in memory and forgotten.
 *
 * A record, integers little-endian, its length a multiple of 8; the first 8
 * bytes are the same for every kind, those of later versions included:
 *
 *     bytes  0..1    length of the record, these 8 bytes included
 *     byte   2       kind, MYTWIP_EVENT_*
 *     byte   3       of an open or a trap: agent, MYTWIP_AGENT_*; else how
 *                    the reader said it, MYTWIP_WAY_*, and in the upper four
 *                    bits why, MYTWIP_REASON_*
 *     bytes  4..7    number of the event in its segment, from 0
 *
 * and of this version's kinds:
 *
 *     bytes  8..15   time, microseconds since 1970-01-01 00:00:00 UTC,
 *                    never negative
 *     bytes 16..23   issue id
 *     bytes 24..31   reader id, 0 when the reader objects to being recorded
 *
 * An activity has the length of its text where others have the issue, the id
 * of the platform's user, or 0, where they have the reader, and then
 *
 *     bytes 32..     text, JSON (mytwip_activity.h), zeros up to the length
 */

#ifndef _MYTWIP_EVENT_H_INCLUDED_
#define _MYTWIP_EVENT_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define MYTWIP_EVENT_OPEN         1
#define MYTWIP_EVENT_UNSUBSCRIBE  2             /* from the newsletter */
#define MYTWIP_EVENT_LEAVE        3             /* all of the sender's */
#define MYTWIP_EVENT_UNDO         4             /* what 2 or 3 did */
#define MYTWIP_EVENT_ACTIVITY     5             /* of a user of the platform */
#define MYTWIP_EVENT_TRAP         6             /* a link that nobody sees */
#define MYTWIP_EVENT_WITHDRAW     7             /* the consent to opens */
#define MYTWIP_EVENT_ACCESS       8             /* what is held is asked for */
#define MYTWIP_EVENT_ERASE        9             /* its erasure is */

#define MYTWIP_AGENT_UNKNOWN      0
#define MYTWIP_AGENT_HUMAN        1
#define MYTWIP_AGENT_PROXY        2
#define MYTWIP_AGENT_BOT          3
#define MYTWIP_AGENT_PREFETCH     4

#define MYTWIP_WAY_ONE_CLICK      1             /* RFC 8058 */
#define MYTWIP_WAY_FORM           2

#define MYTWIP_WAY_BEACON         1             /* of an activity */
#define MYTWIP_WAY_LOG            2
#define MYTWIP_WAY_RULE           3

#define MYTWIP_REASON_NONE        0
#define MYTWIP_REASON_TOO_MANY    1
#define MYTWIP_REASON_IRRELEVANT  2
#define MYTWIP_REASON_NEVER       3             /* subscribed */
#define MYTWIP_REASON_OTHER       4

#define MYTWIP_EVENT_HEADER       8
#define MYTWIP_EVENT_MAX_SIZE     32            /* but for its text */
#define MYTWIP_EVENT_TEXT_MAX     16384
#define MYTWIP_EVENTS_PER_FRAME   128           /* of the journal, at most */


typedef struct {
    uint8_t    kind;
    uint8_t    code;                /* byte 3 of the record */
    uint32_t   number;
    int64_t    time;
    uint64_t   issue;
    uint64_t   reader;              /* or user */

    const uint8_t  *text;           /* of an activity */
    uint32_t        text_len;
} mytwip_event_t;


/* The length of the event's record. */
size_t mytwip_event_size(const mytwip_event_t *event);

/*
 * Writes the record at p, which has room for mytwip_event_size() bytes;
 * returns its length.
 */
size_t mytwip_event_encode(const mytwip_event_t *event, uint8_t *p);

/*
 * Reads one record from the len bytes at p; returns its length, or 0 if they
 * are not a record of this version.  The event's text is where it was read.
 */
size_t mytwip_event_decode(mytwip_event_t *event, const uint8_t *p,
    size_t len);

/*
 * Returns the length of the record at p, of whatever kind and version, or 0 if
 * the len bytes cannot begin with a record.
 */
size_t mytwip_event_length(const uint8_t *p, size_t len);


#endif /* _MYTWIP_EVENT_H_INCLUDED_ */
