
/*
 * The language of a page.
 */

#include "test.h"

#include "mytwip_language.h"


static void
assert_accepted(const char *accept, const char *expected)
{
    char  *copy;

    copy = mytwip_test_copy(accept, strlen(accept));

    assert_string_equal(mytwip_language_accepted(copy, strlen(accept)),
                        expected);
    mytwip_test_free(copy);
}


static void
the_language_liked_best_is_taken(void **state)
{
    (void) state;

    assert_accepted("de", "de");
    assert_accepted("EN-gb", "en");
    assert_accepted("es, de;q=0.5, en;q=0.7", "en");
    assert_accepted("de;q=0.7,en;q=0.7", "de");
    assert_accepted("en;q=0.8, de;q=0.800, fr;q=0.801", "fr");
    assert_accepted("en;q=0, de;q=0.001", "de");
    assert_accepted("de-DE,de;q=0.9,en;q=0.8", "de");
    assert_accepted("fr;q=0.1 , en ; q=0.2", "en");
}


static void
without_one_it_is_french(void **state)
{
    (void) state;

    assert_accepted("", "fr");
    assert_accepted("*", "fr");
    assert_accepted("es", "fr");
    assert_accepted("en;q=0", "fr");
    assert_accepted("english", "fr");
    assert_accepted(",,;q=1;,", "fr");
    assert_accepted("../../etc/passwd", "fr");
    assert_string_equal(mytwip_language_accepted(NULL, 0), "fr");
}


static void
a_tag_has_its_language_or_none(void **state)
{
    (void) state;

    assert_string_equal(mytwip_language_of("de-AT", 5), "de");
    assert_string_equal(mytwip_language_of("en", 2), "en");
    assert_string_equal(mytwip_language_of("fr_FR", 5), "fr");
    assert_null(mytwip_language_of("", 0));
    assert_null(mytwip_language_of("d", 1));
    assert_null(mytwip_language_of("den", 3));
    assert_null(mytwip_language_of("it", 2));
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_language_liked_best_is_taken),
        cmocka_unit_test(without_one_it_is_french),
        cmocka_unit_test(a_tag_has_its_language_or_none)
    };

    return mytwip_test_run(tests);
}
