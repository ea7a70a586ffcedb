/*
 * Makes the given system calls and prints their results: "NUMBER[:ARG...]" prints "NUMBER: 0" or "NUMBER: errno E".
 * A leading "i" enters as i386 does (int 0x80), with the first argument only; "x" sets the x32 bit; only on x86_64.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long
enter_i386 (long number, long argument)
{
#if defined(__x86_64__)
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(argument), "c"(0), "d"(0)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
#else
  (void)argument;
  return -ENOSYS;
#endif
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      const char *text = argv[i];
      char kind = *text == 'i' || *text == 'x' ? *text++ : 0;
      char *next;
      unsigned long number = strtoul (text, &next, 0), args[6] = { 0 };
      for (int k = 0; k < 6 && *next == ':'; k++)
        args[k] = strtoul (next + 1, &next, 0);
      long result;
      if (kind == 'i')
        {
          result = enter_i386 ((long)number, (long)args[0]);
          errno = result < 0 ? (int)-result : 0;
        }
      else
        {
          errno = 0;
          result = syscall ((long)(kind == 'x' ? number | 0x40000000 : number), args[0], args[1], args[2], args[3],
                            args[4], args[5]);
        }
      if (result < 0)
        printf ("%s: errno %d\n", argv[i], errno);
      else
        printf ("%s: ok\n", argv[i]);
      fflush (stdout);
    }
  return 0;
}
