/*
 * Another program, run to have something done (newuidmap, husk-systemd), heard, and not waited for without end.
 */
#ifndef HUSK_PROGRAM_H
#define HUSK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/error.h"

/* Where a program of husk's own is: beside husk's executable, or where it is installed to. false: nowhere; out has the
 * first of the two. */
bool program_find (const char *name, char *out, size_t size);
extern const char program_directory[]; /* the second */
/* Where others' programs are looked for by a husk that was given no PATH. */
#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct program_start
{
  const char *path; /* without a slash: looked for in PATH */
  char *const *arguments, *const *environment;
  int input;             /* -1: /dev/null */
  int out, errors;       /* its standard output and error */
  const char *directory; /* or NULL: husk's own */
  bool own_group;        /* so that its children can be killed with it */
};

/* Starts it with no other descriptor, and with the signals of a new process. 0, or an errno. */
int program_start (const struct program_start *start, pid_t *out_pid);

struct program
{
  const char *path; /* absolute */
  char *const *arguments, *const *environment;
  int patience;      /* milliseconds */
  const char *input; /* what it finds on its standard input; NULL: /dev/null */
  size_t input_size;
  char *out; /* takes its standard output, with a NUL at the end; more is thrown away. NULL: it goes to errors */
  size_t out_size;
  char *errors; /* likewise its standard error */
  size_t errors_size;
};

enum program_end
{
  PROGRAM_ENDED = 0,
  PROGRAM_LATE = 1, /* it was killed, as far as husk may kill it */
};

/* Runs it with no other descriptor of husk's. PROGRAM_ENDED with its wait status,
 * PROGRAM_LATE, or -1 when it could not be run or waited for. */
int program_run (const struct program *program, int *out_status, struct error *error);

struct program_excess
{
  bool single;      /* one string is too long by itself, the first of them: */
  bool environment; /* it is a variable, not an argument */
  uint32_t index;   /* in its list */
  char text[192];   /* for a hint */
};

/* What it would be if execve of these said E2BIG. false: it has no reason to. */
bool program_excess (char *const arguments[], char *const environment[], struct program_excess *out);

#endif
