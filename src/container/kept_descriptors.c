/*
 * Which descriptors beyond stdio the program keeps, for creation.c and exec.c: those of --preserve-fds, and those that
 * husk's own environment passes on (LISTEN_FDS). husk-init closes all others before it resolves a name of the image.
 */
#include "kept_descriptors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -1: the text is not a number of up to nine digits. */
static long
whole_number (const char *text)
{
  size_t digits = strspn (text, "0123456789");
  return digits == 0 || digits > 9 || text[digits] ? -1 : strtol (text, NULL, 10);
}

struct kept_descriptors
kept_descriptors (uint32_t preserved)
{
  const char *text = getenv ("LISTEN_FDS"), *pid = getenv ("LISTEN_PID");
  long count = text ? whole_number (text) : 0;
  if (count <= 0 || count >= 1024 || (pid && whole_number (pid) != getpid ()))
    return (struct kept_descriptors){ .count = preserved };
  return (struct kept_descriptors){ preserved + (uint32_t)count, (uint32_t)count, getenv ("LISTEN_FDNAMES") };
}
