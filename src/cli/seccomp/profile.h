/*
 * What the tools of `husk seccomp` share: a profile from a file, compiled, and their table.
 */
#ifndef HUSK_CLI_PROFILE_H
#define HUSK_CLI_PROFILE_H

#include "husk/json.h"
#include "husk/privilege.h"
#include "husk/profile.h"

#define PROFILE_BASES_MAX 32
/* The options for reading a file, which the tools share. */
struct profile_options
{
  bool errno_for_newer;  /* --seccomp-enosys=off */
  uint64_t capabilities; /* --cap: the container's, for docker's format; at first profile_usual_capabilities */
  const char *kernel;    /* --kernel; NULL: this kernel */
  const char *arch;      /* the machine's architecture; NULL: this machine's */
  const char *bases[PROFILE_BASES_MAX];
  uint32_t base_count;
};
struct profile
{
  struct arena arena;
  struct json_document document;
  struct spec spec; /* when the file is a whole config.json */
  struct spec_seccomp bare;
  const struct profile_options *options;
  struct profile_target target; /* for which it was read, unless it is a whole config.json */
  struct spec_seccomp *seccomp;
  struct seccomp_filter filter;
  const char *unapplied; /* why a run here, with these global options, would not apply the config's; NULL: it would */
};
/* Reads a profile in any of the formats, or the one in a config.json, and compiles it. The file "-" is standard input,
 * which can be read once. Findings go to the report. 0 or -1. */
int profile_load (struct profile *profile, const char *file, const struct profile_options *options,
                  struct report *report, struct error *error);
/* The same without compiling. */
int profile_decode (struct profile *profile, const char *file, const struct profile_options *options,
                    struct report *report, struct error *error);
/* The same as profile_load for a text, which is copied. */
int profile_load_text (struct profile *profile, const char *text, const char *name,
                       const struct profile_options *options, struct report *report, struct error *error);
/* Adds the capability that --cap names: SYS_ADMIN or CAP_SYS_ADMIN. all and none replace what came before. 0 or -1. */
int profile_add_capability (const char *name, uint64_t *capabilities, struct error *error);

/* Prints words separated by commas, in lines of at most 100 columns. */
struct cli_words
{
  int indent, column;
};
void cli_word (struct cli_words *words, const char *word);
void cli_words_end (struct cli_words *words);
/* The whole profile on an architecture (NULL: this machine's). 0 or -1. */
int cli_print_table (struct profile *profile, const char *arch, bool json, struct error *error);

/* husk seccomp diff --not-looser-than. Returns the exit status. */
int cli_print_proof (const char *base, const char *file, const char *arch, bool json,
                     const struct profile_options *options);

/* Whether an output would replace this input, a regular file: -o app.json for app.html. Two names may be one file, and
 * "-" may have one. */
bool profile_is_file (const char *input, const char *output);

/* For what must not be concluded from a profile that is not applied: 0, or -1 with an error. */
int profile_require_applied (const struct profile *profile, struct error *error);
void profile_warn_unapplied (const struct profile *profile);
struct profile_side profile_side_of (const struct profile *profile);

/* The options of all tools that read a profile, and those of the tools that also compile it. */
/* clang-format off */
#define PROFILE_TARGET_OPTIONS                                                                                         \
  { "cap", required_argument, NULL, 'C' }, { "kernel", required_argument, NULL, 'K' },                                 \
  { "base", required_argument, NULL, 'B' }
#define PROFILE_OPTIONS { "seccomp-enosys", required_argument, NULL, 'E' }, PROFILE_TARGET_OPTIONS
/* clang-format on */
#define PROFILE_TARGET_HELP                                                                                            \
  "      --cap CAP       docker's format: a capability besides the 14 usual ones, all, or none of them\n"              \
  "      --kernel X.Y    docker's format: the kernel's version (default: this one's)\n"                                \
  "      --base FILE     a base profile of a SeccompProfile, by its name; may be repeated\n"
#define PROFILE_HELP                                                                                                   \
  PROFILE_TARGET_HELP                                                                                                  \
  "      --seccomp-enosys on|off  whether calls newer than the profile get ENOSYS (default: on)\n"
/* What FILE can be. */
#define PROFILE_FILE_HELP                                                                                              \
  "FILE is a profile, a whole config.json, a profile in docker's format, or a SeccompProfile as\n"                     \
  "'kubectl get -o json' prints it; - is standard input.\n"
/* Handles one of these options: 1; 0: it is another option; -1 with the error logged. */
int profile_option (int option, const char *argument, struct profile_options *options);

/* A filter's instructions, as an array of that name in the object that is open (NULL: as the top). */
void cli_write_program (struct json_writer *writer, const char *key, const struct seccomp_filter *filter);

/* The options before the command, for the tools that look at containers. */
extern const struct globals *cli_seccomp_globals;

/* Each gets the tool's name as argv[0]. */
int cli_seccomp_agent (int argc, char **argv);
int cli_seccomp_audit (int argc, char **argv);
int cli_seccomp_check (int argc, char **argv);
int cli_seccomp_default (int argc, char **argv);
int cli_seccomp_diff (int argc, char **argv);
int cli_seccomp_dump (int argc, char **argv);
int cli_seccomp_explain (int argc, char **argv);
int cli_seccomp_merge (int argc, char **argv);
int cli_seccomp_record (int argc, char **argv);
int cli_seccomp_report (int argc, char **argv);
int cli_seccomp_resolve (int argc, char **argv);

#endif
