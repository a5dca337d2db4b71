
/*
 * Unsubscribing: the page's form, and "List-Unsubscribe=One-Click" (RFC 8058),
 * which a program sends and which gets a line of text.  How it is recorded and
 * answered is in ngx_mytwip_ask.c.
 */

#include "ngx_mytwip_ask.h"


static ngx_int_t ngx_mytwip_unsubscribe_form(mytwip_form_t *form,
    ngx_mytwip_wait_t *wait, mytwip_event_t *event);
static ngx_uint_t ngx_mytwip_unsubscribe_reason(const char *value);
static void ngx_mytwip_unsubscribe_found(ngx_mytwip_wait_t *wait);


static const char  *ngx_mytwip_unsubscribe_reasons[] = {
    "",                                 /* MYTWIP_REASON_NONE */
    "too_many",
    "not_relevant",
    "never_subscribed",
    "other",
    NULL
};


static const ngx_mytwip_ask_t  ngx_mytwip_unsubscribe = {
    &ngx_mytwip_unsubscribe_question,
    NGX_MYTWIP_PAGE_UNSUBSCRIBE,
    NGX_MYTWIP_PAGE_INVALID,
    "List-Unsubscribe=One-Click is expected",
    ngx_mytwip_unsubscribe_form,
    ngx_mytwip_unsubscribe_found
};


ngx_int_t
ngx_mytwip_unsubscribe_handler(ngx_http_request_t *r)
{
    return ngx_mytwip_ask(r, &ngx_mytwip_unsubscribe);
}


static ngx_int_t
ngx_mytwip_unsubscribe_form(mytwip_form_t *form, ngx_mytwip_wait_t *wait,
    mytwip_event_t *event)
{
    char        value[NGX_MYTWIP_FIELD_MAX];
    ngx_uint_t  reason;

    if (mytwip_form_field(form, "List-Unsubscribe", value, sizeof(value))
        && ngx_strcmp(value, "One-Click") == 0)
    {
        event->kind = MYTWIP_EVENT_UNSUBSCRIBE;
        event->code = MYTWIP_WAY_ONE_CLICK;
        wait->text = "You are unsubscribed.";
        return NGX_OK;
    }

    if (!mytwip_form_field(form, "action", value, sizeof(value))) {
        return NGX_DECLINED;
    }

    if (ngx_strcmp(value, "unsubscribe") == 0) {
        event->kind = MYTWIP_EVENT_UNSUBSCRIBE;
        wait->page = NGX_MYTWIP_PAGE_UNSUBSCRIBED;

    } else if (ngx_strcmp(value, "unsubscribe_all") == 0) {
        event->kind = MYTWIP_EVENT_LEAVE;
        wait->page = NGX_MYTWIP_PAGE_UNSUBSCRIBED_ALL;

    } else if (ngx_strcmp(value, "undo") == 0) {
        event->kind = MYTWIP_EVENT_UNDO;
        wait->page = NGX_MYTWIP_PAGE_RESUBSCRIBED;

    } else {
        return NGX_DECLINED;
    }

    reason = MYTWIP_REASON_NONE;

    if (event->kind != MYTWIP_EVENT_UNDO
        && mytwip_form_field(form, "reason", value, sizeof(value)))
    {
        reason = ngx_mytwip_unsubscribe_reason(value);
    }

    event->code = (uint8_t) (MYTWIP_WAY_FORM | reason << 4);

    return NGX_OK;
}


static ngx_uint_t
ngx_mytwip_unsubscribe_reason(const char *value)
{
    ngx_uint_t  i;

    for (i = 0; ngx_mytwip_unsubscribe_reasons[i]; i++) {
        if (ngx_strcmp(value, ngx_mytwip_unsubscribe_reasons[i]) == 0) {
            return i;
        }
    }

    /* a word from a page that was changed */

    return MYTWIP_REASON_OTHER;
}


/* Already done, by one click for instance: the way back instead. */

static void
ngx_mytwip_unsubscribe_found(ngx_mytwip_wait_t *wait)
{
    if (wait->page == NGX_MYTWIP_PAGE_UNSUBSCRIBE && wait->lookup.left.len) {
        wait->page = NGX_MYTWIP_PAGE_UNSUBSCRIBED;
    }
}
