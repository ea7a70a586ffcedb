/*
 * What the tools of `husk seccomp` share: a profile from a file, compiled, and their table.
 */
#ifndef HUSK_CLI_PROFILE_H
#define HUSK_CLI_PROFILE_H

#include "husk/json.h"
#include "husk/seccomp.h"

struct profile
{
  struct arena arena;
  struct json_document document;
  struct spec spec; /* when the file is a whole config.json */
  struct spec_seccomp bare;
  const struct spec_seccomp *seccomp;
  struct seccomp_filter filter;
};
/* Reads a bare profile, as Kubernetes keeps them, or the one in a config.json, and compiles it. What is wrong with it
 * goes to the report. 0 or -1. */
int profile_load (struct profile *profile, const char *file, struct report *report, struct error *error);

/* Prints what was written, on lines of its own, and closes the writer. */
void cli_print_json (struct json_writer *writer);
/* Words with commas between, in lines of at most 100 columns. */
struct cli_words
{
  int indent, column;
};
void cli_word (struct cli_words *words, const char *word);
void cli_words_end (struct cli_words *words);
/* The whole profile on an architecture (NULL: this machine's). 0 or -1. */
int cli_print_table (struct profile *profile, const char *arch, bool json, struct error *error);

/* Each gets its own name as argv[0]. */
int cli_seccomp_agent (int argc, char **argv);
int cli_seccomp_check (int argc, char **argv);
int cli_seccomp_default (int argc, char **argv);
int cli_seccomp_diff (int argc, char **argv);
int cli_seccomp_dump (int argc, char **argv);
int cli_seccomp_explain (int argc, char **argv);

#endif
