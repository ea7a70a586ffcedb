/*
 * Why execve failed with E2BIG: one string is longer than the kernel allows, or all of them together are too large.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "husk/program.h"

#define LONGEST_PAGES 32            /* the kernel's MAX_ARG_STRLEN, the NUL included */
#define SMALLEST_TOTAL (128u << 10) /* always allowed, whatever the stack limit */
#define NAME_SHOWN 40

struct strings
{
  uint32_t count, excessive, first; /* excessive: strings that are too long; first: the index of the first of them */
  size_t bytes, longest;            /* longest: the length of that first one */
};

static struct strings
measure (char *const strings[], size_t longest)
{
  struct strings out = { 0 };
  for (; strings[out.count]; out.count++)
    {
      size_t length = strlen (strings[out.count]);
      out.bytes += length + 1;
      if (length <= longest)
        continue;
      if (out.excessive++ == 0)
        {
          out.first = out.count;
          out.longest = length;
        }
    }
  return out;
}

bool
program_excess (char *const arguments[], char *const environment[], struct program_excess *out)
{
  size_t longest = LONGEST_PAGES * (size_t)sysconf (_SC_PAGESIZE) - 1;
  struct strings words = measure (arguments, longest), variables = measure (environment, longest);
  char name[NAME_SHOWN + sizeof "..."] = "", more[sizeof "; 4294967295 more are too long"] = "";
  if (words.excessive + variables.excessive == 0)
    {
      size_t pointers = (words.count + variables.count + 2) * sizeof (char *);
      out->single = false;
      (void)snprintf (out->text, sizeof out->text,
                      "the arguments take %zu bytes, the environment %zu: the kernel allows both, with their pointers, "
                      "a quarter of RLIMIT_STACK and at most 6 MiB",
                      words.bytes, variables.bytes);
      return words.bytes + variables.bytes + pointers > SMALLEST_TOTAL;
    }
  out->single = true;
  out->environment = words.excessive == 0;
  struct strings found = out->environment ? variables : words;
  out->index = found.first;
  if (words.excessive + variables.excessive > 1)
    (void)snprintf (more, sizeof more, "; %u more are too long", words.excessive + variables.excessive - 1);
  if (out->environment)
    {
      const char *entry = environment[found.first];
      size_t length = strcspn (entry, "=");
      (void)snprintf (name, sizeof name, "%.*s%s", (int)(length < NAME_SHOWN ? length : NAME_SHOWN), entry,
                      length > NAME_SHOWN ? "..." : "");
    }
  else
    (void)snprintf (name, sizeof name, "args[%u]", found.first);
  (void)snprintf (out->text, sizeof out->text, "%s %s is %zu bytes long: the kernel allows %zu%s",
                  out->environment ? "the environment variable" : "the argument", name, found.longest, longest, more);
  return true;
}
