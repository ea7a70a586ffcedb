/*
 * channel.h's contract as the parent enforces it: husk-init makes the requests of its plan, in that order, once each.
 * The other end of the socket is this test's, and may send anything.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "husk/launch.h"

#define ASKS 4
#define SEQUENCES 256 /* of four asks, each any of the four */

static const uint32_t order[ASKS] = { ASK_NET_DEVICES, ASK_RUNTIME_HOOKS, ASK_CREATED, ASK_LISTENER };
static struct plan_filter filter = { .notify = true };
static struct step steps[] = {
  { .kind = STEP_JOIN_CGROUP },   { .kind = STEP_SESSION }, { .kind = STEP_NET_DEVICES },
  { .kind = STEP_RUNTIME_HOOKS }, { .kind = STEP_CREATED }, { .kind = STEP_SECCOMP, .filter = &filter },
  { .kind = STEP_EXEC },
};
static struct plan plan;
static struct page page;
static const struct cgroup none;

static int
begin (struct launch *launch)
{
  int pair[2];
  plan = (struct plan){ .listen = -1, .steps = steps, .step_count = sizeof steps / sizeof *steps };
  page = (struct page){ .magic = PAGE_MAGIC, .size = sizeof page };
  assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  *launch = (struct launch){ .plan = &plan, .page = &page, .cgroup = &none, .pidfd = -1, .control = pair[0] };
  return pair[1];
}

static void
say (int socket, uint32_t ask)
{
  const struct ask_message message = { ask };
  assert_int_equal (send (socket, &message, sizeof message, MSG_NOSIGNAL), sizeof message);
}

static void
end (struct launch *launch, int theirs)
{
  (void)close (launch->control);
  (void)close (theirs);
}

/* How many are taken before the first that is refused. */
static int
count_taken (const uint32_t *asks, int count, struct error *error)
{
  struct launch launch;
  int theirs = begin (&launch), taken = 0;
  uint32_t ask = 0;
  for (int i = 0; i < count; i++)
    say (theirs, asks[i]);
  assert_int_equal (shutdown (theirs, SHUT_WR), 0);
  *error = (struct error){ 0 };
  while (launch_next_ask (&launch, &ask, error) == 0 && ask)
    taken++;
  end (&launch, theirs);
  return taken;
}

static void
test_all_orders (void **state)
{
  (void)state;
  for (int number = 0; number < SEQUENCES; number++)
    {
      uint32_t asks[ASKS];
      int rest = number, right = 0;
      struct error error;
      for (int i = 0; i < ASKS; i++, rest /= ASKS)
        asks[i] = order[rest % ASKS];
      while (right < ASKS && asks[right] == order[right])
        right++;
      assert_int_equal (count_taken (asks, ASKS, &error), right);
      assert_true (error.set); /* that all are asked for is followed by an end without execve */
      if (right < ASKS)
        assert_non_null (strstr (error.text, "husk-init requested"));
    }
}

static void
test_unknown (void **state)
{
  static const uint32_t unknown[]
      = { 0, ASK_FORKED, ASK_STARTING, ASK_PLACES, ASK_LIMITED, ASK_LIMITED + 1, 1u << 31, UINT32_MAX };
  (void)state;
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
    for (int place = 0; place <= ASKS; place++)
      {
        uint32_t asks[ASKS + 1];
        struct error error;
        memcpy (asks, order, sizeof order);
        asks[place] = unknown[i];
        assert_int_equal (count_taken (asks, place + 1, &error), place);
        assert_non_null (strstr (error.text, "husk-init requested"));
      }
}

static void
test_twice (void **state)
{
  (void)state;
  for (int place = 0; place < ASKS; place++)
    {
      uint32_t asks[ASKS + 1];
      struct error error;
      memcpy (asks, order, sizeof order);
      asks[place + 1] = asks[place];
      assert_int_equal (count_taken (asks, place + 2, &error), place + 1);
      assert_non_null (strstr (error.text, "husk-init requested"));
    }
}

static void
test_other_lengths (void **state)
{
  static const uint32_t words[4] = { ASK_NET_DEVICES };
  (void)state;
  for (size_t size = 1; size <= sizeof words; size++)
    {
      struct launch launch;
      struct error error = { 0 };
      uint32_t ask;
      int theirs = begin (&launch);
      if (size != sizeof (struct ask_message))
        {
          assert_int_equal (send (theirs, words, size, MSG_NOSIGNAL), size);
          assert_int_equal (launch_next_ask (&launch, &ask, &error), -1);
          assert_string_equal (error.text, "protocol error: invalid message from husk-init");
        }
      end (&launch, theirs);
    }
}

/* The listener of a created container is for start. */
static void
test_listener_is_for_start (void **state)
{
  struct launch launch;
  struct error error = { 0 };
  uint32_t ask;
  int theirs = begin (&launch);
  (void)state;
  plan.listen = 3;
  for (int i = 0; i < ASKS; i++)
    say (theirs, order[i]);
  for (int i = 0; i < ASKS - 1; i++)
    {
      assert_int_equal (launch_next_ask (&launch, &ask, &error), 0);
      assert_int_equal (ask, order[i]);
    }
  assert_int_equal (launch_next_ask (&launch, &ask, &error), -1);
  assert_string_equal (error.text, "protocol error: husk-init requested LISTENER (7) instead of nothing");
  end (&launch, theirs);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_all_orders), cmocka_unit_test (test_unknown), cmocka_unit_test (test_twice),
          cmocka_unit_test (test_other_lengths), cmocka_unit_test (test_listener_is_for_start) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
