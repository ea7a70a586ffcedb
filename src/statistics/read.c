/*
 * Reads the kernel's text formats of statistics for cpu.c, memory.c and io.c. A missing file leaves zeros and is never
 * an error.
 */
#include "read.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/tree.h"

#define TEXT_MAX 65536

char *
statistics_read_text (int directory, const char *file, struct arena *arena)
{
  char text[TEXT_MAX];
  size_t used = 0;
  auto_close int fd = descriptor_open_at (directory, file, O_RDONLY | O_CLOEXEC);
  for (ssize_t got; fd >= 0 && used < sizeof text && (got = descriptor_read (fd, text + used, sizeof text - used)) > 0;)
    used += (size_t)got;
  if (used == sizeof text) /* whole lines only */
    while (used > 0 && text[used - 1] != '\n')
      used--;
  return arena_copy (arena, text, used);
}

uint64_t
statistics_read_number (int directory, const char *file)
{
  char text[32];
  (void)tree_read (directory, file, text, sizeof text); /* 0 if the kernel lacks the file */
  return strncmp (text, "max", 3) == 0 ? STATISTICS_LIMIT_NONE : strtoull (text, NULL, 10);
}

uint64_t
statistics_read_keyed (const char *text, const char *key)
{
  size_t length = strlen (key);
  for (const char *line = text; line && *line; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, key, length) == 0 && line[length] == ' ')
        return strtoull (line + length, NULL, 10);
    }
  return 0;
}

void
statistics_add (struct statistics_entries *entries, struct arena *arena, const struct statistics_entry *entry)
{
  entries->items = arena_more (arena, entries->items, entries->count, &entries->room, 64, sizeof *entries->items);
  entries->items[entries->count++] = *entry;
}

/* "avg10=0.00" of a line of PSI */
static double
average (const char *line, const char *key)
{
  const char *at = line ? strstr (line, key) : NULL;
  return at ? strtod (at + strlen (key), NULL) : 0;
}

static uint64_t
total (const char *line)
{
  const char *at = line ? strstr (line, "total=") : NULL;
  return at ? strtoull (at + 6, NULL, 10) : 0;
}

struct statistics_pressure
statistics_read_pressure (int directory, const char *file)
{
  char text[512];
  (void)tree_read (directory, file, text, sizeof text); /* EOPNOTSUPP: disabled (psi=0) */
  const char *some = strstr (text, "some "), *full = strstr (text, "full ");
  return (struct statistics_pressure){ .present = some != NULL,
                                       .some_10 = average (some, "avg10="),
                                       .some_60 = average (some, "avg60="),
                                       .some_300 = average (some, "avg300="),
                                       .full_10 = average (full, "avg10="),
                                       .full_60 = average (full, "avg60="),
                                       .full_300 = average (full, "avg300="),
                                       .some_total = total (some),
                                       .full_total = total (full) };
}
