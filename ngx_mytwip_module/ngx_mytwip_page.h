
/*
 * The pages for people: HTML files of the directory of "mytwip_pages", one a
 * language, in which nginx's SSI puts the few values.
 */

#ifndef _NGX_MYTWIP_PAGE_H_INCLUDED_
#define _NGX_MYTWIP_PAGE_H_INCLUDED_


#include "ngx_mytwip_request.h"


typedef enum {
    NGX_MYTWIP_PAGE_UNSUBSCRIBE = 0,
    NGX_MYTWIP_PAGE_UNSUBSCRIBED,
    NGX_MYTWIP_PAGE_UNSUBSCRIBED_ALL,
    NGX_MYTWIP_PAGE_RESUBSCRIBED,
    NGX_MYTWIP_PAGE_INVALID,
    NGX_MYTWIP_PAGE_UNAVAILABLE,
    NGX_MYTWIP_PAGE_PRIVACY,
    NGX_MYTWIP_PAGE_PRIVACY_STOPPED,
    NGX_MYTWIP_PAGE_PRIVACY_ACCESS,
    NGX_MYTWIP_PAGE_PRIVACY_ERASE,
    NGX_MYTWIP_PAGE_PRIVACY_ERASURE,
    NGX_MYTWIP_PAGE_PRIVACY_INVALID,
    NGX_MYTWIP_PAGES
} ngx_mytwip_page_t;


/* Whether all pages are there, in all languages; logs the first that is not */
ngx_int_t ngx_mytwip_check_pages(ngx_conf_t *cf, ngx_str_t *dir);

/* The request's language: the reader's, else the client's, else French. */
ngx_str_t ngx_mytwip_page_language(ngx_http_request_t *r);

/* Sends a page; what it returns is for ngx_http_finalize_request(). */
ngx_int_t ngx_mytwip_page(ngx_http_request_t *r, ngx_uint_t status,
    ngx_mytwip_page_t page);

/* Sends a line of text, for programs. */
ngx_int_t ngx_mytwip_text(ngx_http_request_t *r, ngx_uint_t status,
    const char *text);


#endif /* _NGX_MYTWIP_PAGE_H_INCLUDED_ */
