/*
 * What an agent's policy answers to a call: which of its rules applies. Policies that are wrong, and the effects of
 * answers, are in integration/agent.bats.
 */
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/agent.h"

static struct agent_policy
load (const char *text)
{
  struct agent_policy policy = { 0 };
  struct error error = { 0 };
  char path[] = "/tmp/husk-test-policy.XXXXXX";
  int fd = mkstemp (path);
  assert_true (fd >= 0 && write (fd, text, strlen (text)) == (ssize_t)strlen (text));
  (void)close (fd);
  int result = agent_policy_load (path, &test_arena, &policy, &error);
  (void)unlink (path);
  if (result < 0)
    fail_msg ("%s %s", error.place, error.text);
  return policy;
}

static int
answer (const struct agent_policy *policy, uint32_t audit, const char *name, uint64_t argument, const char *path)
{
  static struct caller_paths paths;
  const struct seccomp_data data = { .arch = audit, .args = { argument } };
  paths = (struct caller_paths){ .count = path != NULL };
  (void)snprintf (paths.items[0].text, PATH_MAX, "%s", path ? path : "");
  struct agent_decision decision = agent_policy_decide (policy, &data, name, &paths);
  return decision.kind == AGENT_ERRNO ? decision.code : decision.kind == AGENT_CONTINUE ? 0 : -1;
}

/* A 32-bit caller's arguments are compared as 32-bit filters compare: by the lower half of the rule's value. */
static void
conditions (void **state)
{
  static const struct
  {
    const char *op;
    uint64_t argument;
    int wide, narrow;
  } cases[] = { { "EQ", 5, 0, EIO },
                { "EQ", 0x100000005, EIO, EIO },
                { "NE", 5, EIO, 0 },
                { "LT", 4, EIO, EIO },
                { "LT", 5, EIO, 0 },
                { "LE", 0x100000005, EIO, EIO },
                { "GT", 6, 0, EIO },
                { "GT", 0x100000006, EIO, EIO },
                { "GE", 0x100000005, EIO, EIO },
                { "GE", 0x100000004, 0, 0 },
                { "NE", 0x100000006, EIO, EIO },
                { "LE", 0x100000006, 0, 0 } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      struct agent_policy policy = load (arena_format (
          &test_arena,
          "{\"rules\":[{\"names\":[\"personality\"],\"answer\":\"errno\",\"errno\":\"EIO\",\"args\":[{\"index\":0,"
          "\"value\":4294967301,\"op\":\"SCMP_CMP_%s\"}]}]}",
          cases[i].op));
      int wide = answer (&policy, AUDIT_ARCH_X86_64, "personality", cases[i].argument, NULL);
      int narrow = answer (&policy, AUDIT_ARCH_I386, "personality", cases[i].argument & UINT32_MAX, NULL);
      if (wide != cases[i].wide || narrow != cases[i].narrow)
        fail_msg ("%s %#llx: %d and %d", cases[i].op, (unsigned long long)cases[i].argument, wide, narrow);
    }
  (void)state;
}

static void
patterns (void **state)
{
  static const struct
  {
    const char *pattern, *path;
    int matches;
  } cases[] = { { "/a/b", "/a/b", 1 },   { "/a/b", "/a/bc", 0 }, { "/a/b", "/a", 0 },    { "/a/*", "/a/b", 1 },
                { "/a/*", "/a/b/c", 0 }, { "/a/*", "/a", 0 },    { "/a/*", "/ab/c", 0 }, { "/a/**", "/a/b/c", 1 },
                { "/a/**", "/a", 0 },    { "/a/**", "/a/b", 1 }, { "/*", "/a", 1 },      { "/*", "/a/b", 0 },
                { "/**", "/a/b", 1 },    { "/**", "/", 0 },      { "/", "/", 1 } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      struct agent_policy policy = load (arena_format (
          &test_arena,
          "{\"defaultAnswer\":\"errno\",\"rules\":[{\"names\":[\"mkdir\"],\"answer\":\"errno\",\"errno\":\"EIO\","
          "\"paths\":[\"%s\"]}]}",
          cases[i].pattern));
      int got = answer (&policy, AUDIT_ARCH_X86_64, "mkdir", 0, cases[i].path);
      if (got != (cases[i].matches ? EIO : ENOSYS))
        fail_msg ("%s and %s: %d", cases[i].pattern, cases[i].path, got);
    }
  (void)state;
}

