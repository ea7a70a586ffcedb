/*
 * husk's own table of system calls: names, numbers and versions are those of calls.csv, and those are the kernel's and
 * libseccomp's.
 */
#include "calls_file.h"

#include <seccomp.h>

#include "filter.h"

/* The number that husk has for a call, whether the architecture reaches it by itself, by a multiplexing call, or both.
 */
static int
number_of (const struct arch *arch, const char *name)
{
  int number = call_number (arch, name);
  const struct multiplexed_call *call = multiplexed_of_name (name);
  if (number >= 0 || !call || !call_is_multiplexed (number) || arch->socketcall < 0)
    return number < 0 ? -1 : number;
  int direct = multiplexed_number (call, arch);
  return direct ? direct : -1;
}

/* libseccomp's mistakes. */
static bool
has_wrong_number (const struct arch *arch, const char *name)
{
  return strcmp (name, "switch_endian") == 0 || strcmp (name, "sys_debug_setcontext") == 0
         || (arch->abi == ABI_PARISC64 && strcmp (name, "_llseek") == 0);
}

static void
numbers (void **state)
{
  uint32_t compared = 0, wrong = 0;
  for (uint32_t a = 0; arch_at (a); a++)
    for (uint32_t i = 0; i < call_line_count; i++)
      {
        const struct call_line *line = &call_lines[i];
        int number = number_of (arch_at (a), line->name), expected = line_number (line, arch_at (a));
        compared++;
        if (number != expected && !has_wrong_number (arch_at (a), line->name))
          {
            print_error ("%s on %s: %d, not %d\n", line->name, arch_at (a)->name, number, expected);
            wrong++;
          }
      }
  assert_true (compared > 19 * 400);
  assert_int_equal (wrong, 0);
  (void)state;
}

static void
names (void **state)
{
  uint32_t wrong = 0;
  for (uint32_t a = 0; arch_at (a); a++)
    for (uint32_t i = 0; i < call_line_count; i++)
      {
        const struct arch *arch = arch_at (a);
        int number = line_number (&call_lines[i], arch);
        char *name = number < 0 ? NULL : call_name (arch, number);
        const struct call_line *found = name ? find_call_line (name) : NULL;
        /* some have two names, for which either will do */
        if (number >= 0 && (!found || line_number (found, arch) != number))
          {
            print_error ("%d on %s: %s, not %s\n", number, arch->name, name, call_lines[i].name);
            wrong++;
          }
        free (name);
      }
  assert_int_equal (wrong, 0);
  (void)state;
}

/* What libseccomp knows and calls.csv does not would be a line that is missing. */
static void
library (void **state)
{
  uint32_t compared = 0, wrong = 0;
  for (uint32_t a = 0; arch_at (a); a++)
    for (int number = 0; number < 1000; number++)
      {
        const struct arch *arch = arch_at (a);
        char *name = seccomp_syscall_resolve_num_arch (arch->token, arch_base (arch) + number);
        if (!name)
          continue;
        compared++;
        if (!has_wrong_number (arch, name) && line_number (find_call_line (name), arch) != arch_base (arch) + number)
          {
            print_error ("libseccomp has %s as %d on %s\n", name, number, arch->name);
            wrong++;
          }
        free (name);
      }
  assert_true (compared > 19 * 300);
  assert_int_equal (wrong, 0);
  (void)state;
}

/* A name is found, and what only resembles one is not: a part of it, or more than it. */
static void
search (void **state)
{
  for (uint32_t i = 0; i < call_line_count; i++)
    {
      const char *name = call_lines[i].name, *part = arena_format (&test_arena, "%.*s", (int)strlen (name) - 1, name);
      uint32_t call = call_find (name);
      if (call == CALL_NONE || call >= call_count || (i > 0 && call == call_find (call_lines[i - 1].name)))
        fail_msg ("%s is not found", name);
      assert_int_equal (call_find (arena_format (&test_arena, "%s?", name)), CALL_NONE);
      assert_int_equal (call_find (arena_format (&test_arena, "%s\xc3\xa4", name)), CALL_NONE);
      assert_int_equal (call_find (part) == CALL_NONE, find_call_line (part) == NULL);
    }
  assert_int_equal (call_count, call_line_count);
  assert_int_equal (call_find (""), CALL_NONE);
  (void)state;
}

static void
versions (void **state)
{
  for (uint32_t i = 0; i < call_line_count; i++)
    {
      uint32_t since = call_lines[i].since >= LINUX (3, 0) ? call_lines[i].since : 0;
      if (introduced_version (call_lines[i].name) != since)
        fail_msg ("%s came with %x, not %x", call_lines[i].name, call_lines[i].since,
                  introduced_version (call_lines[i].name));
    }
  assert_int_equal (introduced_version ("fchmodat2"), LINUX (6, 6));
  assert_int_equal (introduced_version ("no_such_call"), 0);
  (void)state;
}

/* The headers at hand, older than the table or newer: what both have is the same, and no old call is missing. */
static void
compare_header (const char *path, const struct arch *arch)
{
  char text[256], name[64], base[64];
  int number = 0, known = 0, last = 0;
  FILE *header = fopen (path, "r");
  if (!header)
    return; /* not installed */
  for (uint32_t i = 0; i < call_line_count; i++)
    last = call_lines[i].numbers[arch->abi] > last ? call_lines[i].numbers[arch->abi] : last;
  while (fgets (text, sizeof text, header))
    {
      if (sscanf (text, "#define __NR_%63s %d", name, &number) != 2
          && sscanf (text, "#define __NR_%63s (%63s + %d)", name, base, &number) != 3)
        continue;
      const struct call_line *line = find_call_line (name);
      if (!line && number > last)
        continue; /* newer */
      if (!line || line->numbers[arch->abi] != number)
        fail_msg ("%s: %s is %d", path, name, number);
      known++;
    }
  (void)fclose (header);
  assert_true (known > 300);
}

static void
headers (void **state)
{
#if defined(__x86_64__)
  static const char *const folders[] = { "/usr/include/x86_64-linux-gnu/asm", "/usr/include/asm" };
  for (size_t i = 0; i < 2; i++)
    {
      compare_header (arena_format (&test_arena, "%s/unistd_64.h", folders[i]), arch_of_name ("SCMP_ARCH_X86_64"));
      compare_header (arena_format (&test_arena, "%s/unistd_32.h", folders[i]), arch_of_name ("SCMP_ARCH_X86"));
      compare_header (arena_format (&test_arena, "%s/unistd_x32.h", folders[i]), arch_of_name ("SCMP_ARCH_X32"));
    }
#elif defined(__aarch64__)
  compare_header ("/usr/include/aarch64-linux-gnu/asm/unistd_64.h", arch_native ());
  compare_header ("/usr/include/asm-generic/unistd.h", arch_native ());
#elif defined(__s390x__)
  compare_header ("/usr/include/s390x-linux-gnu/asm/unistd_64.h", arch_native ());
#elif defined(__riscv)
  compare_header ("/usr/include/riscv64-linux-gnu/asm/unistd_64.h", arch_native ());
#else
  (void)compare_header;
#endif
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (numbers), cmocka_unit_test (names),    cmocka_unit_test (library),
          cmocka_unit_test (search),  cmocka_unit_test (versions), cmocka_unit_test (headers) };
  call_source = argc > 1 ? argv[1] : ".";
  read_calls ();
  return cmocka_run_group_tests_name ("calls", tests, setup_arena, NULL);
}
