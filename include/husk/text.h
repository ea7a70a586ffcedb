/*
 * Text for people. Names come from files, arguments, images and containers: each may hold what moves a terminal's
 * cursor, begins a new line or reverses the reading order. Code that prints escapes these characters;
 * code that makes an error or keeps a name leaves them as they are.
 *
 *   \xNN    a control character of ASCII (00 to 1f, 7f), and a byte that is not UTF-8
 *   \uNNNN  a control character above it (U+0080 to U+009F), what turns the order of reading (U+061C, U+200E, U+200F,
 *           U+202A to U+202E, U+2066 to U+2069), and what ends a line or paragraph (U+2028, U+2029)
 *
 * A backslash stays one, since unit names and patterns are full of them: it is for reading, not for reading back.
 */
#ifndef HUSK_TEXT_H
#define HUSK_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_ESCAPED 4 /* times as long may a text become */

/* The size of the UTF-8 character that begins here, and its number. 0: a longer form than needed, half of a surrogate
 * pair, beyond U+10FFFF, cut short, or not the beginning of one. */
size_t text_character (const char *at, size_t left, uint32_t *out);
/* The first character of size bytes that is to be shown escaped; size: none is. */
size_t text_unfit (const char *bytes, size_t size);
/* The text escaped, cut at a whole character where it does not fit, always ended. Returns its length. Escaping twice is
 * the same as once. */
size_t text_escape (const char *text, char *out, size_t size);
/* Formats as vsnprintf does, but cuts what does not fit at a whole character: half of one would be shown as bytes that
 * the text does not have. */
void text_format (char *out, size_t size, const char *format, va_list arguments)
    __attribute__ ((format (printf, 3, 0)));
/* Prints a line, whatever its words hold: all of it is escaped, then comes the newline. 0 or -1. */
int text_line (FILE *out, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

#endif
