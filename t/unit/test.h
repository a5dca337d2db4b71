
/*
 * What every unit test begins with.  cmocka wants these headers before its
 * own.
 */

#ifndef _MYTWIP_TEST_H_INCLUDED_
#define _MYTWIP_TEST_H_INCLUDED_


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>


#define MYTWIP_TEST_N(array)  (sizeof(array) / sizeof((array)[0]))


/*
 * A copy that ends where its memory ends: the address sanitizer sees whoever
 * reads on.  The byte before it is there so that the copy may be empty.
 */

static inline void *
mytwip_test_copy(const void *data, size_t len)
{
    char  *p;

    p = malloc(1 + len);
    assert_non_null(p);

    if (len) {
        memcpy(p + 1, data, len);
    }

    return p + 1;
}


static inline void
mytwip_test_free(void *copy)
{
    free((char *) copy - 1);
}


/* Run the tests, setup before all and teardown after; print TAP for prove. */

#define mytwip_test_run_with(tests, setup, teardown)                          \
    (cmocka_set_message_output(CM_OUTPUT_TAP),                                \
     cmocka_run_group_tests(tests, setup, teardown))

#define mytwip_test_run(tests)  mytwip_test_run_with(tests, NULL, NULL)


#endif /* _MYTWIP_TEST_H_INCLUDED_ */
