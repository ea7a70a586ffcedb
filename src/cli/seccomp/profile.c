/*
 * What the tools of husk seccomp share: a profile loaded from a file and compiled, whether it would be applied, and
 * output in columns. A file is a bare profile if it has defaultAction or lacks ociVersion, else a whole config.json.
 * Every tool reports keys that are ignored, among its findings or in the log, because its answer may depend on them.
 */
#include "profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int
decode (struct profile *profile, struct report *report)
{
  const struct json_document *document = &profile->document;
  if (json_member (document, JSON_ROOT, "defaultAction") || !json_member (document, JSON_ROOT, "ociVersion"))
    {
      profile->seccomp = &profile->bare;
      return spec_decode_seccomp (document, &profile->arena, &profile->bare, report);
    }
  if (spec_decode (document, &profile->arena, &profile->spec, report) < 0)
    return -1;
  profile->seccomp = profile->spec.linux_->seccomp;
  return 0;
}

int
profile_load (struct profile *profile, const char *file, struct report *report, struct error *error)
{
  /* a tool that lists no findings logs them instead */
  struct report decoding = { .error = error, .each = report_to_log };
  if (arena_open (&profile->arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  if (json_load_named (file, &profile->arena, &profile->document, error) < 0)
    return -1;
  if (decode (profile, report->each ? report : &decoding) < 0)
    return -1;
  if (!profile->seccomp)
    return error_set (error, 0, "%s has no seccomp profile: its container runs unconfined", file);
  return seccomp_compile_as (&profile->document, profile->seccomp, profile->errno_for_newer, &profile->arena,
                             &profile->filter, report);
}

int
profile_confinement (struct profile *profile, enum confinement *out, struct error *error)
{
  struct host host;
  *out = CONFINED;
  if (!profile->spec.document)
    return 0;
  if (host_probe (&profile->arena, &host, error) < 0)
    return -1;
  *out = privilege_decide (&profile->spec, &host, PRIVILEGE_DECLARED, false);
  return 0;
}

void
cli_print_json (struct json_writer *writer)
{
  size_t size;
  const char *text = json_write_text (writer, &size);
  (void)printf ("%s%s", text, size && text[size - 1] == '\n' ? "" : "\n");
  json_write_close (writer);
}

void
cli_word (struct cli_words *words, const char *word)
{
  int length = (int)strlen (word);
  if (words->column && words->column + length + 3 > 100) /* ", " before and "," after it */
    {
      (void)fputs (",\n", stdout);
      words->column = 0;
    }
  words->column += words->column ? printf (", %s", word) : printf ("%*s%s", words->indent, "", word);
}

void
cli_words_end (struct cli_words *words)
{
  if (words->column)
    (void)putchar ('\n');
  words->column = 0;
}
