/*
 * Block I/O, and the number of tasks.
 */
#include <stdlib.h>
#include <string.h>

#include "read.h"

void
statistics_read_pids (int directory, struct statistics *out)
{
  uint64_t limit = statistics_read_number (directory, "pids.max");
  out->pids.current = statistics_read_number (directory, "pids.current");
  out->pids.limit = limit == STATISTICS_LIMIT_NONE ? 0 : limit;
}

static const char *
next_line (const char *line)
{
  line += strcspn (line, "\n");
  return line + (*line == '\n');
}

/* Reads a device, "8:0", at the start of a line. Returns what follows it, or NULL if there is none. */
static const char *
read_device (const char *line, unsigned *out_major, unsigned *out_minor)
{
  char *end, *last;
  *out_major = (unsigned)strtoul (line, &end, 10);
  if (end == line || *end != ':')
    return NULL;
  *out_minor = (unsigned)strtoul (end + 1, &last, 10);
  return last == end + 1 ? NULL : last;
}

/* "8:0 Read 4096"; the last line, "Total 4096", has no device. */
static void
read_v1 (const char *text, struct arena *arena, struct statistics_entries *out)
{
  for (const char *line = text; *line; line = next_line (line))
    {
      unsigned major, minor;
      const char *word = read_device (line, &major, &minor);
      if (!word || *word++ != ' ')
        continue;
      size_t length = strcspn (word, " \n");
      if (length > 0 && word[length] == ' ')
        statistics_add (out, arena,
                        &(struct statistics_entry){ arena_copy (arena, word, length), major, minor,
                                                    strtoull (word + length, NULL, 10) });
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
      if (!read_device (line, &major, &minor))
        continue;
      for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        {
          const char *at = strstr (line, columns[i].key);
          if (at && at < end)
            statistics_add (columns[i].bytes ? &out->block_io.service_bytes : &out->block_io.serviced, arena,
                            &(struct statistics_entry){ columns[i].operation, major, minor,
                                                        strtoull (at + strlen (columns[i].key), NULL, 10) });
        }
    }
}

void
statistics_read_block_io (int directory, bool v2, struct arena *arena, struct statistics *out)
{
  if (v2)
    {
      read_v2 (statistics_read_text (directory, "io.stat", arena), arena, out);
      out->block_io.pressure = statistics_read_pressure (directory, "io.pressure");
      return;
    }
  read_v1 (statistics_read_text (directory, "blkio.throttle.io_service_bytes_recursive", arena), arena,
           &out->block_io.service_bytes);
  read_v1 (statistics_read_text (directory, "blkio.throttle.io_serviced_recursive", arena), arena,
           &out->block_io.serviced);
}
