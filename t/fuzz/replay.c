
/*
 * Feeds every input of the corpus to its target: "make test" sees that what a
 * fuzzer once found stays found.  A target is a directory of the corpus; a
 * broken promise, or a finding of the sanitizers, ends the process and fails
 * the test of its target, whose input has been named before.
 */

#include "fuzz.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


typedef int (*target_pt)(const uint8_t *data, size_t size);


/* seen by both processes */

typedef struct {
    int     n;
    char    path[1024];                 /* of the input under way */
} fed_t;


static fed_t  *fed;


#define TARGET(name)  int fuzz_##name(const uint8_t *data, size_t size);
MYTWIP_FUZZ_TARGETS
#undef TARGET


static const struct {
    const char   *name;
    target_pt     run;
} targets[] = {
#define TARGET(name)  { #name, fuzz_##name },
    MYTWIP_FUZZ_TARGETS
#undef TARGET
};


/* Each input, and each of its beginnings if it is short: those are cut off. */

static int
feed(target_pt run, const char *path)
{
    FILE     *f;
    size_t    len, n;
    uint8_t  *data;

    f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return -1;
    }

    data = malloc(1 << 20);
    must(data != NULL);

    len = fread(data, 1, 1 << 20, f);
    (void) fclose(f);

    for (n = len <= 64 ? 0 : len; n <= len; n++) {
        (void) run(data, n);
    }

    free(data);

    return 0;
}


/* Feeds all inputs of a target; ends the process. */

static void
feed_all(target_pt run, const char *name)
{
    DIR            *d;
    char            path[512];
    struct dirent  *de;

    /* of all inputs together */
    (void) alarm(60);

    (void) snprintf(path, sizeof(path), MYTWIP_FUZZ_CORPUS "/%s", name);

    d = opendir(path);
    if (d == NULL) {
        perror(path);
        exit(1);
    }

    while ((de = readdir(d)) != NULL) {

        if (de->d_name[0] == '.') {
            continue;
        }

        (void) snprintf(fed->path, sizeof(fed->path), "%s/%s", path,
                        de->d_name);

        if (feed(run, fed->path) != 0) {
            exit(1);
        }

        fed->n++;
    }

    (void) closedir(d);

    exit(0);
}


/* In a process of its own; returns how many inputs there were, or -1. */

static int
replay(target_pt run, const char *name)
{
    int    status;
    pid_t  pid;

    fed->n = 0;
    fed->path[0] = '\0';

    (void) fflush(stdout);

    pid = fork();
    must(pid != -1);

    if (pid == 0) {
        feed_all(run, name);
    }

    if (waitpid(pid, &status, 0) != pid || status != 0) {
        printf("# status %#x, at or after \"%s\"\n", (unsigned) status,
               fed->path);
        return -1;
    }

    return fed->n;
}


int
main(void)
{
    int     n, failed;
    size_t  i, count;

    fed = mmap(NULL, sizeof(fed_t), PROT_READ|PROT_WRITE,
               MAP_SHARED|MAP_ANONYMOUS, -1, 0);
    must(fed != MAP_FAILED);

    failed = 0;
    count = sizeof(targets) / sizeof(targets[0]);

    printf("1..%zu\n", count);

    for (i = 0; i < count; i++) {
        n = replay(targets[i].run, targets[i].name);

        printf("%sok %zu - %s keeps its promises for all inputs of its"
               " corpus\n", n > 0 ? "" : "not ", i + 1, targets[i].name);

        failed += n <= 0;
    }

    return failed != 0;
}
