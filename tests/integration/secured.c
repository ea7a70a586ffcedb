/*
 * secured BITS COMMAND...: runs a command with these securebits(7), and with all capabilities also in the ambient set,
 * so that it has them whatever the bits say.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  struct
  {
    uint32_t version;
    int32_t pid;
  } header = { 0x20080522, 0 };
  struct
  {
    uint32_t effective, permitted, inheritable;
  } data[2];
  if (argc < 3 || syscall (SYS_capget, &header, data) < 0)
    return 125;
  for (int i = 0; i < 2; i++)
    data[i].inheritable = data[i].effective = data[i].permitted;
  if (syscall (SYS_capset, &header, data) < 0)
    return 125;
  for (unsigned i = 0; i < 64; i++)
    if (data[i / 32].permitted >> i % 32 & 1 && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
      return 125;
  if (prctl (PR_SET_SECUREBITS, strtoul (argv[1], NULL, 0), 0, 0, 0) < 0)
    return 125;
  (void)execvp (argv[2], argv + 2);
  return 127;
}
