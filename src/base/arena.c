/*
 * The arena hands out pieces of one mapping from front to back. No piece is reused before arena_close or arena_clear,
 * so all of them are zeroed. arena_alloc leaves the last 8 bytes free, so that rounding a size up cannot pass the end.
 * A full arena prints a line and ends the program, so callers do not check for NULL.
 */
#include "husk/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "husk/descriptor.h"

/* A stack gets no huge pages (since Linux 6.7, which aligns mappings for them): otherwise, where these are always used,
 * the first byte of every arena would cost 2 MB, and the time to clear them. */
int
arena_open (struct arena *arena, size_t size)
{
  void *start
      = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (start == MAP_FAILED)
    return -1;
  arena_over (arena, start, size);
  return 0;
}

void
arena_over (struct arena *arena, void *start, size_t size)
{
  arena->start = arena->next = start;
  arena->end = arena->start + size;
}

void
arena_close (struct arena *arena)
{
  if (arena->start)
    (void)munmap (arena->start, (size_t)(arena->end - arena->start));
  arena->start = arena->next = arena->end = NULL;
}

void
arena_clear (struct arena *arena)
{
  memset (arena->start, 0, (size_t)(arena->next - arena->start));
  arena->next = arena->start;
}

static _Noreturn void
arena_full (void)
{
  static const char text[] = "husk: error: out of memory: the input is too large\n";
  (void)!descriptor_write (2, text, sizeof text - 1);
  _exit (1);
}

void *
arena_alloc (struct arena *arena, size_t size)
{
  if (arena->end - arena->next < 8 || size > (size_t)(arena->end - arena->next) - 8)
    arena_full ();
  void *given = arena->next;
  arena->next += (size + 7) & ~(size_t)7;
  return given;
}

void *
arena_more (struct arena *arena, void *items, uint32_t count, uint32_t *room, uint32_t first, size_t size)
{
  if (count < *room)
    return items;
  *room = *room ? *room * 2 : first;
  void *more = arena_alloc (arena, *room * size);
  if (count)
    memcpy (more, items, count * size);
  return more;
}

char *
arena_copy (struct arena *arena, const char *text, size_t length)
{
  char *copy = arena_alloc (arena, length + 1);
  memcpy (copy, text, length);
  return copy;
}

char *
arena_string (struct arena *arena, const char *text)
{
  return text ? arena_copy (arena, text, strlen (text)) : NULL;
}

char *
arena_format (struct arena *arena, const char *format, ...)
{
  va_list arguments, again;
  va_start (arguments, format);
  va_copy (again, arguments);
  int length = vsnprintf (NULL, 0, format, arguments);
  va_end (arguments);
  char *text = arena_alloc (arena, (size_t)length + 1);
  (void)vsnprintf (text, (size_t)length + 1, format, again);
  va_end (again);
  return text;
}
