
/*
 * bench RULES [FILE...]: what the class of a request costs, as the module asks
 * for it: each header may say that it is made ahead of need, then the rules.
 * For the User-Agents of all FILEs, one a line: the mean of those that were
 * not seen before, and are remembered; the mean when they were; the dearest.
 * Without FILE, User-Agents of 32 KiB that are made to be expensive, each
 * alone: the dearest.  Microseconds of processor time, the median of rounds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mytwip_agent.h"


#define BENCH_LONG    32768
#define BENCH_ROUNDS  25
#define BENCH_CALLS   5000                  /* at least, of a round */
#define BENCH_FEW     100
#define BENCH_AGAIN   5
#define BENCH_TEXT    (1 << 23)


typedef unsigned (*bench_call_pt)(mytwip_agents_t *agents, const void *ua,
    size_t len);


static char    *bench_text;
static size_t   bench_n;                    /* User-Agents in it */
static size_t   bench_size;                 /* of it */
static size_t   bench_len[65536];


/*
 * Repeated until 32 KiB are full; each begins what some rule looks for.  A
 * search at random, for minutes, found nothing that was dearer.
 */

static const char  *bench_hostile[] = {
    "a", "A1", "b", "bo", "bobo", " ", "(", "((", "; ", "@", "@a", "@a.", ".",
    ".co", "http", "w", "www", "p", "pr", "fa", "acathcp", "c", "cr",
    "cra", "che", "crawspidfetcscancheck",
    "compatible; ", "compatible; MSIE 9.0; ", "KHTML, like Gecko",
    "Mozilla/5.0 ", "Mozilla/5.0 (", "Safari/1 ", "Chrome/1.1.1 ",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 ",
    "abcdefghijklmnopqrstuvwxyz", "the quick brown fox jumps over it ",
    "prev mon scr arch valid thum head phant syn onit eck "
};

/* each followed by one of those above */

static const char  *bench_begin[] = {
    "", "Mozilla/5.0 (", "Mozilla/5.0 (Linux; Android 10; ",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
};


static double
bench_time(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e6 + (double) ts.tv_nsec / 1e3;
}


static int
bench_compare(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return (a > b) - (a < b);
}


/*
 * Microseconds a call, over these n User-Agents, one after the other; with
 * forget, of which none has been seen before.  To forget takes no part of it.
 */

static double
bench_calls(mytwip_agents_t *agents, bench_call_pt call, const char *text,
    const size_t *len, size_t n, size_t calls, int forget)
{
    double              t, forgotten, rounds[BENCH_ROUNDS];
    size_t              i, done;
    unsigned            round;
    const char         *p;
    volatile unsigned   sink;

    for (round = 0; round < BENCH_ROUNDS; round++) {
        t = bench_time();
        done = 0;

        do {
            if (forget) {
                forgotten = bench_time();
                mytwip_agents_forget(agents);
                t += bench_time() - forgotten;
            }

            p = text;

            for (i = 0; i < n; i++) {
                sink = call(agents, p, len[i]);
                (void) sink;
                p += len[i] + 1;
            }

            done += n;

        } while (done < calls);

        rounds[round] = (bench_time() - t) / (double) done;
    }

    qsort(rounds, BENCH_ROUNDS, sizeof(double), bench_compare);

    return rounds[BENCH_ROUNDS / 2];
}


/* As ngx_mytwip_agent() does it. */

static unsigned
bench_class(mytwip_agents_t *agents, const void *ua, size_t len)
{
    size_t  i;

    static const struct {
        const char  *name;
        const char  *value;
    } headers[] = {
        { "host", "news.example.org" },
        { "connection", "keep-alive" },
        { "sec-ch-ua-platform", "\"Windows\"" },
        { "accept", "image/avif,image/webp,image/png,image/svg+xml,*/*" },
        { "sec-fetch-site", "cross-site" },
        { "sec-fetch-mode", "no-cors" },
        { "sec-fetch-dest", "image" },
        { "referer", "https://mail.example.com/" },
        { "accept-encoding", "gzip, deflate, br, zstd" },
        { "accept-language", "fr-FR,fr;q=0.9,en;q=0.8" }
    };

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (mytwip_agent_prefetch(headers[i].name, strlen(headers[i].name),
                                  headers[i].value, strlen(headers[i].value)))
        {
            return MYTWIP_AGENT_PREFETCH;
        }
    }

    if (mytwip_agent_prefetch("user-agent", sizeof("user-agent") - 1, ua, len))
    {
        return MYTWIP_AGENT_PREFETCH;
    }

    return mytwip_agent(agents, ua, len);
}


/* A User-Agent by itself, each time as if not seen before. */

