/*
 * Control files as statistics read them: of one that is longer than the room only whole lines, and of one that is not
 * there nothing. The files are in memory, and the directory that has them is that of this process's descriptors.
 */
#include "document.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "read.h"

#define LINE "rss 12345\n" /* does not divide the room, which is 64 KiB */

static const char *
read_lines (size_t count)
{
  char name[16];
  auto_close int directory = open ("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto_close int file = memfd_create ("control", MFD_CLOEXEC);
  (void)snprintf (name, sizeof name, "%d", file);
  for (size_t i = 0; i < count; i++)
    assert_int_equal (write_all (file, LINE, strlen (LINE)), 0);
  return statistics_read_text (directory, name, &test_arena);
}

static void
test_short (void **state)
{
  (void)state;
  assert_string_equal (read_lines (2), LINE LINE);
  assert_string_equal (read_lines (0), "");
}

static void
test_long (void **state)
{
  (void)state;
  const char *text = read_lines (10000);
  size_t length = strlen (text);
  assert_int_equal (length, 65536 / strlen (LINE) * strlen (LINE));
  assert_string_equal (text + length - strlen (LINE), LINE);
}

static void
test_missing (void **state)
{
  (void)state;
  assert_string_equal (statistics_read_text (AT_FDCWD, "/nonexistent", &test_arena), "");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_short),
    cmocka_unit_test (test_long),
    cmocka_unit_test (test_missing),
  };
  return cmocka_run_group_tests_name ("statistics", tests, setup_arena, NULL);
}
