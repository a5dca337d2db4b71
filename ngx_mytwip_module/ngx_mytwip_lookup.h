
/*
 * The lookup: what a page for people shows, asked of the database on a
 * connection of its own, so that no batch is in the way.  A page can do
 * without: when the database is out of reach nothing is found, at once.
 */

#ifndef _NGX_MYTWIP_LOOKUP_H_INCLUDED_
#define _NGX_MYTWIP_LOOKUP_H_INCLUDED_


#include "ngx_mytwip_database.h"


/* What is asked: a statement whose columns are text. */

typedef struct {
    const char     *text;                   /* of issue $1 and reader $2 */
    ngx_uint_t      n;                      /* columns */
    const size_t   *fields;                 /* where each goes in a lookup */
} ngx_mytwip_question_t;


typedef struct {
    const ngx_mytwip_question_t  *question;

    ngx_queue_t     queue;
    ngx_pool_t     *pool;                   /* of the answer */
    uint64_t        issue;
    uint64_t        reader;

    void          (*handler)(void *data);
    void           *data;

    ngx_str_t       newsletter;             /* its title */
    ngx_str_t       sender;                 /* its address */
    ngx_str_t       language;               /* of the reader */
    ngx_str_t       left;                   /* "yes": not subscribed */
    ngx_str_t       controller;             /* its name */
    ngx_str_t       region;
    ngx_str_t       open_days;              /* that an open is kept */
    ngx_str_t       smallest_group;         /* in a report */
    ngx_str_t       measured;               /* yes, no: the reader's opens */
    ngx_str_t       access_asked;           /* when, a day */
    ngx_str_t       erasure_asked;
    unsigned        waiting:1;
} ngx_mytwip_lookup_t;


/* For the pages to unsubscribe, and for those about privacy. */
extern const ngx_mytwip_question_t  ngx_mytwip_unsubscribe_question;
extern const ngx_mytwip_question_t  ngx_mytwip_privacy_question;


/* Begins and ends with the process. */
void ngx_mytwip_lookup_init(ngx_cycle_t *cycle,
    ngx_mytwip_database_conf_t *database);
void ngx_mytwip_lookup_exit(void);

/*
 * Asks the question.  Returns NGX_AGAIN, and calls the handler later; or
 * NGX_DECLINED if the database is out of reach.  What is not found stays
 * empty.
 */
ngx_int_t ngx_mytwip_lookup(ngx_mytwip_lookup_t *lookup);

/* Takes a lookup back; fit for a cleanup handler. */
void ngx_mytwip_lookup_forget(void *lookup);


#endif /* _NGX_MYTWIP_LOOKUP_H_INCLUDED_ */
