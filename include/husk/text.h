/*
 * Text for people. Names come from files, arguments, images and containers: each may contain characters that move a
 * terminal's cursor, begin a new line or reverse the reading order. Code that prints escapes these characters; code
 * that makes an error or keeps a name leaves them as they are.
 *
 *   \xNN    a control character of ASCII (00 to 1f, 7f), and a byte that is not UTF-8
 *   \uNNNN  a control character above it (U+0080 to U+009F), what turns the order of reading (U+061C, U+200E, U+200F,
 *           U+202A to U+202E, U+2066 to U+2069), and what ends a line or paragraph (U+2028, U+2029)
 *
 * A backslash is not escaped, since unit names and patterns are full of them: the text is to be read, not parsed.
 */
#ifndef HUSK_TEXT_H
#define HUSK_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_ESCAPED 4 /* an escaped text is at most this many times as long */

/* The size of the UTF-8 character that begins here, and its code point in *out. 0: overlong, half of a surrogate pair,
 * beyond U+10FFFF, cut short, or not the beginning of a character. */
size_t text_character (const char *at, size_t left, uint32_t *out);
/* The offset of the first character that must be escaped; size: none. */
size_t text_unfit (const char *bytes, size_t size);
/* Writes the text escaped, cut at a whole character if it does not fit, and always NUL-terminated. Returns its length.
 * Escaping twice changes nothing more. */
size_t text_escape (const char *text, char *out, size_t size);
/* Formats as vsnprintf does, but cuts only at a whole character: half of one would be shown as bytes that the text does
 * not have. */
void text_format (char *out, size_t size, const char *format, va_list arguments)
    __attribute__ ((format (printf, 3, 0)));
/* Fits a text into size bytes: all of it, or "..." and its end, which is the most useful part of a path. Returns
 * out. */
const char *text_end (const char *text, char *out, size_t size);
/* Prints a line with all of it escaped, then a newline. 0 or -1. */
int text_line (FILE *out, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

#endif
