/*
 * What the tools of husk seccomp share: their common options, a profile loaded from a file and compiled, whether it
 * would be applied, and output in columns. A file is a bare profile (profile_read knows the formats) if it has
 * defaultAction or lacks ociVersion, else a whole config.json.
 * Every tool reports keys that are ignored, among its findings or in the log, because its answer may depend on them.
 */
#include "profile.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli.h"

/* ---- the options ------------------------------------------------------------------------------------------------- */

int
profile_add_capability (const char *name, uint64_t *capabilities, struct error *error)
{
  char full[64];
  if (strcasecmp (name, "all") == 0)
    *capabilities = UINT64_MAX;
  else if (strcasecmp (name, "none") == 0)
    *capabilities = 0;
  else
    {
      (void)snprintf (full, sizeof full, "%s%.40s", strncasecmp (name, "CAP_", 4) == 0 ? "" : "CAP_", name);
      for (char *letter = full; *letter; letter++)
        *letter = *letter >= 'a' && *letter <= 'z' ? (char)(*letter - 'a' + 'A') : *letter;
      int number = spec_capability (full);
      if (number < 0)
        return error_set (error, 0, "\"%.40s\" is not a capability", name);
      *capabilities |= CAPABILITY (number);
    }
  return 0;
}

int
profile_option (int option, const char *argument, struct profile_options *options)
{
  struct error error = { 0 };
  if (option == 'E')
    return cli_enosys (argument, &options->errno_for_newer) < 0 ? -1 : 1;
  if (option == 'C' && profile_add_capability (argument, &options->capabilities, &error) == 0)
    return 1;
  if (option == 'K')
    options->kernel = argument;
  else if (option == 'B' && options->base_count == PROFILE_BASES_MAX)
    (void)error_set (&error, 0, "more than %u base profiles", PROFILE_BASES_MAX);
  else if (option == 'B')
    options->bases[options->base_count++] = argument;
  if (!error.set)
    return option == 'K' || option == 'B';
  (void)cli_fail (&error);
  return -1;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int
load_document (const char *file, struct arena *arena, struct json_document *out, struct error *error)
{
  static bool read_input;
  if (strcmp (file, "-") != 0)
    return json_load_named (file, arena, out, error);
  if (read_input)
    return error_set (error, 0, "only one of the files can be read from standard input");
  read_input = true;
  return json_load_from (0, "standard input", arena, out, error);
}

static int
load_bases (struct profile *profile, struct profile_bases *out, struct error *error)
{
  const struct profile_options *options = profile->options;
  struct json_document *documents = arena_array (&profile->arena, struct json_document, options->base_count + 1);
  *out = (struct profile_bases){ documents, options->base_count };
  for (uint32_t i = 0; i < options->base_count; i++)
    if (load_document (options->bases[i], &profile->arena, &documents[i], error) < 0)
      return -1;
  return 0;
}

static int
find_target (const struct profile_options *options, struct profile_target *out, struct error *error)
{
  if (profile_target_here (out, error) < 0)
    return -1;
  out->capabilities = options->capabilities;
  if (options->arch)
    out->arch = options->arch;
  if (options->kernel && profile_kernel_read (options->kernel, false, &out->kernel) < 0)
    return error_set (error, 0, "--kernel \"%.40s\" is not a version of Linux (two numbers: 5.10)", options->kernel);
  return 0;
}

static int
decode (struct profile *profile, struct report *report, struct error *error)
{
  const struct json_document *document = &profile->document;
  struct profile_bases bases;
  if (json_member (document, JSON_ROOT, "defaultAction") || !json_member (document, JSON_ROOT, "ociVersion"))
    {
      profile->seccomp = &profile->bare;
      return find_target (profile->options, &profile->target, error) < 0 || load_bases (profile, &bases, error) < 0
                 ? -1
                 : profile_read (&profile->document, &profile->target, &bases, &profile->arena, &profile->bare, report);
    }
  if (spec_decode (document, &profile->arena, &profile->spec, report) < 0)
    return -1;
  profile->seccomp = profile->spec.linux_->seccomp;
  return 0;
}

/* As run and create decide with these global options. This machine makes a difference only for a container that is
 * declared privileged, or if the config alone is to prove it. */
static int
find_confinement (struct profile *profile, struct error *error)
{
  struct host host;
  const enum privilege_policy policy = cli_seccomp_globals->privileged_seccomp;
  if (!profile->spec.document || (policy != PRIVILEGE_PROVED && !privilege_annotated (&profile->spec)))
    return 0;
  if (host_probe (&profile->arena, &host, error) < 0)
    return -1;
  enum confinement confinement = privilege_decide (&profile->spec, &host, policy, false);
  profile->unapplied = confinement_applies (confinement) ? NULL : confinement_text (confinement);
  return 0;
}

/* The profile of a document that has been read. */
static int
find_profile (struct profile *profile, struct report *report, struct error *error)
{
  /* a tool that lists no findings logs them instead */
  struct report decoding = { .error = error, .each = report_to_log };
  if (decode (profile, report->each ? report : &decoding, error) < 0)
    return -1;
  if (!profile->seccomp)
    return error_set (error, 0, "%s has no seccomp profile: its container runs unconfined", profile->document.name);
  return find_confinement (profile, error);
}

static int
compile (struct profile *profile, struct report *report)
{
  return seccomp_compile_as (&profile->document, profile->seccomp, profile->options->errno_for_newer, &profile->arena,
                             &profile->filter, report);
}

int
profile_decode (struct profile *profile, const char *file, const struct profile_options *options, struct report *report,
                struct error *error)
{
  profile->options = options;
  if (arena_open (&profile->arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  if (load_document (file, &profile->arena, &profile->document, error) < 0)
    return -1;
  return find_profile (profile, report, error);
}

int
profile_load (struct profile *profile, const char *file, const struct profile_options *options, struct report *report,
              struct error *error)
{
  return profile_decode (profile, file, options, report, error) < 0 ? -1 : compile (profile, report);
}

int
profile_load_text (struct profile *profile, const char *text, const char *name, const struct profile_options *options,
                   struct report *report, struct error *error)
{
  profile->options = options;
  if (arena_open (&profile->arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  if (json_parse (arena_string (&profile->arena, text), strlen (text), name, &profile->arena, &profile->document, error)
      < 0)
    return -1;
  return find_profile (profile, report, error) < 0 ? -1 : compile (profile, report);
}

int
profile_require_applied (const struct profile *profile, struct error *error)
{
  if (!profile->unapplied)
    return 0;
  return error_set (error, 0, "%s: the profile is not applied: %s", profile->document.name, profile->unapplied);
}

void
profile_warn_unapplied (const struct profile *profile)
{
  struct error warning = { 0 };
  if (profile_require_applied (profile, &warning) < 0)
    log_warning_line (&warning);
}

struct profile_side
profile_side_of (const struct profile *profile)
{
  return (struct profile_side){ &profile->document, profile->seccomp, &profile->filter, profile->unapplied };
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

bool
profile_is_file (const char *input, const char *output)
{
  struct stat one, two;
  return stat (strcmp (input, "-") == 0 ? "/dev/stdin" : input, &one) == 0 && stat (output, &two) == 0
         && S_ISREG (two.st_mode) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}
