
/*
 * An activity beacon, read and checked: see mytwip_activity.h.
 */

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "mytwip_activity.h"


#define MYTWIP_ACTIVITY_FRACTION  9     /* digits of a second */

/* 15 digits, and not 17: what was sent as 0.1 stays that */
#define MYTWIP_ACTIVITY_FORM      (JSON_COMPACT | JSON_REAL_PRECISION(15))


static mytwip_activity_result_t mytwip_activities_unread(json_error_t *error,
    mytwip_activity_error_t *err);
static mytwip_activity_result_t mytwip_activities_list(json_t *root,
    mytwip_activities_t *list, mytwip_activity_error_t *err);
static mytwip_activity_result_t mytwip_activity_event(json_t *event,
    mytwip_activity_t *activity, mytwip_activity_error_t *err);
static void mytwip_activity_without(json_t *event, const char *name);
static mytwip_activity_result_t mytwip_activity_members(json_t *event,
    mytwip_activity_error_t *err);
static mytwip_activity_result_t mytwip_activity_name(json_t *value,
    const char *name, mytwip_activity_error_t *err);
static mytwip_activity_result_t mytwip_activity_resource(json_t *resource,
    mytwip_activity_error_t *err);
static mytwip_activity_result_t mytwip_activity_at(json_t *at,
    mytwip_activity_error_t *err);
static int mytwip_activity_date(const char *text, size_t len);
static mytwip_activity_result_t mytwip_activity_properties(json_t *properties,
    mytwip_activity_error_t *err);
