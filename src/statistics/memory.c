/*
 * Memory and huge pages.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "read.h"

static void
read_raw (const char *text, struct arena *arena, struct statistics_entries *out)
{
  for (const char *line = text; *line;)
    {
      size_t length = strcspn (line, " \n");
      struct statistics_entry entry
          = { .key = arena_copy (arena, line, length), .value = strtoull (line + length, NULL, 10) };
      if (line[length] == ' ')
        statistics_add (out, arena, &entry);
      line += strcspn (line, "\n");
      line += *line == '\n';
    }
}

/* v1 has four files for each kind of memory, with the prefixes "memory.", "memory.memsw.", "memory.kmem." ... */
static struct statistics_memory
read_v1 (int directory, const char *prefix)
{
  struct statistics_memory memory;
  char file[64];
  (void)snprintf (file, sizeof file, "%susage_in_bytes", prefix);
  memory.usage = statistics_read_number (directory, file);
  (void)snprintf (file, sizeof file, "%smax_usage_in_bytes", prefix);
  memory.maximum = statistics_read_number (directory, file);
  (void)snprintf (file, sizeof file, "%slimit_in_bytes", prefix);
  memory.limit = statistics_read_number (directory, file);
  (void)snprintf (file, sizeof file, "%sfailcnt", prefix);
  memory.failures = statistics_read_number (directory, file);
  return memory;
}

/* On v1, "swap" is memory and swap together. v2's numbers are added up to match. */
static void
read_v2 (int directory, struct arena *arena, struct statistics *out)
{
  struct statistics_memory *usage = &out->memory.usage, *swap = &out->memory.swap;
  const char *events = statistics_read_text (directory, "memory.events", arena);
  uint64_t swap_limit = statistics_read_number (directory, "memory.swap.max");
  *usage = (struct statistics_memory){ .usage = statistics_read_number (directory, "memory.current"),
                                       .maximum = statistics_read_number (directory, "memory.peak"), /* Linux 5.19 */
                                       .limit = statistics_read_number (directory, "memory.max"),
                                       .failures = statistics_read_keyed (events, "max") };
  *swap = (struct statistics_memory){
    .usage = usage->usage + statistics_read_number (directory, "memory.swap.current"),
    .maximum = usage->maximum + statistics_read_number (directory, "memory.swap.peak"), /* Linux 6.5 */
    .limit = swap_limit == STATISTICS_LIMIT_NONE || usage->limit == STATISTICS_LIMIT_NONE ? STATISTICS_LIMIT_NONE
                                                                                          : usage->limit + swap_limit,
    .failures = statistics_read_keyed (statistics_read_text (directory, "memory.swap.events", arena), "fail")
  };
  out->memory.pressure = statistics_read_pressure (directory, "memory.pressure");
}

void
statistics_read_memory (int directory, bool v2, struct arena *arena, struct statistics *out)
{
  read_raw (statistics_read_text (directory, "memory.stat", arena), arena, &out->memory.raw);
  for (uint32_t i = 0; i < out->memory.raw.count; i++)
    if (strcmp (out->memory.raw.items[i].key, v2 ? "file" : "cache") == 0)
      out->memory.cache = out->memory.raw.items[i].value;
  if (v2)
    {
      read_v2 (directory, arena, out);
      return;
    }
  out->memory.usage = read_v1 (directory, "memory.");
  out->memory.swap = read_v1 (directory, "memory.memsw.");
  out->memory.kernel = read_v1 (directory, "memory.kmem.");
  out->memory.kernel_tcp = read_v1 (directory, "memory.kmem.tcp.");
}

/* ---- huge pages ---------------------------------------------------------------------------------------------- */

#define SIZES_MAX 16

static void
read_size (int directory, bool v2, const char *size, struct arena *arena, struct statistics_hugetlb *out)
{
  char file[96];
  out->page_size = size;
  (void)snprintf (file, sizeof file, "hugetlb.%s.%s", size, v2 ? "current" : "usage_in_bytes");
  out->usage = statistics_read_number (directory, file);
  (void)snprintf (file, sizeof file, "hugetlb.%s.%s", size, v2 ? "events" : "failcnt");
  out->failures = v2 ? statistics_read_keyed (statistics_read_text (directory, file, arena), "max")
                     : statistics_read_number (directory, file);
  (void)snprintf (file, sizeof file, "hugetlb.%s.max_usage_in_bytes", size);
  out->maximum = statistics_read_number (directory, file);
}

/* The sizes are in the files' names: "hugetlb.2MB.current". */
void
statistics_read_hugetlb (int directory, bool v2, struct arena *arena, struct statistics *out)
{
  const char *ending = v2 ? ".current" : ".usage_in_bytes";
  int again = descriptor_open_at (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir (again);
  out->hugetlb = arena_array (arena, struct statistics_hugetlb, SIZES_MAX);
  for (struct dirent *entry; listing && out->hugetlb_count < SIZES_MAX && (entry = readdir (listing));)
    {
      const char *size = entry->d_name + 8,
                 *dot = strncmp (entry->d_name, "hugetlb.", 8) == 0 ? strchr (size, '.') : NULL;
      if (dot && dot - size < 32 && strcmp (dot, ending) == 0)
        read_size (directory, v2, arena_copy (arena, size, (size_t)(dot - size)), arena,
                   &out->hugetlb[out->hugetlb_count++]);
    }
  if (listing)
    (void)closedir (listing);
}
