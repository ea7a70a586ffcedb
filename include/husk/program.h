/*
 * Other programs. program_run runs one to its end (hooks, husk-systemd, newuidmap, ps): it writes its input, reads its
 * output and enforces a deadline. program_start only starts one, for callers that have a longer conversation with it.
 * How a program ended is put into words here.
 */
#ifndef HUSK_PROGRAM_H
#define HUSK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/error.h"

/* Finds one of husk's own programs: beside husk's executable, or in the directory that it is installed to. false: in
 * neither; out has the first path. */
bool program_find (const char *name, char *out, size_t size);
extern const char program_directory[]; /* the second */
/* Where the programs of others are looked for without a PATH. */
#define SEARCH_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Looks for somebody else's program in directories, a list like PATH; a relative one is passed over. false: it is not
 * there, and what out holds then means nothing. */
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

/* Starts it with no other descriptor, and with the signals of a new process. 0, or an errno. */
int program_start (const struct program_start *start, pid_t *out_pid);

struct program_output /* its standard output or error: kept in text, in memory of its own, or left to a descriptor */
{
  char *text;  /* the end of what it prints, with a NUL; a NUL in it becomes a space */
  size_t size; /* of text */
  bool all;    /* the whole, in a text that the runner allocates and the caller frees */
  int fd;      /* without text and all: where it goes. 0: its standard output goes where its standard error does */
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
  const char *input;     /* what it can read, or NULL: /dev/null. It need not read it. */
  size_t input_size;
  struct program_output out, errors;
  int patience;            /* milliseconds, or PROGRAM_NO_DEADLINE, for which the caller has a reason */
  bool patient_with_words; /* the deadline restarts whenever it prints something */
  bool own_group;          /* what it has started is killed with it */
  bool interruptible;      /* by the signals that husk holds (signals.h) */
};

enum program_way
{
  PROGRAM_EXITED,
  PROGRAM_KILLED,      /* by a signal, not by husk */
  PROGRAM_LATE,        /* husk has killed it after its patience */
  PROGRAM_INTERRUPTED, /* husk has killed it, because a signal interrupted husk */
};

struct program_end
{
  enum program_way way;
  int number;  /* its exit status, the signal, or the patience in milliseconds */
  bool alive;  /* late or interrupted: it has not ended though it was killed, as when a file system holds it up */
  bool spared; /* late or interrupted: husk may not kill it, as a set-user-ID program of another user's */
};

/* Runs it to its end, without any other descriptor of husk's. Children that it leaves behind may hold its outputs open:
 * they are not waited for. -1: it could not be run or waited for. */
int program_run (struct program *program, struct program_end *out_end, struct error *error);
/* It has exited with status 0. */
bool program_succeeded (const struct program_end *end);
/* The error for a program that failed: its name, how it ended, and what it printed last. Always returns -1. */
int program_fail (const struct program *program, const struct program_end *end, struct error *error);

/* From what waitpid(2) returns. */
struct program_end program_end_of (int status);
/* From the same, the exit status for a command that runs the program: its own, or 128+N after signal N. */
int program_status (int status);
#define PROGRAM_END_SIZE 448
/* "exited with status 3: its last words"; said: what it printed, or NULL. out: PROGRAM_END_SIZE bytes. */
const char *program_end_text (const struct program_end *end, const char *said, char *out);

struct program_excess
{
  bool single;      /* one string is too long by itself, the first of them: */
  bool environment; /* it is a variable, not an argument */
  uint32_t index;   /* in its list */
  char text[192];   /* for a hint */
};

/* Why execve of these would fail with E2BIG. false: it would not. */
bool program_excess (char *const arguments[], char *const environment[], struct program_excess *out);

#endif
