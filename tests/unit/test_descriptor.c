/* What the caller left open is marked, without close_range(2) too, though another thread closes its own meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/descriptor.h"

#define ROUNDS 3000
#define FIRST 3

static atomic_bool done;

static void *
open_and_close (void *data)
{
  (void)data;
  while (!done)
    (void)close (open ("/dev/null", O_RDONLY | O_CLOEXEC));
  return NULL;
}

static bool
refuse_close_range (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  bool refused = filter && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EINVAL), SCMP_SYS (close_range), 0) == 0
                 && seccomp_load (filter) == 0;
  seccomp_release (filter);
  return refused;
}

static int
mark_beside_a_thread (void)
{
  int open_one = open ("/dev/null", O_RDONLY);
  pthread_t thread;
  if (open_one < FIRST || !refuse_close_range () || pthread_create (&thread, NULL, open_and_close, NULL) != 0)
    return 2;
  int result = 0;
  for (int round = 0; round < ROUNDS && result == 0; round++)
    {
      result = fcntl (open_one, F_SETFD, 0) < 0 || descriptor_cloexec_from (FIRST) < 0;
      result = result || fcntl (open_one, F_GETFD) != FD_CLOEXEC;
    }
  done = true;
  (void)pthread_join (thread, NULL);
  return result;
}

static void
test_marked_beside_a_thread (void **state)
{
  (void)state;
  int status = -1;
  pid_t child = fork ();
  if (child == 0)
    _exit (mark_beside_a_thread ());
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_marked_beside_a_thread) };
  return cmocka_run_group_tests_name ("descriptor", tests, NULL, NULL);
}