/* The first rule decides; a rule without an errno takes the policy's; a call without a name gets the default. */
static void
order (void **state)
{
  struct agent_policy policy
      = load ("{\"defaultErrnoRet\":9,\"rules\":[{\"names\":[\"mkdir\"],\"answer\":\"errno\",\"paths\":[\"/a\"]},"
              "{\"names\":[\"mkdir\",\"rmdir\"],\"answer\":\"errno\",\"errnoRet\":30},"
              "{\"names\":[\"rmdir\"],\"answer\":\"kill\"}]}");
  assert_int_equal (answer (&policy, AUDIT_ARCH_X86_64, "mkdir", 0, "/a"), 9);
  assert_int_equal (answer (&policy, AUDIT_ARCH_X86_64, "mkdir", 0, "/b"), EROFS);
  assert_int_equal (answer (&policy, AUDIT_ARCH_X86_64, "rmdir", 0, "/a"), EROFS);
  assert_int_equal (answer (&policy, AUDIT_ARCH_X86_64, "getpid", 0, NULL), 0);
  assert_int_equal (answer (&policy, AUDIT_ARCH_X86_64, NULL, 0, NULL), 0);
  (void)state;
}

/* One of two paths matches, or one of them could not be read. */
static void
two_paths (void **state)
{
  static struct caller_paths paths;
  const struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64 };
  struct agent_policy policy
      = load ("{\"rules\":[{\"names\":[\"rename\"],\"answer\":\"errno\",\"errno\":\"EPERM\",\"paths\":[\"/a\"]}]}");
  paths.count = 2;
  (void)strcpy (paths.items[0].text, "/b");
  (void)strcpy (paths.items[1].text, "/a");
  assert_int_equal (agent_policy_decide (&policy, &data, "rename", &paths).code, EPERM);
  paths.items[1].code = EFAULT;
  struct agent_decision decision = agent_policy_decide (&policy, &data, "rename", &paths);
  assert_true (decision.kind == AGENT_ERRNO && decision.code == EFAULT);
  (void)strcpy (paths.items[0].text, "/a");
  assert_int_equal (agent_policy_decide (&policy, &data, "rename", &paths).code, EPERM);
  (void)state;
}

/* CL-22: husk lets the process run when the whole state has been read. Its root directory has to be kept before. */
static void
root_first (void **state)
{
  int ends[2], unread = 0, got = 0;
  struct place own;
  struct client client = { .listener = open ("/dev/null", O_RDONLY | O_CLOEXEC), .agent = -1, .root = -1 };
  const char *text = arena_format (&test_arena, "{\"pid\":%d,\"state\":{\"id\":\"c\"}}\n", (int)getpid ());
  assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  client.connection = ends[0];
  assert_int_equal (write (ends[1], text, strlen (text)), strlen (text));
  for (; got == 0; got = client_receive (&client, true))
    {
      assert_int_equal (ioctl (ends[1], SIOCOUTQ, &unread), 0);
      assert_true (unread > 0);
    }
  assert_int_equal (got, 1);
  assert_true (client.root >= 0 && place_read (getpid (), &own));
  assert_memory_equal (&own, &client.place, sizeof own);
  (void)close (ends[1]);
  client_drop (&client);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (conditions), cmocka_unit_test (patterns), cmocka_unit_test (order),
          cmocka_unit_test (two_paths), cmocka_unit_test (root_first) };
  return cmocka_run_group_tests_name ("agent", tests, setup_arena, NULL);
}