static mytwip_activity_result_t mytwip_activity_invalid(
    mytwip_activity_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


static const char  *mytwip_activity_keys[] = {
    "activity", "resource", "at", "properties", "user", "user_id", NULL
};


mytwip_activity_result_t
mytwip_activities_parse(const void *body, size_t len,
    mytwip_activities_t *list, mytwip_activity_error_t *err)
{
    json_t                    *root;
    json_error_t               error;
    mytwip_activity_result_t   rc;

    list->n = 0;
    err->element = -1;
    err->text[0] = '\0';

    if (len > MYTWIP_ACTIVITY_BODY_MAX) {
        (void) mytwip_activity_invalid(err, "body is larger than %d bytes",
                                       MYTWIP_ACTIVITY_BODY_MAX);
        return MYTWIP_ACTIVITY_TOO_LARGE;
    }

    /* Jansson overlooks one after a number, true, false or null */

    if (len && memchr(body, '\0', len) != NULL) {
        return mytwip_activity_invalid(err, "not JSON: a NUL byte");
    }

    memset(&error, 0, sizeof(error));

    root = json_loadb(body, len, JSON_REJECT_DUPLICATES|JSON_DECODE_ANY,
                      &error);
    if (root == NULL) {
        return mytwip_activities_unread(&error, err);
    }

    rc = mytwip_activities_list(root, list, err);

    json_decref(root);

    if (rc != MYTWIP_ACTIVITY_OK) {
        mytwip_activities_free(list);
    }

    return rc;
}


void
mytwip_activities_free(mytwip_activities_t *list)
{
    while (list->n) {
        free(list->event[--list->n].text);
    }
}


static mytwip_activity_result_t
mytwip_activities_unread(json_error_t *error, mytwip_activity_error_t *err)
{
    const char  *what;

    /* without memory for a value, Jansson says nothing */

    if (error->text[0] == '\0') {
        return MYTWIP_ACTIVITY_FAILED;
    }

    switch (json_error_code(error)) {

    case json_error_out_of_memory:
        return MYTWIP_ACTIVITY_FAILED;

    case json_error_duplicate_key:
        what = "a member is given twice";
        break;

    case json_error_numeric_overflow:
        what = "a number is out of range";
        break;

    case json_error_stack_overflow:
        what = "too deep";
        break;

    case json_error_null_character:
    case json_error_null_byte_in_key:
        what = "a NUL character";
        break;

    case json_error_invalid_utf8:
        what = "not UTF-8";
        break;

    default:
        what = "not JSON";
    }

    return mytwip_activity_invalid(err, "%s: line %d, column %d", what,
                                   error->line, error->column);
}


static mytwip_activity_result_t
mytwip_activities_list(json_t *root, mytwip_activities_t *list,
    mytwip_activity_error_t *err)
{
    size_t                    i, n;
    json_t                   *event;
    mytwip_activity_result_t  rc;

    n = json_is_array(root) ? json_array_size(root) : 1;

    if (n > MYTWIP_ACTIVITY_MAX) {
        (void) mytwip_activity_invalid(err, "more than %d events",
                                       MYTWIP_ACTIVITY_MAX);
        return MYTWIP_ACTIVITY_TOO_LARGE;
    }

    if (n == 0) {
        return mytwip_activity_invalid(err, "no event in the array");
    }

    for (i = 0; i < n; i++) {
        event = json_is_array(root) ? json_array_get(root, i) : root;

        rc = mytwip_activity_event(event, &list->event[list->n], err);

        if (rc != MYTWIP_ACTIVITY_OK) {
            err->element = json_is_array(root) ? (int) i : -1;
            return rc;
        }

        list->n++;
    }

    return MYTWIP_ACTIVITY_OK;
}


static mytwip_activity_result_t
mytwip_activity_event(json_t *event, mytwip_activity_t *activity,
    mytwip_activity_error_t *err)
{
    mytwip_activity_result_t  rc;

    if (!json_is_object(event)) {
        return mytwip_activity_invalid(err, "not an object");
    }

    rc = mytwip_activity_members(event, err);
    if (rc != MYTWIP_ACTIVITY_OK) {
        return rc;
    }

    /* a page's own word of who the user is goes no further */

    (void) json_object_del(event, "user");
    (void) json_object_del(event, "user_id");

    /* null is nothing */

    mytwip_activity_without(event, "resource");
    mytwip_activity_without(event, "at");
    mytwip_activity_without(event, "properties");

    activity->text = json_dumps(event, MYTWIP_ACTIVITY_FORM);

    if (activity->text == NULL) {
        return MYTWIP_ACTIVITY_FAILED;
    }

    activity->len = strlen(activity->text);

    return MYTWIP_ACTIVITY_OK;
}


static void
mytwip_activity_without(json_t *event, const char *name)
{
    if (json_is_null(json_object_get(event, name))) {
        (void) json_object_del(event, name);
    }
}


static mytwip_activity_result_t
mytwip_activity_members(json_t *event, mytwip_activity_error_t *err)
{
    unsigned                   i;
    const char                *key;
    json_t                    *value;
    mytwip_activity_result_t   rc;

    json_object_foreach(event, key, value) {

        for (i = 0; mytwip_activity_keys[i]; i++) {
            if (strcmp(key, mytwip_activity_keys[i]) == 0) {
                break;
            }
        }

        if (mytwip_activity_keys[i] == NULL) {
            return mytwip_activity_invalid(err, "unknown member; activity,"
                                           " resource, at and properties are"
                                           " expected");
        }
    }

    rc = mytwip_activity_name(json_object_get(event, "activity"), "activity",
                              err);

    if (rc == MYTWIP_ACTIVITY_OK) {
        rc = mytwip_activity_resource(json_object_get(event, "resource"), err);
    }

    if (rc == MYTWIP_ACTIVITY_OK) {
        rc = mytwip_activity_at(json_object_get(event, "at"), err);
    }

    if (rc == MYTWIP_ACTIVITY_OK) {
        rc = mytwip_activity_properties(json_object_get(event, "properties"),
                                        err);
    }

    return rc;
}


static mytwip_activity_result_t
mytwip_activity_name(json_t *value, const char *name,
    mytwip_activity_error_t *err)
{
    if (value == NULL) {
        return mytwip_activity_invalid(err, "%s is missing", name);
    }

    if (!json_is_string(value)
        || !mytwip_activity_slug(json_string_value(value),
                                 json_string_length(value)))
    {
        return mytwip_activity_invalid(err, "%s is not a slug of at most %d"
                                       " letters, digits and \"._-\"", name,
                                       MYTWIP_ACTIVITY_SLUG_MAX);
    }

    return MYTWIP_ACTIVITY_OK;
}


int
mytwip_activity_slug(const char *text, size_t len)
{
    char    c;
    size_t  i;

    if (len == 0 || len > MYTWIP_ACTIVITY_SLUG_MAX) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        c = text[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9'))
        {
            continue;
        }

        if (i == 0 || (c != '.' && c != '_' && c != '-')) {
            return 0;
        }
    }

    return 1;
}


static mytwip_activity_result_t
mytwip_activity_resource(json_t *resource, mytwip_activity_error_t *err)
{
    size_t                     len;
    json_t                    *id;
    mytwip_activity_result_t   rc;

    if (resource == NULL || json_is_null(resource)) {
        return MYTWIP_ACTIVITY_OK;
    }

    if (!json_is_object(resource) || json_object_size(resource) != 2) {
        return mytwip_activity_invalid(err, "resource is not an object of type"
                                       " and id");
    }

    rc = mytwip_activity_name(json_object_get(resource, "type"),
                              "resource.type", err);
    if (rc != MYTWIP_ACTIVITY_OK) {
        return rc;
    }

    id = json_object_get(resource, "id");
    len = json_string_length(id);

    if (!json_is_integer(id)
        && (!json_is_string(id) || len == 0 || len > MYTWIP_ACTIVITY_ID_MAX))
    {
        return mytwip_activity_invalid(err, "resource.id is not an integer or"
                                       " a string of 1 to %d bytes",
                                       MYTWIP_ACTIVITY_ID_MAX);
    }

    return MYTWIP_ACTIVITY_OK;
}


static mytwip_activity_result_t
mytwip_activity_at(json_t *at, mytwip_activity_error_t *err)
{
    if (at == NULL || json_is_null(at)
        || (json_is_integer(at) && json_integer_value(at) >= 0
            /* the year 9999 */
            && json_integer_value(at) < 253402300800000)
        || (json_is_string(at)
            && mytwip_activity_date(json_string_value(at),
                                    json_string_length(at))))
    {
        return MYTWIP_ACTIVITY_OK;
    }

    return mytwip_activity_invalid(err, "at is neither a time as in RFC 3339"
                                   " nor milliseconds since 1970");
}


/* Whether it looks like 2026-11-24T22:05:57.267Z, to be read by PostgreSQL. */

static int
mytwip_activity_date(const char *text, size_t len)
{
    size_t             i, fraction;
    static const char  form[] = "dddd-dd-ddTdd:dd:dd";

    if (len < sizeof(form)) {
        return 0;
    }

    for (i = 0; i < sizeof(form) - 1; i++) {
        if (form[i] == 'd' ? (text[i] < '0' || text[i] > '9')
                           : (text[i] != form[i]))
        {
            return 0;
        }
    }

    if (text[i] == '.') {
        fraction = ++i;

        while (i < len && text[i] >= '0' && text[i] <= '9') {
            i++;
        }

        if (i == fraction || i - fraction > MYTWIP_ACTIVITY_FRACTION) {
            return 0;
        }
    }

    if (len - i == 1) {
        return text[i] == 'Z';
    }

    return len - i == sizeof("+00:00") - 1
           && (text[i] == '+' || text[i] == '-')
           && text[i + 1] >= '0' && text[i + 1] <= '1'
           && text[i + 2] >= '0' && text[i + 2] <= '9'
           && text[i + 3] == ':'
           && text[i + 4] >= '0' && text[i + 4] <= '5'
           && text[i + 5] >= '0' && text[i + 5] <= '9';
}


static mytwip_activity_result_t
mytwip_activity_properties(json_t *properties, mytwip_activity_error_t *err)
{
    const char  *key;
    json_t      *value;

    if (properties == NULL || json_is_null(properties)) {
        return MYTWIP_ACTIVITY_OK;
    }

    if (!json_is_object(properties)) {
        return mytwip_activity_invalid(err, "properties is not an object");
    }

    json_object_foreach(properties, key, value) {
        if (json_is_object(value) || json_is_array(value)) {
            return mytwip_activity_invalid(err, "properties is not flat:"
                                           " values are strings, numbers,"
                                           " booleans or null");
        }
    }

    if (json_dumpb(properties, NULL, 0, MYTWIP_ACTIVITY_FORM)
        > MYTWIP_ACTIVITY_PROPERTIES_MAX)
    {
        (void) mytwip_activity_invalid(err, "properties is larger than %d"
                                       " bytes",
                                       MYTWIP_ACTIVITY_PROPERTIES_MAX);
        return MYTWIP_ACTIVITY_TOO_LARGE;
    }

    return MYTWIP_ACTIVITY_OK;
}


/* Never a part of the body: it could be anybody's. */

static mytwip_activity_result_t
mytwip_activity_invalid(mytwip_activity_error_t *err, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);

    return MYTWIP_ACTIVITY_INVALID;
}
