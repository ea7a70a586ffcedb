/*
 * Errors are plain data, filled by the layers that know: the leaf sets what was tried on what (text, code), the decoder
 * or the plan's step sets where in config.json it came from (origin), husk's side turns that into a place, and only
 * main prints. Functions return 0, a descriptor or a pointer on success and -1 or NULL on failure; they never print and
 * never exit. The page that husk shares with husk-init (channel.h) contains the same struct, so nothing is re-encoded.
 */
#ifndef HUSK_ERROR_H
#define HUSK_ERROR_H

#include <errno.h>
#include <stdint.h>

/* A value's place in the document it was decoded from: its node's number (json.h). 0: no place. */
typedef uint32_t origin_t;

/* Kinds of errors that callers treat differently. Exit statuses and decisions depend on the kind, never on the words of
 * an error. */
enum error_kind
{
  ERROR_OTHER,
  ERROR_NO_CONTAINER,   /* no container has this id */
  ERROR_DAMAGED,        /* its record cannot be read */
  ERROR_NOT_RUNNING,    /* it has no process */
  ERROR_NOT_FOUND,      /* the program to execute does not exist */
  ERROR_NOT_EXECUTABLE, /* the program exists but cannot be executed */
};

struct error
{
  int32_t code;    /* errno of the call that failed, or 0 if text is complete */
  origin_t origin; /* where in config.json; turned into place by json_place() */
  uint16_t step;   /* 1 + the index of the plan's step that failed, or 0 */
  uint16_t set;    /* not 0: this holds an error; later ones do not replace it */
  uint32_t kind;   /* enum error_kind */
  char place[256]; /* "config.json:42:13: /process/args", or empty */
  char text[512];  /* what was tried on what; no trailing full stop, no errno text */
  char hint[192];  /* what the reader can do about it, or empty */
};

#define ERROR_LINE_SIZE 4096 /* holds the line of any error, even with every byte escaped */

/* Fills error unless it already holds one (the first error wins). Always returns -1. code may be 0. */
int error_set (struct error *error, int code, const char *format, ...) __attribute__ ((format (printf, 3, 4)));
/* The same with a place in the document that the caller's plan or spec came from. */
int error_set_at (struct error *error, origin_t origin, int code, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));
/* error_set with a kind. */
int error_set_kind (struct error *error, enum error_kind kind, int code, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));
/* The kind for a program that could not be found or executed, with this errno (0: it is not in $PATH). */
static inline enum error_kind
error_kind_of_exec (int code)
{
  return code == 0 || code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG ? ERROR_NOT_FOUND
                                                                                                 : ERROR_NOT_EXECUTABLE;
}
/* Adds a hint to an error just set; the first hint stays. */
void error_hint (struct error *error, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* Formats the error as one line for people, "PLACE: TEXT: ERRNO (HINT)", escaped (text.h) and always NUL-terminated. */
void error_line (const struct error *error, char *out, uint32_t size);
/* errno's text in lower case, as clients match it ("no such file or directory"). Never NULL. */
const char *errno_text (int code);
/* The number for "ENOSYS", or -1 if no errno has the name. */
int errno_of_name (const char *name);
/* The names that it knows; NULL after the last. */
const char *errno_name_at (uint32_t index);

#endif
