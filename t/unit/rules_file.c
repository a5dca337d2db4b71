
/*
 * The file of activity rules: what is taken, and what is said of what is not.
 */

#include "test.h"

#include <errno.h>
#include <unistd.h>

#include "mytwip_rules.h"


static mytwip_rules_t *
parsed(const char *text, size_t len)
{
    char            *p;
    mytwip_error_t   err;
    mytwip_rules_t  *rules;

    memset(&err, 0, sizeof(err));

    p = mytwip_test_copy(text, len);
    rules = mytwip_rules_parse(p, len, &err);
    mytwip_test_free(p);

    if (rules == NULL) {
        print_error("line %u: %s\n", err.line, err.text);
    }

    assert_non_null(rules);

    return rules;
}


static mytwip_rules_t *
rules_of(const char *text)
{
    return parsed(text, strlen(text));
}


/* What a request is: "activity", "activity type=id" or "-". */

static const char *
asked(mytwip_rules_t *rules, const char *method, const char *path)
{
    mytwip_rule_match_t  match;

    static char          buf[512];

    if (!mytwip_rules_match(rules, method, strlen(method), path, strlen(path),
                            &match))
    {
        return "-";
    }

    snprintf(buf, sizeof(buf), "%.*s%s%.*s%s%.*s",
             (int) match.activity_len, match.activity,
             match.resource_type ? " " : "",
             (int) match.resource_type_len,
             match.resource_type ? match.resource_type : "",
             match.resource_type ? "=" : "",
             (int) match.resource_id_len,
             match.resource_type ? match.resource_id : "");

    return buf;
}


#define assert_asked(rules, method, path, answer)                             \
    assert_string_equal(asked(rules, method, path), answer)


static void
assert_refused(const char *text, size_t len, unsigned line, const char *error)
{
    char            *p;
    mytwip_error_t   err;

    memset(&err, 0x5a, sizeof(err));

    p = mytwip_test_copy(text, len);
    assert_null(mytwip_rules_parse(p, len, &err));
    mytwip_test_free(p);

    assert_string_equal(err.text, error);
    assert_int_equal(err.line, line);
    assert_int_equal(err.sys, 0);
}


/* n rules of different patterns */

static char *
many(unsigned n, size_t *len)
{
    char      *text, *p;
    unsigned   i;

    text = malloc(n * 32 + 1);
    assert_non_null(text);

    p = text;

    for (i = 0; i < n; i++) {
        p += sprintf(p, "* ^/x%u$ x%u\n", i, i);
    }

    *len = (size_t) (p - text);

    return text;
}


static void
lines_of_any_form_are_taken(void **state)
{
    unsigned            i;
    mytwip_rules_t     *rules;

    static const char  *texts[] = {
        "GET ^/a$ a\nPOST ^/(\\w)$ b t=$1\n",
        "GET ^/a$ a\nPOST ^/(\\w)$ b t=$1",
        "GET ^/a$ a\r\nPOST ^/(\\w)$ b t=$1\r\n",
        "# * . x\n\n \t\n  # * . x\nGET ^/a$ a\nPOST ^/(\\w)$ b t=$1\n",
        "  GET\t^/a$   a \t\n\tPOST  ^/(\\w)$\tb\tt=$1  ",
        "GET ^/a$ a # first\nPOST ^/(\\w)$ b t=$1 #second",
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(texts); i++) {
        rules = rules_of(texts[i]);

        assert_asked(rules, "GET", "/a", "a");
        assert_asked(rules, "POST", "/b", "b t=b");
        assert_asked(rules, "GET", "/b", "-");

        mytwip_rules_free(rules);
    }
}


