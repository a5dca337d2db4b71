
/*
 * The language of a page: one of those that there are pages in.
 */

#ifndef _MYTWIP_LANGUAGE_H_INCLUDED_
#define _MYTWIP_LANGUAGE_H_INCLUDED_


#include <stddef.h>


#define MYTWIP_LANGUAGES  3


/* "fr", the default, "en", "de" */
extern const char  *mytwip_languages[MYTWIP_LANGUAGES];


/* Of a language tag such as "en-GB" (RFC 5646); NULL if there is none. */
const char *mytwip_language_of(const void *tag, size_t len);

/*
 * The one that the value of Accept-Language (RFC 9110, section 12.5.4) likes
 * best; the default if it likes none of them.
 */
const char *mytwip_language_accepted(const void *accept, size_t len);


#endif /* _MYTWIP_LANGUAGE_H_INCLUDED_ */
