
/*
 * What handlers and variables know of a request: its token, verified once,
 * and what became of it.
 */

#ifndef _NGX_MYTWIP_REQUEST_H_INCLUDED_
#define _NGX_MYTWIP_REQUEST_H_INCLUDED_


#include "ngx_mytwip_lookup.h"
#include "ngx_mytwip_module.h"

#include "mytwip_event.h"
#include "mytwip_token.h"


typedef enum {
    NGX_MYTWIP_NO_RESULT = 0,
    NGX_MYTWIP_ACCEPTED,                /* is in the journal */
    NGX_MYTWIP_SHED,                    /* the journal had no room */
    NGX_MYTWIP_MALFORMED,
    NGX_MYTWIP_WRONG_KIND,
    NGX_MYTWIP_UNKNOWN_KEY,
    NGX_MYTWIP_FORGED,
    NGX_MYTWIP_RESULTS
} ngx_mytwip_result_t;


typedef struct ngx_mytwip_wait_s  ngx_mytwip_wait_t;

typedef struct {
    mytwip_token_t          token;      /* if valid */
    ngx_mytwip_result_t     result;
    ngx_uint_t              kind;       /* that it was verified for */
    unsigned                valid:1;
    ngx_mytwip_sync_t       sync;       /* of a pixel */
    ngx_mytwip_wait_t      *wait;       /* see ngx_mytwip_ask.h */
    ngx_mytwip_lookup_t    *lookup;     /* what a page shows, or NULL */
} ngx_mytwip_ctx_t;


/* As in logs and in the status. */
extern ngx_str_t  ngx_mytwip_results[NGX_MYTWIP_RESULTS];


/*
 * The request's context, made and its token verified on the first call.  The
 * token is the last segment of the path, without ".gif" at its end.  Returns
 * NULL without memory, and in a location that takes no token.
 */
ngx_mytwip_ctx_t *ngx_mytwip_get_ctx(ngx_http_request_t *r);

/* A context without a token, for a location that takes none. */
ngx_mytwip_ctx_t *ngx_mytwip_create_ctx(ngx_http_request_t *r);

/*
 * With "sync=always", parks the request, on which the caller has a reference,
 * calls the handler with it when the disk has what was appended last, and
 * returns NGX_AGAIN; else NGX_OK.
 */
ngx_int_t ngx_mytwip_await_sync(ngx_http_request_t *r, ngx_mytwip_ctx_t *ctx,
    void (*handler)(void *data, ngx_int_t rc));

/* Whether the request objects to being recorded with the person. */
ngx_uint_t ngx_mytwip_objects(ngx_http_request_t *r);

/*
 * The body that was read, in one piece from the request's pool.  Returns
 * NGX_DECLINED if it is larger than max bytes.
 */
ngx_int_t ngx_mytwip_body(ngx_http_request_t *r, size_t max, ngx_str_t *body);

/* Has the rules forget, every minute, the User-Agents they have judged. */
void ngx_mytwip_agent_init(ngx_cycle_t *cycle, mytwip_agents_t *agents);

/*
 * What asks, MYTWIP_AGENT_*: by the method, the headers that announce a
 * prefetch, and the rules of "mytwip_agents".  In any location.
 */
ngx_uint_t ngx_mytwip_agent(ngx_http_request_t *r);

/*
 * Fills an event of this kind and of now.  Its reader is 0 if the request
 * objects to being recorded with the person (Sec-GPC, DNT) and the location
 * honours that.
 */
void ngx_mytwip_event(ngx_http_request_t *r, ngx_mytwip_ctx_t *ctx,
    ngx_uint_t kind, mytwip_event_t *event);


#endif /* _NGX_MYTWIP_REQUEST_H_INCLUDED_ */
