
/*
 * steps COMMAND...: counts the instructions that a program executes outside of
 * the kernel after it has raised SIGSTOP, by having it trap after each; prints
 * their number.  A step takes as long as some system calls.  It is for
 * what valgrind's processor does not have, the instructions for SHA, where the
 * processor itself counts for nobody (perf stat says "not supported", as in
 * most virtual machines).
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>


int
main(int argc, char *argv[])
{
    int                 sig, status, stepping;
    pid_t               pid;
    unsigned long long  n;

    if (argc < 2) {
        (void) fprintf(stderr, "usage: steps COMMAND...\n");
        return 2;
    }

    pid = fork();

    if (pid == 0) {
        (void) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void) execvp(argv[1], argv + 1);
        (void) fprintf(stderr, "steps: %s: %s\n", argv[1], strerror(errno));
        _exit(127);
    }

    if (pid == -1) {
        (void) fprintf(stderr, "steps: fork: %s\n", strerror(errno));
        return 1;
    }

    n = 0;
    stepping = 0;

    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        sig = WSTOPSIG(status);

        if (sig == SIGTRAP) {
            sig = 0;
            n += stepping;

        } else if (sig == SIGSTOP) {
            sig = 0;
            stepping = 1;
        }

        if (ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL, sig)
            == -1)
        {
            (void) fprintf(stderr, "steps: ptrace: %s\n", strerror(errno));
            return 1;
        }
    }

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void) fprintf(stderr, "steps: %s failed\n", argv[1]);
        return 1;
    }

    (void) printf("%llu\n", n);

    return 0;
}
