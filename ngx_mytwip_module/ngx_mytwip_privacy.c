
/*
 * The privacy page: what is collected, where, by whom and how long, and what
 * the reader can ask for.  It shows nothing of the reader's data, as mails get
 * forwarded: a request is recorded, and answered to the address on file.  How
 * it is recorded and answered is in ngx_mytwip_ask.c.
 */

#include "ngx_mytwip_ask.h"


static ngx_int_t ngx_mytwip_privacy_form(mytwip_form_t *form,
    ngx_mytwip_wait_t *wait, mytwip_event_t *event);


static const ngx_mytwip_ask_t  ngx_mytwip_privacy = {
    &ngx_mytwip_privacy_question,
    NGX_MYTWIP_PAGE_PRIVACY,
    NGX_MYTWIP_PAGE_PRIVACY_INVALID,
    "action=stop, access, erase or erase_sure is expected",
    ngx_mytwip_privacy_form,
    NULL
};


/* What the buttons send. */

static const struct {
    const char         *action;
    uint8_t             kind;               /* 0: only asked once more */
    ngx_mytwip_page_t   page;
} ngx_mytwip_privacy_actions[] = {
    { "stop", MYTWIP_EVENT_WITHDRAW, NGX_MYTWIP_PAGE_PRIVACY_STOPPED },
    { "access", MYTWIP_EVENT_ACCESS, NGX_MYTWIP_PAGE_PRIVACY_ACCESS },
    { "erase", 0, NGX_MYTWIP_PAGE_PRIVACY_ERASE },
    { "erase_sure", MYTWIP_EVENT_ERASE, NGX_MYTWIP_PAGE_PRIVACY_ERASURE },
    { NULL, 0, NGX_MYTWIP_PAGE_PRIVACY }
};


ngx_int_t
ngx_mytwip_privacy_handler(ngx_http_request_t *r)
{
    return ngx_mytwip_ask(r, &ngx_mytwip_privacy);
}


static ngx_int_t
ngx_mytwip_privacy_form(mytwip_form_t *form, ngx_mytwip_wait_t *wait,
    mytwip_event_t *event)
{
    char        value[NGX_MYTWIP_FIELD_MAX];
    ngx_uint_t  i;

    /* a program that took this for the way out of a newsletter */

    if (mytwip_form_field(form, "List-Unsubscribe", value, sizeof(value))) {
        return NGX_DECLINED;
    }

    if (!mytwip_form_field(form, "action", value, sizeof(value))) {
        return NGX_DECLINED;
    }

    for (i = 0; ngx_mytwip_privacy_actions[i].action; i++) {

        if (ngx_strcmp(value, ngx_mytwip_privacy_actions[i].action) != 0) {
            continue;
        }

        wait->page = ngx_mytwip_privacy_actions[i].page;

        event->kind = ngx_mytwip_privacy_actions[i].kind;
        event->code = MYTWIP_WAY_FORM;

        return event->kind ? NGX_OK : NGX_DONE;
    }

    return NGX_DECLINED;
}