static void
all_methods_of_nginx_are_known(void **state)
{
    unsigned            i;
    mytwip_rules_t     *rules;

    static const char  *methods[] = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "MKCOL", "COPY", "MOVE",
        "OPTIONS", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", "PATCH",
        "TRACE", "CONNECT"
    };

    (void) state;

    rules = rules_of("GET|HEAD|POST|PUT|DELETE|MKCOL|COPY|MOVE|OPTIONS"
                     "|PROPFIND|PROPPATCH|LOCK|UNLOCK|PATCH|TRACE|CONNECT"
                     " ^/a$ a\n");

    for (i = 0; i < MYTWIP_TEST_N(methods); i++) {
        assert_asked(rules, methods[i], "/a", "a");
    }

    assert_asked(rules, "REPORT", "/a", "-");

    mytwip_rules_free(rules);
}


static void
an_error_names_line_and_reason(void **state)
{
    char                text[128];
    unsigned            i;

    static const struct {
        const char     *text;
        const char     *error;
    } bad[] = {
        { "GTE ^/a a", "unknown method \"GTE\"; methods are written as in"
          " \"GET\", \"GET|POST\" or \"*\"" },
        { "get ^/a a", "unknown method \"get\"; methods are written as in"
          " \"GET\", \"GET|POST\" or \"*\"" },
        { "GET| ^/a a", "unknown method \"\"; methods are written as in"
          " \"GET\", \"GET|POST\" or \"*\"" },
        { "GET|* ^/a a", "unknown method \"*\"; methods are written as in"
          " \"GET\", \"GET|POST\" or \"*\"" },
        { "GET|PUT|GET ^/a a", "method GET is there twice" },
        { "GET", "no pattern after the method" },
        { "GET  \t", "no pattern after the method" },
        { "GET ^/a", "no activity after the pattern" },
        { "GET ^/(a b", "column 9: missing closing parenthesis" },
        { "GET ^/a\\ b", "column 9: \\ at end of pattern" },
        { "GET ^/a** b", "column 9: quantifier does not follow a repeatable"
          " item" },
        { "GET ^/[a b", "column 7: \"[\" is not closed" },
        { "GET ^/[a\\] b", "column 7: \"[\" is not closed" },
        { "GET ^/\\Qa b", "column 7: \"\\Q\" is not allowed in a rule" },
        { "GET ^/a\\E b", "column 8: \"\\E\" is not allowed in a rule" },
        { "GET ^/[b\\Q]\\E] b", "column 7: \"\\Q\" is not allowed in a rule" },
        { "GET (*ACCEPT)a b", "column 5: \"(*\" is not allowed in a rule" },
        { "GET a(?#b)c d", "column 6: a comment is not allowed in a rule" },
        { "GET a(?C1) b", "column 6: a callout is not allowed in a rule" },
        { "GET ^/\\C a", "column 9: using \\C is disabled by the application"
        },
        { "GET ^/a .a", "activity is not a slug of at most 64 letters, digits"
          " and \"._-\"" },
        { "GET ^/a b/c", "activity is not a slug of at most 64 letters,"
          " digits and \"._-\"" },
        { "GET ^/a b c", "unknown form after the activity,"
          " \"resource-type=$capture\" is expected" },
        { "GET ^/(a) b =$1", "resource type is not a slug of at most 64"
          " letters, digits and \"._-\"" },
        { "GET ^/(a) b c=1", "resource is not a capture, \"$name\" or \"$1\""
          " is expected" },
        { "GET ^/(a) b c=", "resource is not a capture, \"$name\" or \"$1\""
          " is expected" },
        { "GET ^/(a) b c=$", "pattern has no capture $" },
        { "GET ^/(a) b c=$0", "pattern has no capture $0" },
        { "GET ^/(a) b c=$2", "pattern has no capture $2" },
        { "GET ^/(a) b c=$4294967297", "pattern has no capture $4294967297" },
        { "GET ^/(a) b c=$1a", "pattern has no capture $1a" },
        { "GET ^/(?<a>a) b c=$A", "pattern has no capture $A" },
        { "GET ^/(?<a>a) b c=$aaaaaaaaaabbbbbbbbbbccccccccccdddd",
          "pattern has no capture $aaaaaaaaaabbbbbbbbbbccccccccccdd" },
        { "GET (?J)(?<a>a)(?<a>b) b c=$a",
          "pattern has more than one capture $a" },
        { "GET ^/(a) b c=$1 d=$1", "more after the resource; in a pattern, a"
          " blank is written \\x20 or [ ]" },
        { "GET ^/z ok", "rule has no effect: line 1 has its pattern and"
          " methods" },
    };

    (void) state;

    for (i = 0; i < MYTWIP_TEST_N(bad); i++) {
        snprintf(text, sizeof(text), "GET|PUT ^/z z\n\n%s\n", bad[i].text);
        assert_refused(text, strlen(text), 3, bad[i].error);
    }

    assert_refused("GET ^/a\0 a\n", 11, 1, "zero byte in the line");
    assert_refused("", 0, 0, "no rule in the file");
    assert_refused("# GET ^/a a\n", 12, 0, "no rule in the file");
}


