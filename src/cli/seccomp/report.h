/*
 * What the page of `husk seccomp report` shows: every call that an architecture of the profile has, and what was
 * recorded and denied.
 */
#ifndef HUSK_CLI_REPORT_H
#define HUSK_CLI_REPORT_H

#include "profile.h"

#define REPORT_ARCHS_MAX 32
#define REPORT_LINES_MAX 1000

struct report_call
{
  const char *name;
  const struct seccomp_row *rows[REPORT_ARCHS_MAX]; /* by architecture; NULL: it has no call of this name */
  const char *group;                                /* NULL: of none */
  uint32_t group_index;
  bool runs, refuses;     /* on some architecture, with some arguments */
  bool recorded, differs; /* from the base */
  uint64_t count;         /* of the recording; 0: it has none */
};
/* Texts of which each is listed once. */
struct report_lines
{
  struct report_line
  {
    const char *text;
    uint64_t seen, counted; /* lines that mention it once; the total of the lines with a count */
  } * items;
  uint32_t count, room;
  uint64_t others; /* that had no room */
};
struct profile_page
{
  struct arena *arena;
  const struct profile *profile, *base;
  const char *archs[REPORT_ARCHS_MAX]; /* "x86_64" */
  uint32_t arch_count;
  struct report_call *calls;
  uint32_t count, room;
  struct profile_differences differences;
  const char *recording, *denials; /* names of files; NULL: none */
  struct report_lines unknown;     /* recorded calls that no architecture of the profile has */
  struct report_lines denied, remarks;
};

/* NULL: no architecture of the profile has it. */
struct report_call *report_call_of (const struct profile_page *report, const char *name);
/* Reads a recorded profile, with counts or without, or an agent's lines. 0 or -1. */
int report_read_recording (struct profile_page *report, const char *file, struct error *error);
/* Reads the lines or events of a run with --seccomp-explain. 0 or -1. */
int report_read_denials (struct profile_page *report, const char *file, struct error *error);
/* The page, as HTML in the arena; the calls are in its order afterwards. */
const char *report_page (struct profile_page *report, size_t *out_size);

#endif
