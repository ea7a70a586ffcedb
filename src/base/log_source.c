/*
 * The line of a file that an error or warning is about, with a caret below the place, as compilers show it. json_place
 * keeps the line when it computes the place, out of the text in memory: nothing is opened a second time, since a file
 * within a container's reach may be another one by then. A line is kept until log.c shows it, since an error may be
 * followed by warnings that are printed first.
 */
#include "log_source.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "husk/log.h"
#include "husk/text.h"

#define CELLS 72  /* of the line are shown, */
#define BEFORE 48 /* of which before the place */
#define PIECE 16  /* a character as it is shown */
#define KEPT 8

struct kept
{
  char place[sizeof ((struct error *)0)->place];
  uint32_t line;
  unsigned column; /* cells before the place */
  char text[512];
};

static struct kept kept[KEPT];

bool
log_on_terminal (void)
{
  static int known = -1;
  if (known < 0)
    known = isatty (STDERR_FILENO);
  return known > 0;
}

/* What a terminal makes of a character. Only scripts that occur in names and paths matter. */
static unsigned
character_width (uint32_t number)
{
  if ((number >= 0x300 && number <= 0x36f) || number == 0x200b || number == 0x200c || number == 0x200d
      || (number >= 0xfe00 && number <= 0xfe0f) || number == 0xfeff)
    return 0;
  return (number >= 0x1100 && number <= 0x115f) || (number >= 0x2e80 && number <= 0xa4cf)
                 || (number >= 0xac00 && number <= 0xd7a3) || (number >= 0xf900 && number <= 0xfaff)
                 || (number >= 0xfe30 && number <= 0xfe6f) || (number >= 0xff00 && number <= 0xff60)
                 || (number >= 0xffe0 && number <= 0xffe6) || (number >= 0x1f300 && number <= 0x1faff)
                 || (number >= 0x20000 && number <= 0x3fffd)
             ? 2
             : 1;
}

/* One character as it is shown, and the cells that it takes. Returns its bytes in the source. */
static size_t
show_character (const struct log_source *source, size_t at, char out[PIECE], unsigned *out_cells)
{
  char raw[8] = "";
  uint32_t number = 0;
  const char *bytes = source->bytes + at;
  size_t size = text_character (bytes, source->size - at, &number);
  memcpy (raw, bytes, size ? size : 1);
  if (raw[0] == '\t')
    (void)snprintf (out, PIECE, "  ");
  else if (raw[0] == '\0')
    (void)snprintf (out, PIECE, at < source->changed ? "\"" : "\\x00");
  else
    (void)text_escape (raw, out, PIECE);
  *out_cells = strcmp (raw, out) == 0 ? character_width (number) : (unsigned)strlen (out);
  return size ? size : 1;
}

static bool
is_end (const struct log_source *source, size_t at)
{
  const char *bytes = source->bytes;
  return at >= source->size || bytes[at] == '\n'
         || (bytes[at] == '\r' && (at + 1 == source->size || bytes[at + 1] == '\n'));
}

/* Where the character before this one begins. */
static size_t
character_before (const struct log_source *source, size_t at)
{
  uint32_t number;
  for (size_t size = 4; size > 1; size--)
    if (at >= size && text_character (source->bytes + at - size, size, &number) == size)
      return at - size;
  return at - 1;
}

/* Where the part that is shown begins; *out_cells: its cells up to the place. */
static size_t
begin_of (const struct log_source *source, unsigned *out_cells)
{
  char piece[PIECE];
  size_t at = source->offset;
  *out_cells = 0;
  while (at > 0 && source->bytes[at - 1] != '\n')
    {
      unsigned cells;
      size_t earlier = character_before (source, at);
      (void)show_character (source, earlier, piece, &cells);
      if (*out_cells + cells > BEFORE)
        break;
      *out_cells += cells;
      at = earlier;
    }
  return at;
}

static void
fill_kept (struct kept *out, const struct log_source *source)
{
  char piece[PIECE];
  size_t at = begin_of (source, &out->column), used = 0;
  unsigned cells = 0, own;
  bool cut = at > 0 && source->bytes[at - 1] != '\n';
  if (cut)
    used = (size_t)snprintf (out->text, sizeof out->text, "...");
  for (; !is_end (source, at); cells += own)
    {
      size_t size = show_character (source, at, piece, &own);
      if (cells + own > CELLS || used + strlen (piece) + sizeof "..." > sizeof out->text)
        break;
      used += (size_t)snprintf (out->text + used, sizeof out->text - used, "%s", piece);
      at += size;
    }
  out->column += cut ? 3 : 0;
  (void)snprintf (out->text + used, sizeof out->text - used, is_end (source, at) ? "" : "...");
}

void
log_keep_source (const char *place, const struct log_source *source)
{
  struct kept *free = &kept[KEPT - 1];
  if (!log_on_terminal () || source->offset > source->size)
    return;
  for (struct kept *one = kept; one < kept + KEPT; one++)
    if (!one->place[0] || strcmp (one->place, place) == 0)
      {
        free = one;
        break;
      }
  *free = (struct kept){ .line = source->line };
  (void)snprintf (free->place, sizeof free->place, "%s", place);
  fill_kept (free, source);
}

size_t
log_source_write (const char *place, const char *colour, const char *reset, char *out, size_t size)
{
  out[0] = '\0';
  for (struct kept *one = kept; place[0] && one < kept + KEPT; one++)
    if (strcmp (one->place, place) == 0)
      {
        one->place[0] = '\0';
        int length = snprintf (out, size, "%6u | %s\n       | %*s%s^%s\n", one->line, one->text, (int)one->column, "",
                               colour, reset);
        return length > 0 && (size_t)length < size ? (size_t)length : 0;
      }
  return 0;
}
