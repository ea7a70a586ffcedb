/*
 * The table of husk list. Where it is not read on a terminal, each row is printed at once, in columns of fixed width
 * that a longer text exceeds: nothing is lost, and thousands of rows need no memory. On a terminal the columns are as
 * wide as what is in them. If a line would be too long, the bundle's path is cut at its beginning, which is usually
 * that of the others too; ids never are.
 */
#include "list_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "husk/text.h"

#define COLUMNS 5
#define BUNDLE 3        /* the column that may be cut */
#define BUNDLE_LEAST 12 /* and must show that much, however narrow the terminal is */
#define GAP 2

struct kept_row
{
  char *cells[COLUMNS]; /* escaped */
};

static unsigned terminal; /* its width; 0: there is none */
static struct kept_row *kept;
static size_t kept_count, kept_room;

/* In characters. */
static size_t
width_of (const char *text)
{
  size_t width = 0, left = strlen (text);
  for (uint32_t point; left > 0; width++)
    {
      size_t size = text_character (text, left, &point);
      text += size ? size : 1;
      left -= size ? size : 1;
    }
  return width;
}

/* The last characters of a text that is too wide, after "...". */
static const char *
cut (char *text, size_t width)
{
  size_t excess = width_of (text), left = strlen (text);
  if (excess <= width)
    return text;
  for (excess -= width - 3; excess > 0; excess--)
    {
      uint32_t point;
      size_t size = text_character (text, left, &point);
      text += size ? size : 1;
      left -= size ? size : 1;
    }
  memcpy (text - 3, "...", 3); /* NOLINT(bugprone-not-null-terminated-result): before the rest of the text */
  return text - 3;
}

static char *
escaped (const char *text)
{
  size_t size = strlen (text) * TEXT_ESCAPED + 1;
  char *out = malloc (size);
  if (out)
    (void)text_escape (text, out, size);
  return out;
}

/* false: there is no memory for it. */
static bool
keep_row (const char *const cells[COLUMNS])
{
  if (kept_count == kept_room)
    {
      struct kept_row *more = realloc (kept, (kept_room + 64) * sizeof *kept);
      if (!more)
        return false;
      kept = more;
      kept_room += 64;
    }
  bool whole = true;
  for (int i = 0; i < COLUMNS; i++)
    {
      kept[kept_count].cells[i] = escaped (cells[i]);
      whole = whole && kept[kept_count].cells[i];
    }
  kept_count += whole;
  return whole;
}

static void
print_plain (const char *const cells[COLUMNS])
{
  (void)text_line (stdout, "%-24s %-8s %-10s %-40s %s", cells[0], cells[1], cells[2], cells[3], cells[4]);
}

static void
row_add (const char *const cells[COLUMNS])
{
  if (!terminal || !keep_row (cells))
    print_plain (cells);
}

void
list_table_begin (void)
{
  struct winsize size = { 0 };
  if (isatty (STDOUT_FILENO) && ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    terminal = size.ws_col;
  row_add ((const char *const[]){ "ID", "PID", "STATUS", "BUNDLE", "CREATED" });
}

void
list_table_row (const struct list_row *row)
{
  char pid[16];
  (void)snprintf (pid, sizeof pid, "%d", row->pid);
  row_add ((const char *const[]){ row->id, pid, row->status, row->bundle, row->created });
}

static void
measure_columns (size_t widths[COLUMNS])
{
  size_t line = (size_t)GAP * (COLUMNS - 1);
  for (int i = 0; i < COLUMNS; i++)
    {
      for (size_t j = 0; j < kept_count; j++)
        {
          size_t width = width_of (kept[j].cells[i]);
          widths[i] = width > widths[i] ? width : widths[i];
        }
      line += widths[i];
    }
  if (line <= terminal)
    return;
  size_t others = line - widths[BUNDLE], fit = terminal > others ? terminal - others : 0;
  fit = fit < BUNDLE_LEAST ? BUNDLE_LEAST : fit;
  widths[BUNDLE] = widths[BUNDLE] < fit ? widths[BUNDLE] : fit;
}

void
list_table_end (void)
{
  size_t widths[COLUMNS] = { 0 };
  measure_columns (widths);
  for (size_t j = 0; j < kept_count; j++)
    for (int i = 0; i < COLUMNS; i++)
      {
        const char *text = i == BUNDLE ? cut (kept[j].cells[i], widths[i]) : kept[j].cells[i];
        size_t width = width_of (text);
        bool last = i == COLUMNS - 1;
        (void)printf ("%s%*s", text, last ? 0 : (int)(widths[i] - width) + GAP, last ? "\n" : "");
      }
}
