
/*
 * classify RULES: reads User-Agents, one a line, and prints the class of each
 * in front of it, with a tab between.  An empty line is a request without
 * User-Agent.
 */

#include <stdio.h>
#include <stdlib.h>

#include "mytwip_agent.h"


int
main(int argc, char **argv)
{
    char             *line;
    size_t            size;
    ssize_t           n;
    mytwip_error_t    err;
    mytwip_agents_t  *agents;

    if (argc != 2) {
        (void) fprintf(stderr, "usage: classify RULES\n");
        return 2;
    }

    agents = mytwip_agents_load(argv[1], &err);
    if (agents == NULL) {
        (void) fprintf(stderr, "%s:%u: %s\n", argv[1], err.line, err.text);
        return 1;
    }

    line = NULL;
    size = 0;

    for ( ;; ) {
        n = getline(&line, &size, stdin);
        if (n == -1) {
            break;
        }

        if (n && line[n - 1] == '\n') {
            line[--n] = '\0';
        }

        (void) printf("%s\t%s\n",
                      mytwip_agent_name(mytwip_agent(agents, line,
                                                     (size_t) n)), line);
    }

    free(line);
    mytwip_agents_free(agents);

    return ferror(stdin) || fflush(stdout) == EOF;
}