static void
sizes_are_limited(void **state)
{
    char            *text, line[MYTWIP_RULES_LINE_MAX + 2];
    size_t           len;
    mytwip_rules_t  *rules;

    (void) state;

    memset(line, ' ', sizeof(line));
    memcpy(line, "* ^/a$ a", 8);

    mytwip_rules_free(parsed(line, MYTWIP_RULES_LINE_MAX));
    assert_refused(line, MYTWIP_RULES_LINE_MAX + 1, 1,
                   "line is longer than 1024 bytes");

    text = many(MYTWIP_RULES_MAX + 1, &len);
    assert_refused(text, len, MYTWIP_RULES_MAX + 1, "more than 1024 rules");
    free(text);

    text = many(MYTWIP_RULES_MAX, &len);
    rules = parsed(text, len);
    free(text);

    assert_asked(rules, "GET", "/x0", "x0");
    assert_asked(rules, "GET", "/x1023", "x1023");
    assert_asked(rules, "GET", "/x1024", "-");

    mytwip_rules_free(rules);
}


static void
assert_not_loaded(const char *path, int sys, const char *error)
{
    mytwip_error_t  err;

    memset(&err, 0x5a, sizeof(err));

    assert_null(mytwip_rules_load(path, &err));

    assert_string_equal(err.text, error);
    assert_int_equal(err.line, 0);
    assert_int_equal(err.sys, sys);
}


static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
    int              fd;
    char             path[] = "/tmp/mytwip.rules.XXXXXX", *text;
    mytwip_error_t   err;
    mytwip_rules_t  *rules;

    (void) state;

    fd = mkstemp(path);
    assert_int_not_equal(fd, -1);

    assert_not_loaded(path, 0, "no rule in the file");

    text = malloc(MYTWIP_RULES_FILE_MAX);
    assert_non_null(text);
    memset(text, '\n', MYTWIP_RULES_FILE_MAX);
    memcpy(text, "* a b", 5);

    assert_int_equal(write(fd, text, MYTWIP_RULES_FILE_MAX),
                     MYTWIP_RULES_FILE_MAX);

    rules = mytwip_rules_load(path, &err);
    assert_non_null(rules);
    mytwip_rules_free(rules);

    assert_int_equal(write(fd, text + 5, 1), 1);
    assert_not_loaded(path, 0, "file is larger than 131072 bytes");

    free(text);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);

    assert_not_loaded(path, ENOENT, "file cannot be opened");
    assert_not_loaded("/tmp", 0, "not a regular file");
    assert_not_loaded("/dev/null", 0, "not a regular file");
}


static void
nothing_is_freed_without_harm(void **state)
{
    (void) state;

    mytwip_rules_free(NULL);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(lines_of_any_form_are_taken),
        cmocka_unit_test(all_methods_of_nginx_are_known),
        cmocka_unit_test(an_error_names_line_and_reason),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
        cmocka_unit_test(nothing_is_freed_without_harm),
    };

    return mytwip_test_run(tests);
}
