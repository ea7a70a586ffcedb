/*
 * The lines of source that log_keep_source has kept, as log.c shows them on a terminal.
 */
#ifndef HUSK_BASE_LOG_SOURCE_H
#define HUSK_BASE_LOG_SOURCE_H

#include <stddef.h>

/* Writes the line that was kept for the place, and a line with a caret of that colour; nothing if there is none. Each
 * is written once. colour and reset may be empty. Returns the length. */
size_t log_source_write (const char *place, const char *colour, const char *reset, char *out, size_t size);

#endif
