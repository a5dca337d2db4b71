
/*
 * bench RULES FILE...: what judging a User-Agent costs.  For each FILE, one
 * User-Agent a line, the mean of all lines; then for User-Agents of 32 KiB
 * made to be expensive, each alone.  Microseconds of processor time a call,
 * the least of some rounds: the machine has other things to do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mytwip_agent.h"


#define BENCH_LONG    32768
#define BENCH_ROUNDS  25
#define BENCH_CALLS   5000


static char    *bench_text;
static size_t   bench_n;                    /* User-Agents in it */
static size_t   bench_len[65536];


/* Repeated until 32 KiB are full; each begins what some rule looks for. */

static const char  *bench_hostile[] = {
    "a", "A1", "b", "bo", "bobo", " ", "(", "((", "; ", "@", "@a", "@a.", ".",
    "http", "www", "c", "cr", "cra", "che", "crawspidfetcscancheck",
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


/* Microseconds a call, over all that was read, again and again. */

static double
bench_calls(mytwip_agents_t *agents, size_t calls)
{
    double              t, best;
    size_t              i, k, done;
    unsigned            round;
    const char         *p;
    volatile unsigned   sink;

    best = 0;

    for (round = 0; round < BENCH_ROUNDS; round++) {
        t = bench_time();

        for (done = 0; done < calls; done += bench_n) {
            p = bench_text;

            for (i = 0; i < bench_n; i++) {
                k = bench_len[i];
                sink = mytwip_agent_judge(agents, p, k);
                (void) sink;
                p += k + 1;
            }
        }

        t = (bench_time() - t) / (double) done;

        if (round == 0 || t < best) {
            best = t;
        }
    }

    return best;
}


static int
bench_read(const char *name)
{
    FILE    *f;
    char    *p, *eol;
    size_t   size;

    f = fopen(name, "r");
    if (f == NULL) {
        perror(name);
        return -1;
    }

    size = fread(bench_text, 1, 1 << 23, f);
    (void) fclose(f);

    bench_n = 0;

    for (p = bench_text; p < bench_text + size; p = eol + 1) {
        eol = memchr(p, '\n', (size_t) (bench_text + size - p));
        if (eol == NULL
            || bench_n == sizeof(bench_len) / sizeof(bench_len[0]))
        {
            break;
        }

        bench_len[bench_n++] = (size_t) (eol - p);
    }

    if (bench_n == 0) {
        (void) fprintf(stderr, "%s: no line\n", name);
        return -1;
    }

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

    bench_n = 1;
    bench_len[0] = BENCH_LONG;
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
            t = bench_calls(agents, BENCH_CALLS / 100);

            if (t > worst) {
                worst = t;
                begin = bench_begin[k];
                part = bench_hostile[i];
            }
        }
    }

    (void) printf("%8.3f us  32 KiB, the worst of %zu: \"%s%s%s...\"\n",
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

    bench_text = malloc(1 << 23);
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

        (void) printf("%8.3f us  %s, %zu User-Agents\n",
                      bench_calls(agents, BENCH_CALLS), argv[i], bench_n);
    }

    bench_worst(agents);

    mytwip_agents_free(agents);
    free(bench_text);

    return 0;
}
