/*
 * husk-init: the program that applies a plan inside the container. Tiny on purpose: no allocation, no parsing of JSON,
 * no OCI words, no library but libc. One function a kind of step; each returns 0, or -1 with the page's error filled.
 */
#ifndef HUSK_INIT_H
#define HUSK_INIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/channel.h"
#include "husk/plan.h"

/* The few named results that steps hand on. One writer each. */
struct init
{
  const struct plan *plan;
  const struct step *step; /* that runs now */
  struct page *page;
  int control;                    /* to the parent; -1 after CREATED */
  int start;                      /* to `husk start`, from WAIT on; or -1 */
  int rootfs;                     /* the root file system's top; "/" of our own root after PIVOT */
  int in_place;                   /* ROOTFS -> PIVOT: it is attached at its path, not over "/" */
  int proc;                       /* the host's /proc, or -1; see proc.c */
  int at_root;                    /* the working directory is the container's "/" */
  int outlives;                   /* PDEATHSIG is off */
  const struct plan_rlimit *late; /* RLIMITS -> the end: so few open files that husk-init could not continue */
  const char *program;            /* LOOKUP -> EXEC */

  /* Descriptors that steps of one kind share, until PIVOT. path.c: the directory of the path last asked for by
   * path_parent */
  int near;
  int null, empty; /* mask.c: the container's /dev/null, checked; an empty directory that is mounted already */

  /* Last, so that the pages of long names are touched by long names only. */
  char near_path[4096];
  char program_buffer[4096];
  char home[4096 + 8]; /* "HOME=..." */
};

/* relro.c: what only relocation had to write becomes read-only. 0, or -1 with errno. */
int protect_relocated (void);

/* wait.c: one ask over a socket, and its answer. */
int init_ask (struct init *init, int socket, enum ask what);

/* fail.c: composes text into the page's error. Parts end with NULL. Always -1. */
int init_fail (struct init *init, int code, ...);
#define fail(init, code, ...) init_fail ((init), (code), __VA_ARGS__, (const char *)NULL)
/* The same with another origin than the step's. */
void init_origin (struct init *init, origin_t origin);
#define fail_exec(init, code, ...)                                                                                     \
  (init_kind ((init), error_kind_of_exec (code)),                                                                      \
   init_fail ((init), (code), "exec: \"", __VA_ARGS__, (const char *)NULL))
void init_kind (struct init *init, enum error_kind kind);
void init_hint (struct init *init, const char *hint);
void init_note (struct init *init, const char *note);
/* Appends text to a buffer of that size; returns the new length (never beyond size - 1). */
size_t text_append (char *out, size_t size, size_t used, const char *text);
/* Decimal digits of a number in a static buffer of the caller's: at least 21 bytes. Returns out. */
const char *text_number (char out[24], uint64_t number);
int text_equal (const char *a, const char *b);

/* proc.c: files of the host's /proc, "self/oom_score_adj". -1 with errno. */
int proc_open (struct init *init, const char *file, int flags);
int proc_write (struct init *init, const char *file, const char *text);
/* A path of an open file, for calls that take no descriptor: relative to the host's /proc, which is made the working
 * directory. NULL with errno. */
const char *proc_path (struct init *init, char out[48], int fd);
void proc_close (struct init *init);

/* closing.c: before the root is changed. What stays is the root of the container, and the sockets. */
int close_host (struct init *init);
int close_all (void);
/* The container's root, opened when nothing else has (exec); and closed, when the last name is resolved. */
int root_of (struct init *init);
void close_root (struct init *init);

/* lookup.c: that path leads to something, and through no link of /proc; what: for the error. The last name that is
 * resolved. */
int prove_program (struct init *init, const char *what, const char *path);

/* run.c: what a step does. */
int init_apply (struct init *init, const struct step *step);

/* process.c: the limit that RLIMITS has left for later. */
int take_late_limit (struct init *init);

/* path.c: inside the rootfs, by descriptors. Paths are absolute in the container. */
int path_open (struct init *init, const char *path, int flags);             /* O_PATH unless flags say else; -1 errno */
int path_make_directory (struct init *init, const char *path, mode_t mode); /* mkdir -p; an O_PATH descriptor */
int path_make_file (struct init *init, const char *path);                   /* parents and an empty file; O_PATH */
/* Opens (and makes) the directory that holds path; *out_name is its last component. The descriptor stays path.c's: the
 * same one is given for the next path in that directory, until path_forget. */
int path_parent (struct init *init, const char *path, const char **out_name);
/* The same directory is open already. */
int path_is_near (const struct init *init, const char *path);
/* To be called when something is mounted over a directory that was there before. */
void path_forget (struct init *init);

/* old_root.c: after the rootfs lies over "/", before the root is changed to it. */
int leave_old_root (struct init *init);

#define STEP_KIND_PROTOTYPE(name, function, data, word, text) int step_##function (struct init *init);
STEP_KINDS (STEP_KIND_PROTOTYPE)
#undef STEP_KIND_PROTOTYPE

#endif
