
/*
 * What a reader asks for on a page.  GET shows the page and changes nothing; a
 * POST of its form is recorded in the journal and answered when the database
 * has committed it.  Without the database, or without its answer in time, it
 * is answered when the disk has it: what a reader asks for is never lost and
 * never sent back.
 */

#ifndef _NGX_MYTWIP_ASK_H_INCLUDED_
#define _NGX_MYTWIP_ASK_H_INCLUDED_


#include "ngx_mytwip_page.h"

#include "mytwip_form.h"


#define NGX_MYTWIP_FIELD_MAX  32


typedef struct ngx_mytwip_ask_s  ngx_mytwip_ask_t;


/* What a request may wait for, one after the other. */

struct ngx_mytwip_wait_s {
    const ngx_mytwip_ask_t  *ask;
    ngx_mytwip_commit_t      commit;
    ngx_event_t              timer;
    ngx_mytwip_sync_t        sync;
    ngx_mytwip_lookup_t      lookup;
    ngx_mytwip_page_t        page;      /* of the answer */
    const char              *text;      /* instead of it, for programs */
};


/* What a location is for. */

struct ngx_mytwip_ask_s {
    const ngx_mytwip_question_t  *question;     /* what its pages show */
    ngx_mytwip_page_t             page;         /* of GET */
    ngx_mytwip_page_t             invalid;      /* of a bad token */
    const char                   *expected;     /* of a form */

    /*
     * Fills the event's kind and code, and the answer's page or text; returns
     * NGX_OK, NGX_DONE if nothing is to be recorded, or NGX_DECLINED if the
     * form asks for nothing.
     */
    ngx_int_t                   (*form)(mytwip_form_t *form,
                                        ngx_mytwip_wait_t *wait,
                                        mytwip_event_t *event);

    /* Chooses another page by what was found, or NULL. */
    void                        (*found)(ngx_mytwip_wait_t *wait);
};


/* The content handler of such a location. */
ngx_int_t ngx_mytwip_ask(ngx_http_request_t *r, const ngx_mytwip_ask_t *ask);


#endif /* _NGX_MYTWIP_ASK_H_INCLUDED_ */
