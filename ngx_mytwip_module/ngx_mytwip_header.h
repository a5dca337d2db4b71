
/*
 * Headers that nginx has no field for: found in a request, added to an answer.
 */

#ifndef _NGX_MYTWIP_HEADER_H_INCLUDED_
#define _NGX_MYTWIP_HEADER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* The first header of the request with this name, in lower case, or NULL. */
ngx_table_elt_t *ngx_mytwip_request_header(ngx_http_request_t *r,
    const char *name);

/* Adds a header to the answer; both strings are kept as they are. */
ngx_int_t ngx_mytwip_header(ngx_http_request_t *r, const char *key,
    const char *value, size_t len);

#define ngx_mytwip_header_text(r, key, text)                                  \
    ngx_mytwip_header(r, key, text, sizeof(text) - 1)


#endif /* _NGX_MYTWIP_HEADER_H_INCLUDED_ */
