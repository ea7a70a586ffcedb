/* husk's own strerror, which a husk with musl has, says what glibc's says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define strerror own_strerror
char *own_strerror (int code);
#include "../../src/libc/strerror.c"
#undef strerror
char *strerror (int code);

static void
says_what_glibc_says (void **state)
{
#ifdef __GLIBC__
  for (int code = -1; code < 200; code++)
    {
      char expected[64];
      (void)snprintf (expected, sizeof expected, "%s", strerror (code));
      assert_string_equal (own_strerror (code), expected);
    }
#else
  skip ();
#endif
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (says_what_glibc_says) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
