/*
 * What _FORTIFY_SOURCE=3 adds to glibc's headers and musl's have not: the functions with which husk writes most of its
 * memory end the process where a buffer would overflow, whose size the compiler knows or can compute. meson.build has
 * it included first in each file of a husk with musl. musl.c has the functions.
 */
#ifndef LIBC_CHECKED_H
#define LIBC_CHECKED_H

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKED extern __inline __attribute__ ((__always_inline__, __gnu_inline__, __artificial__))

CHECKED void *
memcpy (void *restrict out, const void *restrict in, size_t size)
{
  return __builtin___memcpy_chk (out, in, size, __builtin_dynamic_object_size (out, 0));
}

CHECKED void *
memmove (void *out, const void *in, size_t size)
{
  return __builtin___memmove_chk (out, in, size, __builtin_dynamic_object_size (out, 0));
}

CHECKED void *
memset (void *out, int byte, size_t size)
{
  return __builtin___memset_chk (out, byte, size, __builtin_dynamic_object_size (out, 0));
}

CHECKED char *
stpcpy (char *restrict out, const char *restrict in)
{
  return __builtin___stpcpy_chk (out, in, __builtin_dynamic_object_size (out, 1));
}

CHECKED int
sprintf (char *restrict out, const char *restrict format, ...)
{
  return __builtin___sprintf_chk (out, 1, __builtin_dynamic_object_size (out, 1), format, __builtin_va_arg_pack ());
}

CHECKED int
snprintf (char *restrict out, size_t size, const char *restrict format, ...)
{
  return __builtin___snprintf_chk (out, size, 1, __builtin_dynamic_object_size (out, 1), format,
                                   __builtin_va_arg_pack ());
}

CHECKED int
vsnprintf (char *restrict out, size_t size, const char *restrict format, va_list arguments)
{
  return __builtin___vsnprintf_chk (out, size, 1, __builtin_dynamic_object_size (out, 1), format, arguments);
}

extern char *checked_realpath (const char *restrict path, char *restrict out) __asm__("realpath");

CHECKED char *
realpath (const char *restrict path, char *restrict out)
{
  if (__builtin_dynamic_object_size (out, 1) < PATH_MAX)
    abort ();
  return checked_realpath (path, out);
}

#undef CHECKED
#endif
