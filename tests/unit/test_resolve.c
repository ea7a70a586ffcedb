/*
 * Profiles in other formats: what is read of a kernel's version, of an errno and of arguments; places of values that
 * are from another file; and that a profile written as JSON is the same when it is read again.
 */
#include "document.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include "husk/calls.h"
#include "husk/profile.h"
#include "husk/text.h"

static const char *source; /* the project's tree */

static void
test_kernels (void **state)
{
  static const struct
  {
    const char *text;
    bool whole;
    uint32_t version; /* 0: it is none */
  } table[] = {
    { "4.8", true, LINUX (4, 8) },
    { "4.8", false, LINUX (4, 8) },
    { "6.18.44-fc", false, LINUX (6, 18) },
    { "6.1-rc5", false, LINUX (6, 1) },
    { "4.8.1", true, 0 },
    { "4", true, 0 },
    { "4", false, 0 },
    { "4.", true, 0 },
    { ".8", true, 0 },
    { "-4.8", true, 0 },
    { "4.-8", true, 0 },
    { " 4.8", true, 0 },
    { "4.8 ", true, 0 },
    { "256.1", true, 0 },
    { "4.256", true, 0 },
    { "0.0", true, 0 },
    { "", false, 0 },
    { "4,8", false, 0 },
    { "255.255", true, LINUX (255, 255) },
    { "99999999999999999999.1", false, 0 },
  };
  (void)state;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    {
      uint32_t version = 0;
      int result = profile_kernel_read (table[i].text, table[i].whole, &version);
      assert_int_equal (result, table[i].version ? 0 : -1);
      if (result == 0)
        assert_int_equal (version, table[i].version);
    }
}

static void
test_errnos (void **state)
{
  (void)state;
  assert_int_equal (errno_of_name ("EPERM"), EPERM);
  assert_int_equal (errno_of_name ("ENOSYS"), ENOSYS);
  assert_int_equal (errno_of_name ("EWOULDBLOCK"), EAGAIN);
  assert_int_equal (errno_of_name ("EOPNOTSUPP"), EOPNOTSUPP);
  assert_int_equal (errno_of_name ("EHWPOISON"), EHWPOISON);
  assert_int_equal (errno_of_name ("ENOTHING"), -1);
  assert_int_equal (errno_of_name ("eperm"), -1);
  assert_int_equal (errno_of_name (""), -1);
  assert_string_equal (json_nearest_errno ("EHWPOSION"), "EHWPOISON"); /* the last name */
  assert_null (json_nearest_errno ("SCMP_ACT_ALLOW"));
  for (int number = 1; number <= EHWPOISON; number++)
    if (number != 41 && number != 58) /* which Linux does not use */
      assert_int_equal (errno_of_name (strerrorname_np (number)), number);
}

static void
test_arguments (void **state)
{
  static const struct
  {
    const char *text, *arch;
    int result;
    uint64_t value;
  } table[] = {
    { "0", NULL, 0, 0 },
    { "-1", NULL, 0, UINT64_MAX },
    { "0x10", NULL, 0, 16 },
    { "010", NULL, 0, 8 },
    { "AF_INET6", NULL, 0, AF_INET6 },
    { "AF_INET6", "mips", 0, AF_INET6 },
    { "AT_FDCWD", NULL, 0, (uint64_t)-100 },
    { "CLONE_NEWUSER|CLONE_NEWNS|1", NULL, 0, 0x10020001 },
    { "TIOCSTI", NULL, 0, TIOCSTI },
    { "TIOCSTI", "sparc", -1, 0 },
    { "TIOCSTI", "mips", -1, 0 },
    { "SOCK_STREAM|SOCK_CLOEXEC", NULL, 0, SOCK_STREAM | SOCK_CLOEXEC },
    { "", NULL, -1, 0 },
    { "|", NULL, -1, 0 },
    { "1|", NULL, -1, 0 },
    { "AF_", NULL, -1, 0 },
    { "af_inet", NULL, -1, 0 },
    { "1 ", NULL, -1, 0 },
    { "18446744073709551616", NULL, -1, 0 },
  };
  (void)state;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    {
      struct error error = { 0 };
      uint64_t value = 0;
      assert_int_equal (profile_argument_read (table[i].text, table[i].arch, &value, &error), table[i].result);
      assert_int_equal (error.set, table[i].result < 0);
      if (table[i].result == 0)
        assert_true (value == table[i].value);
    }
}

