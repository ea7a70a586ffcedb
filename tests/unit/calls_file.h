/*
 * src/seccomp/calls.csv as it is checked in, read without husk's code: what husk's table has to agree with.
 */
#ifndef HUSK_TESTS_CALLS_FILE_H
#define HUSK_TESTS_CALLS_FILE_H

#include "document.h"

#include "husk/calls.h"

#define CALL_LINES_MAX 1024
struct call_line
{
  char name[32];
  uint32_t since;          /* LINUX (), or 0 */
  int numbers[ABI_SH + 1]; /* without what the ABI adds; -1: none */
};

static struct call_line call_lines[CALL_LINES_MAX];
static uint32_t call_line_count;
static const char *call_source = ".";

/* "17,,4": fields may be empty, so strtok does not do. */
static inline const char *
take_field (char **rest)
{
  return strsep (rest, ",\n");
}

static inline void
read_call_line (char *text)
{
  struct call_line *line = &call_lines[call_line_count++];
  unsigned major = 0, minor = 0;
  (void)snprintf (line->name, sizeof line->name, "%s", take_field (&text));
  (void)sscanf (take_field (&text), "%u.%u", &major, &minor);
  line->since = LINUX (major, minor);
  for (int abi = 0; abi <= ABI_SH; abi++)
    {
      const char *number = take_field (&text);
      assert_non_null (number);
      line->numbers[abi] = *number ? atoi (number) : -1;
    }
}

/* Once for all that a test program looks up. */
static inline void
read_calls (void)
{
  if (call_line_count)
    return;
  char *text = read_text (call_source, "src/seccomp/calls.csv"), *rest = text;
  assert_non_null (text);
  (void)strsep (&rest, "\n"); /* the names of columns */
  for (char *line = strsep (&rest, "\n"); line && *line; line = strsep (&rest, "\n"))
    {
      assert_true (call_line_count < CALL_LINES_MAX);
      read_call_line (line);
    }
  free (text);
  assert_true (call_line_count > 400);
}

static inline const struct call_line *
find_call_line (const char *name)
{
  read_calls ();
  for (uint32_t i = 0; i < call_line_count; i++)
    if (strcmp (call_lines[i].name, name) == 0)
      return &call_lines[i];
  return NULL;
}

/* -1: the architecture has none. */
static inline int
line_number (const struct call_line *line, const struct arch *arch)
{
  return line && line->numbers[arch->abi] >= 0 ? arch_base (arch) + line->numbers[arch->abi] : -1;
}

#endif
