
/*
 * Runs tests in a process in which nobody gets memory that is executable, as
 * on a hardened machine: PCRE2 then has no JIT.
 */

#ifndef _MYTWIP_TEST_MACHINE_CODE_H_INCLUDED_
#define _MYTWIP_TEST_MACHINE_CODE_H_INCLUDED_


#include "test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>


#define SKIPPED  77

/* in a process of its own, before there is another cmocka */
#define run_without_machine_code(tests)                                       \
    do {                                                                      \
        if (begin_without_machine_code()) {                                   \
            exit(mytwip_test_run(tests) ? 1 : 0);                             \
        }                                                                     \
    } while (0)


/* what came of the tests without machine code */

static struct {
    int    status;
    FILE  *said;
} without;


/* From here on, nobody in this process gets memory that is executable. */

static inline int
forbid_machine_code(void)
{
    struct sock_fprog          prog;

    static struct sock_filter  filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };

    prog.len = MYTWIP_TEST_N(filter);
    prog.filter = filter;

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}


/* Returns 1 in the child, which is to run the tests; the parent waits. */

static inline int
begin_without_machine_code(void)
{
    pid_t  pid;

    without.said = tmpfile();
    if (without.said == NULL) {
        return 0;
    }

    pid = fork();

    if (pid == 0) {
        if (dup2(fileno(without.said), STDOUT_FILENO) == -1) {
            _exit(1);
        }

        if (!forbid_machine_code()) {
            _exit(SKIPPED);
        }

        return 1;
    }

    if (pid == -1 || waitpid(pid, &without.status, 0) != pid) {
        without.status = -1;
    }

    return 0;
}


static inline void
without_executable_memory_all_is_judged_the_same(void **state)
{
    char  line[1024];

    (void) state;

    if (WIFEXITED(without.status) && WEXITSTATUS(without.status) == SKIPPED) {
        print_message("# no seccomp here to forbid machine code with\n");
        skip();
    }

    assert_non_null(without.said);

    if (without.status != 0) {
        rewind(without.said);

        while (fgets(line, sizeof(line), without.said)) {
            print_message("#     %s", line);
        }
    }

    (void) fclose(without.said);

    assert_int_equal(without.status, 0);
}


#endif /* _MYTWIP_TEST_MACHINE_CODE_H_INCLUDED_ */
