
/*
 * The body of a form: one field of it at a time.  Reads what browsers and
 * mail clients' servers send for RFC 8058: multipart/form-data (RFC 7578) and
 * application/x-www-form-urlencoded.  Bodies are a few kilobytes; nothing is
 * copied but the value asked for.
 */

#ifndef _MYTWIP_FORM_H_INCLUDED_
#define _MYTWIP_FORM_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define MYTWIP_FORM_BOUNDARY_MAX  70            /* RFC 2046, section 5.1.1 */


typedef struct {
    const uint8_t  *body;
    size_t          len;
    const uint8_t  *boundary;                   /* NULL: urlencoded */
    size_t          boundary_len;
} mytwip_form_t;


/*
 * Prepares to read the body; returns 0, or -1 if the value of Content-Type is
 * not a form's.
 */
int mytwip_form_init(mytwip_form_t *form, const void *type, size_t type_len,
    const void *body, size_t len);

/*
 * Copies the value of the first field of that name, with a final zero;
 * returns 1, or 0 if there is none, or if it does not fit or has a zero byte
 * in it, which no value asked for here has.
 */
int mytwip_form_field(const mytwip_form_t *form, const char *name, char *value,
    size_t size);


#endif /* _MYTWIP_FORM_H_INCLUDED_ */