static unsigned
bench_judge(mytwip_agents_t *agents, const void *ua, size_t len)
{
    (void) bench_class(NULL, ua, len);

    return mytwip_agent_judge(agents, ua, len);
}


/*
 * The same of one User-Agent, if it is dearer than what is known: the least of
 * some more, as in so many somebody else will have had the processor in one.
 */

static double
bench_one(mytwip_agents_t *agents, bench_call_pt call, const char *text,
    size_t len, double known)
{
    double    t, again;
    unsigned  i;

    t = bench_calls(agents, call, text, &len, 1, BENCH_FEW, 0);

    for (i = 0; i < BENCH_AGAIN && t > known; i++) {
        again = bench_calls(agents, call, text, &len, 1, BENCH_FEW, 0);

        if (again < t) {
            t = again;
        }
    }

    return t;
}


static void
bench_all(mytwip_agents_t *agents)
{
    double       t, worst;
    size_t       i, dearest;
    const char  *p, *at;

    (void) printf("mean     %8.3f us  of %zu User-Agents, not seen before\n",
                  bench_calls(agents, bench_class, bench_text, bench_len,
                              bench_n, BENCH_CALLS, 1), bench_n);

    (void) printf("known    %8.3f us  the same, seen before, as far as there"
                  " is room\n",
                  bench_calls(agents, bench_class, bench_text, bench_len,
                              bench_n, BENCH_CALLS, 0));

    worst = 0;
    dearest = 0;
    at = p = bench_text;

    for (i = 0; i < bench_n; i++) {
        t = bench_one(agents, bench_judge, p, bench_len[i], worst);

        if (t > worst) {
            worst = t;
            dearest = i;
            at = p;
        }

        p += bench_len[i] + 1;
    }

    (void) printf("worst    %8.3f us  \"%.*s\"\n", worst,
                  (int) bench_len[dearest], at);
}


static int
bench_read(const char *name)
{
    FILE    *f;
    char    *p, *eol, *end;
    size_t   size;

    f = fopen(name, "r");
    if (f == NULL) {
        perror(name);
        return -1;
    }

    p = bench_text + bench_size;
    size = fread(p, 1, BENCH_TEXT - bench_size, f);
    (void) fclose(f);

    for (end = p + size; p < end; p = eol + 1) {
        eol = memchr(p, '\n', (size_t) (end - p));
        if (eol == NULL
            || bench_n == sizeof(bench_len) / sizeof(bench_len[0]))
        {
            break;
        }

        bench_len[bench_n++] = (size_t) (eol - p);
    }

    bench_size = (size_t) (p - bench_text);

    return 0;
}


static void
bench_fill(const char *begin, const char *part)
{
    size_t  i, n;

    n = strlen(begin);
    memcpy(bench_text, begin, n);

    for (i = n; i < BENCH_LONG; i++) {
        bench_text[i] = part[(i - n) % strlen(part)];
    }
}


static void
bench_worst(mytwip_agents_t *agents)
{
    double       t, worst;
    size_t       i, k;
    const char  *begin, *part;

    worst = 0;
    begin = part = "";

    for (k = 0; k < sizeof(bench_begin) / sizeof(bench_begin[0]); k++) {
        for (i = 0; i < sizeof(bench_hostile) / sizeof(bench_hostile[0]); i++)
        {
            bench_fill(bench_begin[k], bench_hostile[i]);
            t = bench_one(agents, bench_class, bench_text, BENCH_LONG, worst);

            if (t > worst) {
                worst = t;
                begin = bench_begin[k];
                part = bench_hostile[i];
            }
        }
    }

    (void) printf("hostile  %8.3f us  32 KiB, the dearest of %zu:"
                  " \"%s%s%s...\"\n",
                  worst, i * k, begin, part, part);
}


int
main(int argc, char **argv)
{
    int               i;
    mytwip_error_t    err;
    mytwip_agents_t  *agents;

    if (argc < 2) {
        (void) fprintf(stderr, "usage: bench RULES [FILE...]\n");
        return 2;
    }

    bench_text = malloc(BENCH_TEXT);
    if (bench_text == NULL) {
        perror("malloc");
        return 1;
    }

    agents = mytwip_agents_load(argv[1], &err);
    if (agents == NULL) {
        (void) fprintf(stderr, "%s:%u: %s\n", argv[1], err.line, err.text);
        return 1;
    }

    (void) printf("JIT %s\n", mytwip_agents_jit(agents) ? "on" : "off");

    for (i = 2; i < argc; i++) {
        if (bench_read(argv[i]) == -1) {
            return 1;
        }
    }

    if (bench_n) {
        bench_all(agents);

    } else {
        bench_worst(agents);
    }

    mytwip_agents_free(agents);
    free(bench_text);

    return 0;
}
