/*
 * What the static libraries of a distribution (yajl, libseccomp, libcap) and checked.h want of glibc and musl lacks.
 * The libraries were compiled with glibc's headers, whose inline functions call these names; all else that they call is
 * the same under both: errno, the tables of ctype.h, the place of the stack's canary. meson.build links a program with
 * them to find out. The functions with "_chk" end the process where a buffer would overflow, as in glibc.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef fopen64 /* a macro of older musls, whose libc.a has a weak one */

void *__memcpy_chk (void *to, const void *from, size_t size, size_t room);
void *__memmove_chk (void *to, const void *from, size_t size, size_t room);
void *__memset_chk (void *to, int byte, size_t size, size_t room);
char *__stpcpy_chk (char *to, const char *from, size_t room);
char *__strcpy_chk (char *to, const char *from, size_t room);
int __sprintf_chk (char *out, int flag, size_t room, const char *format, ...);
int __snprintf_chk (char *out, size_t size, int flag, size_t room, const char *format, ...);
int __vsnprintf_chk (char *out, size_t size, int flag, size_t room, const char *format, va_list arguments);
int __asprintf_chk (char **out, int flag, const char *format, ...);
int __fprintf_chk (FILE *file, int flag, const char *format, ...);
unsigned long __isoc23_strtoul (const char *text, char **end, int base);
FILE *fopen64 (const char *path, const char *mode);

void *
__memcpy_chk (void *to, const void *from, size_t size, size_t room)
{
  if (size > room)
    abort ();
  return memcpy (to, from, size);
}

void *
__memmove_chk (void *to, const void *from, size_t size, size_t room)
{
  if (size > room)
    abort ();
  return memmove (to, from, size);
}

void *
__memset_chk (void *to, int byte, size_t size, size_t room)
{
  if (size > room)
    abort ();
  return memset (to, byte, size);
}

/* what libcap 2.78 calls, and the compiler makes of a stpcpy whose result is not used */
char *
__strcpy_chk (char *to, const char *from, size_t room)
{
  size_t size = strlen (from) + 1;
  if (size > room)
    abort ();
  return memcpy (to, from, size);
}

char *
__stpcpy_chk (char *to, const char *from, size_t room)
{
  return __strcpy_chk (to, from, room) + strlen (from);
}

int
__vsnprintf_chk (char *out, size_t size, int flag, size_t room, const char *format, va_list arguments)
{
  if (size > room)
    abort ();
  return vsnprintf (out, size, format, arguments);
}

int
__sprintf_chk (char *out, int flag, size_t room, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = vsnprintf (out, room, format, arguments);
  va_end (arguments);
  if (length >= 0 && (size_t)length >= room)
    abort ();
  return length;
}

int
__snprintf_chk (char *out, size_t size, int flag, size_t room, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = __vsnprintf_chk (out, size, flag, room, format, arguments);
  va_end (arguments);
  return length;
}

int
__asprintf_chk (char **out, int flag, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = vasprintf (out, format, arguments);
  va_end (arguments);
  return length;
}

int
__fprintf_chk (FILE *file, int flag, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int length = vfprintf (file, format, arguments);
  va_end (arguments);
  return length;
}

/* C23's, which takes "0b1" in base 2 and 0; the libraries read decimal and hexadecimal numbers. */
unsigned long
__isoc23_strtoul (const char *text, char **end, int base)
{
  return strtoul (text, end, base);
}

FILE *
fopen64 (const char *path, const char *mode)
{
  return fopen (path, mode);
}
