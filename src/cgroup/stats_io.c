/*
 * Block devices, and the number of tasks.
 */
#include <stdio.h>
#include <string.h>

#include "stats.h"

void
stats_pids (int directory, struct statistics *out)
{
  uint64_t limit = stats_number (directory, "pids.max");
  out->pids.current = stats_number (directory, "pids.current");
  out->pids.limit = limit == STATISTICS_LIMIT_NONE ? 0 : limit;
}

static const char *
next_line (const char *line)
{
  line += strcspn (line, "\n");
  return line + (*line == '\n');
}

/* "8:0 Read 4096"; the last line, "Total 4096", has no device. */
static void
read_v1 (const char *text, struct arena *arena, struct statistics_entries *out)
{
  for (const char *line = text; *line; line = next_line (line))
    {
      unsigned major, minor;
      unsigned long long value;
      char word[32];
      if (sscanf (line, "%u:%u %31s %llu", &major, &minor, word, &value) == 4)
        stats_add (out, arena, &(struct statistics_entry){ arena_string (arena, word), major, minor, value });
    }
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void
read_v2 (const char *text, struct arena *arena, struct statistics *out)
{
  static const struct
  {
    const char *key, *operation;
    bool bytes;
  } columns[] = { { "rbytes=", "Read", true }, { "wbytes=", "Write", true }, { "dbytes=", "Discard", true },
                  { "rios=", "Read", false },  { "wios=", "Write", false },  { "dios=", "Discard", false } };
  for (const char *line = text; *line; line = next_line (line))
    {
      unsigned major, minor;
      const char *end = line + strcspn (line, "\n");
      if (sscanf (line, "%u:%u", &major, &minor) != 2)
        continue;
      for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        {
          const char *at = strstr (line, columns[i].key);
          unsigned long long value;
          if (at && at < end && sscanf (at + strlen (columns[i].key), "%llu", &value) == 1)
            stats_add (columns[i].bytes ? &out->block_io.service_bytes : &out->block_io.serviced, arena,
                       &(struct statistics_entry){ columns[i].operation, major, minor, value });
        }
    }
}

void
stats_block_io (int directory, bool v2, struct arena *arena, struct statistics *out)
{
  if (v2)
    {
      read_v2 (stats_text (directory, "io.stat", arena), arena, out);
      out->block_io.pressure = stats_pressure (directory, "io.pressure");
      return;
    }
  read_v1 (stats_text (directory, "blkio.throttle.io_service_bytes_recursive", arena), arena,
           &out->block_io.service_bytes);
  read_v1 (stats_text (directory, "blkio.throttle.io_serviced_recursive", arena), arena, &out->block_io.serviced);
}
