/*
 * Other programs. program_run runs one to its end (hooks, husk-systemd, newuidmap, ps): it writes its input, reads its
 * output and enforces a deadline. program_start only starts one, for callers that have a longer conversation with it.
 * How a program ended is described in words here.
 */
#ifndef HUSK_PROGRAM_H
#define HUSK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/error.h"

/* Finds one of husk's own programs: beside husk's executable, or in the directory where it is installed. false: it is
 * in neither, and out has the first path. */
bool program_find (const char *name, char *out, size_t size);
extern const char program_directory[]; /* where they are installed */
/* Where other programs are searched for when there is no PATH. */
#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Searches directories, a list like PATH, for a program that is not husk's; relative ones are skipped. false: not
 * found, and out is undefined. */
bool program_search (const char *name, const char *directories, char *out, size_t size);

#define PROGRAM_OTHERS_MAX 4

struct program_start
{
  const char *path; /* without a slash: looked for in PATH */
  char *const *arguments, *const *environment;
  int input;             /* -1: /dev/null */
  int out, errors;       /* its standard output and error */
  const int *others;     /* these become 3, 4 and so on; -1: that number stays free */
  uint32_t others_count; /* PROGRAM_OTHERS_MAX at most */
  const char *directory; /* or NULL: husk's own */
  bool own_group;        /* so that its children can be killed with it */
};

/* Starts it with no other descriptor, and with default signal handling. 0, or an errno. */
int program_start (const struct program_start *start, pid_t *out_pid);

struct program_output /* its standard output or error: kept in text, or sent to a descriptor */
{
  char *text;  /* the end of what it prints, NUL-terminated; a NUL in it becomes a space */
  size_t size; /* of text */
  bool all;    /* keep everything, in a text that the runner allocates and the caller frees */
  int fd;      /* without text and all: where it goes. 0: standard output goes where standard error does. With them: a
                * nonblocking file that gets a copy; 0: none */
  size_t used; /* out: bytes in text */
  bool cut;    /* out: it printed more */
};

#define PROGRAM_NO_DEADLINE (-1)

struct program
{
  const char *name; /* in messages; NULL: the path */
  origin_t origin;  /* of its errors */
  const char *path; /* without a slash: looked for in PATH */
  char *const *arguments, *const *environment;
  const char *directory; /* or NULL: husk's own */
  const char *input;     /* its standard input, which it need not read. NULL: /dev/null */
  size_t input_size;
  struct program_output out, errors;
  int patience;            /* milliseconds, or PROGRAM_NO_DEADLINE if the caller has a reason */
  bool patient_with_words; /* the deadline restarts whenever it prints something */
  bool own_group;          /* its children are killed with it */
  bool interruptible;      /* by the signals that husk holds (signals.h) */
};

enum program_way
{
  PROGRAM_EXITED,
  PROGRAM_KILLED,      /* by a signal, not by husk */
  PROGRAM_LATE,        /* husk killed it when the patience ran out */
  PROGRAM_INTERRUPTED, /* husk killed it because a signal interrupted husk */
};

struct program_end
{
  enum program_way way;
  int number;  /* its exit status, the signal, or the patience in milliseconds */
  bool alive;  /* late or interrupted: it was killed but has not ended, as when a file system holds it up */
  bool spared; /* late or interrupted: husk may not kill it, as with another user's set-user-ID program */
};

/* Runs it to its end; it inherits no other descriptor from husk. Children that it leaves behind may hold its outputs
 * open: they are not waited for. -1: it could not be run or waited for. */
int program_run (struct program *program, struct program_end *out_end, struct error *error);
/* Whether it exited with status 0. */
bool program_succeeded (const struct program_end *end);
/* The error for a program that failed: its name, how it ended, and what it printed last. Always returns -1. */
int program_fail (const struct program *program, const struct program_end *end, struct error *error);

/* From what waitpid(2) returns. */
struct program_end program_end_of (int status);
/* The exit status, from the same, of a command that ran the program: its own, or 128+N after signal N. */
int program_status (int status);
#define PROGRAM_END_SIZE 448
/* "exited with status 3: its last words"; said: what it printed, or NULL. out: PROGRAM_END_SIZE bytes. */
const char *program_end_text (const struct program_end *end, const char *said, char *out);

struct program_excess
{
  bool single;      /* one string is too long by itself; the next two are for the first of them */
  bool environment; /* it is a variable, not an argument */
  uint32_t index;   /* in its list */
  char text[192];   /* for a hint */
};

/* Explains why execve of these fails with E2BIG. false: their size is not the reason. */
bool program_excess (char *const arguments[], char *const environment[], struct program_excess *out);

#endif
