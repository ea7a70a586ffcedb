/*
 * What the tools of `husk seccomp` share: a profile from a file, compiled, and their table.
 */
#ifndef HUSK_CLI_PROFILE_H
#define HUSK_CLI_PROFILE_H

#include "husk/json.h"
#include "husk/privilege.h"
#include "husk/profile.h"

struct profile
{
  struct arena arena;
  struct json_document document;
  struct spec spec; /* when the file is a whole config.json */
  struct spec_seccomp bare;
  bool errno_for_newer; /* --seccomp-enosys=off, set before loading */
  struct spec_seccomp *seccomp;
  struct seccomp_filter filter;
};
/* Reads a bare profile, the form that Kubernetes stores, or the one in a config.json, and compiles it. Findings go to
 * the report. 0 or -1. */
int profile_load (struct profile *profile, const char *file, struct report *report, struct error *error);

/* Prints what was written, ending with a newline, and closes the writer. */
void cli_print_json (struct json_writer *writer);
/* Prints words separated by commas, in lines of at most 100 columns. */
struct cli_words
{
  int indent, column;
};
void cli_word (struct cli_words *words, const char *word);
void cli_words_end (struct cli_words *words);
/* The whole profile on an architecture (NULL: this machine's). 0 or -1. */
int cli_print_table (struct profile *profile, const char *arch, bool json, struct error *error);

/* What husk would decide on this machine for the container of a whole config.json; CONFINED for a bare profile. */
int profile_confinement (struct profile *profile, enum confinement *out, struct error *error);

/* The tools' option that cli_enosys parses. */
/* clang-format off */
#define PROFILE_ENOSYS_OPTION { "seccomp-enosys", required_argument, NULL, 'E' }
/* clang-format on */
#define PROFILE_ENOSYS_HELP                                                                                            \
  "      --seccomp-enosys on|off  whether calls newer than the profile get ENOSYS (default: on)\n"

/* Each gets the tool's name as argv[0]. */
int cli_seccomp_agent (int argc, char **argv);
int cli_seccomp_check (int argc, char **argv);
int cli_seccomp_default (int argc, char **argv);
int cli_seccomp_diff (int argc, char **argv);
int cli_seccomp_dump (int argc, char **argv);
int cli_seccomp_explain (int argc, char **argv);
int cli_seccomp_record (int argc, char **argv);

#endif
