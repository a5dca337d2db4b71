
/*
 * The lookup: what a page for people shows, asked of the database on a
 * connection of its own, so that no batch is in the way.  A page can do
 * without: when the database is out of reach nothing is found, at once.
 */

#ifndef _NGX_MYTWIP_LOOKUP_H_INCLUDED_
#define _NGX_MYTWIP_LOOKUP_H_INCLUDED_


#include "ngx_mytwip_database.h"


typedef struct {
    ngx_queue_t     queue;
    ngx_pool_t     *pool;                   /* of the answer */
    uint64_t        issue;
    uint64_t        reader;

    void          (*handler)(void *data);
    void           *data;

    ngx_str_t       newsletter;             /* its title */
    ngx_str_t       sender;                 /* its address */
    ngx_str_t       language;               /* of the reader */
    unsigned        left:1;                 /* known, and not subscribed */
    unsigned        waiting:1;
} ngx_mytwip_lookup_t;


/* Begins and ends with the process. */
void ngx_mytwip_lookup_init(ngx_cycle_t *cycle,
    ngx_mytwip_database_conf_t *database);
void ngx_mytwip_lookup_exit(void);

/*
 * Asks for the newsletter of the issue and the language of the reader.
 * Returns NGX_AGAIN, and calls the handler later; or NGX_DECLINED if the
 * database is out of reach.  What is not found stays empty.
 */
ngx_int_t ngx_mytwip_lookup(ngx_mytwip_lookup_t *lookup);

/* Takes a lookup back; fit for a cleanup handler. */
void ngx_mytwip_lookup_forget(void *lookup);


#endif /* _NGX_MYTWIP_LOOKUP_H_INCLUDED_ */
