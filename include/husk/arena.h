/*
 * Memory that is handed out front to back and freed as a whole, so single pieces have no owner. It is one zeroed
 * mapping that never moves; its pages are touched only when they are used. A full arena ends the program. The limits on
 * input (16 MiB of config.json) bound all sizes, so a full arena is a bug, not a condition to handle.
 */
#ifndef HUSK_ARENA_H
#define HUSK_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena
{
  char *start, *next, *end;
};

/* Reserves size bytes of address space (not of memory). 0 or -1 with errno. */
int arena_open (struct arena *arena, size_t size);
/* Makes an arena of memory that the caller mapped (the plan's memfd). It must be zeroed. */
void arena_over (struct arena *arena, void *start, size_t size);
void arena_close (struct arena *arena);
/* Frees all pieces and keeps the mapping, for one input after another. */
void arena_clear (struct arena *arena);

/* Zeroed, aligned to 8. Never NULL. */
void *arena_alloc (struct arena *arena, size_t size) __attribute__ ((malloc, returns_nonnull, alloc_size (2)));
#define arena_new(arena, type) ((type *)arena_alloc ((arena), sizeof (type)))
#define arena_array(arena, type, count) ((type *)arena_alloc ((arena), sizeof (type) * (size_t)(count)))
/* Returns a list of count items with room for one more. A full list moves to a new one of twice the size; the first one
 * has room for `first` items. */
void *arena_more (struct arena *arena, void *items, uint32_t count, uint32_t *room, uint32_t first, size_t size)
    __attribute__ ((returns_nonnull));
char *arena_copy (struct arena *arena, const char *text, size_t length); /* adds a NUL */
char *arena_string (struct arena *arena, const char *text);              /* NULL for NULL */
char *arena_format (struct arena *arena, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

#endif