static void
test_text_end (void **state)
{
  char out[12];
  (void)state;
  assert_string_equal (text_end ("short", out, sizeof out), "short");
  assert_string_equal (text_end ("elevenbytes", out, sizeof out), "elevenbytes");
  assert_string_equal (text_end ("twelve-bytes", out, sizeof out), "...ve-bytes");
  assert_string_equal (text_end ("caf\u00e9-letter", out, sizeof out), "...-letter"); /* no half of a character */
}

static void
test_places (void **state)
{
  struct json_document one, two, three;
  struct error error;
  char pointer[64];
  (void)state;
  assert_int_equal (parse ("{\"a\": [1,\n2]}", &one, &error), 0);
  assert_int_equal (parse ("{\n\"b\": {\"c\": [3, {\"d\": 4}]}}", &two, &error), 0);
  assert_int_equal (parse ("[5,\n\n 6]", &three, &error), 0);
  two.name = "two.json";
  three.name = "three.json";
  origin_t second = json_element (&one, json_member (&one, JSON_ROOT, "a"), 1);
  origin_t root = json_graft (&one, &two), other = json_graft (&one, &three);
  assert_string_equal (json_node (&one, second)->text, "2");
  origin_t list = json_member (&one, json_member (&one, root, "b"), "c");
  origin_t four = json_member (&one, json_element (&one, list, 1), "d");
  struct
  {
    origin_t node;
    const char *text, *place;
  } table[] = { { second, "2", "config.json:2:1: /a/1" },
                { four, "4", "two.json:2:22: /b/c/1/d" },
                { json_element (&one, other, 1), "6", "three.json:3:2: /1" } };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    {
      struct error place = { .origin = table[i].node };
      json_place (&one, &place);
      assert_string_equal (json_node (&one, table[i].node)->text, table[i].text);
      assert_string_equal (place.place, table[i].place);
    }
  json_pointer (&one, root, pointer, sizeof pointer);
  assert_string_equal (pointer, "");
}

/* The text of the profile that a text is for the target. */
static const char *
resolved (const char *text, const struct profile_target *target)
{
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_seccomp *profile = arena_new (&test_arena, struct spec_seccomp);
  if (parse (text, &document, &error) < 0 || profile_read (&document, target, NULL, &test_arena, profile, &report) < 0)
    {
      print_error ("%s: %s\n", error.place, error.text);
      return "";
    }
  return profile_json (profile, &test_arena, &error);
}

static void
test_written (void **state)
{
  static const char *const texts[] = {
    "{\"defaultAction\": \"SCMP_ACT_LOG\"}",
    "{\"defaultAction\": \"SCMP_ACT_KILL\", \"flags\": [], \"syscalls\": []}",
    "{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"/s\\u0001\\\"\", \"listenerMetadata\": \"\","
    " \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"], \"architectures\": [\"SCMP_ARCH_S390X\"], \"syscalls\": [{\"names\": "
    "[\"a\"],"
    " \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 0, \"args\": [{\"index\": 5, \"value\": 18446744073709551615,"
    " \"valueTwo\": 1, \"op\": \"SCMP_CMP_MASKED_EQ\"}]}]}",
  };
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      struct profile_target target = { "SCMP_ARCH_X86_64", LINUX (6, 1), 0 };
      const char *first = resolved (texts[i], &target);
      assert_string_not_equal (first, "");
      assert_string_equal (resolved (first, &target), first);
    }
  assert_non_null (strstr (resolved (texts[1], &(struct profile_target){ "SCMP_ARCH_X86", 1, 0 }), "\"flags\""));
}

/* Each capability and each of some kernels changes only rules that ask about it: the default profile of docker. */
static void
test_monotone (void **state)
{
  char *text = read_text (source, "tests/profiles/docker.json");
  (void)state;
  assert_non_null (text);
  for (int capability = -1; capability <= 40; capability++)
    {
      struct profile_target target = { "SCMP_ARCH_X86_64", LINUX (6, 1), capability < 0 ? 0 : 1ull << capability };
      const char *made = resolved (text, &target);
      assert_string_not_equal (made, "");
      assert_int_equal (!!strstr (made, "\"ptrace\""), 1); /* the kernel is newer than 4.8 */
      assert_int_equal (!!strstr (made, "\"mount\""), capability == 21);
      assert_int_equal (!!strstr (made, "\"chroot\""), capability == 18);
      target.kernel = LINUX (4, 7);
      assert_int_equal (!!strstr (resolved (text, &target), "\"ptrace\""), capability == 19);
    }
  free (text);
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_kernels),  cmocka_unit_test (test_errnos), cmocka_unit_test (test_arguments),
    cmocka_unit_test (test_text_end), cmocka_unit_test (test_places), cmocka_unit_test (test_written),
    cmocka_unit_test (test_monotone),
  };
  source = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
