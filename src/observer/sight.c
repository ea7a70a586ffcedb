/*
 * What the files that deal with denials share: printing lines for the user. A line that cannot be written is counted,
 * and the observer continues: the container must not depend on the output.
 */
#include "sight.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/text.h"

int
sight_print_to (int fd, const char *text)
{
  char shown[TEXT_ESCAPED * SIGHT_LINE], line[sizeof shown + 32];
  (void)text_escape (text, shown, sizeof shown);
  return fd < 0 ? 0 : write_all (fd, line, (size_t)snprintf (line, sizeof line, "husk: seccomp: %s\n", shown));
}

void
sight_print_outside (struct sight *sight, const char *text)
{
  if (sight_print_to (sight->observer->out, text) < 0 && sight->lost++ == 0)
    sight->lost_code = errno;
}

void
sight_print (struct sight *sight, const char *text)
{
  sight_print_outside (sight, text);
  (void)sight_print_to (sight->observer->aside, text); /* whoever reads a log may stop */
}

void
sight_print_words (struct sight *sight, const char *head, const char *separator, const char *(*next) (void *),
                   void *data)
{
  char text[SIGHT_LINE / 2];
  size_t used = 0;
  for (const char *word = next (data); word; word = next (data))
    {
      if (used + strlen (word) + 4 > sizeof text && used)
        {
          sight_print (sight, text);
          used = 0;
        }
      const char *before = used ? separator : " ";
      if (!used)
        used = (size_t)snprintf (text, sizeof text, "%s:", head);
      used += (size_t)snprintf (text + used, sizeof text - used, "%s%.500s", before, word);
    }
  if (used)
    sight_print (sight, text);
}
