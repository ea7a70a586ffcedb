/*
 * husk-init: the program that applies a plan inside the container. It is small on purpose: no allocation, no JSON
 * parser, no OCI types, no library but libc. There is one function per kind of step; each returns 0, or -1 with the
 * page's error set.
 */
#ifndef HUSK_INIT_H
#define HUSK_INIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/channel.h"
#include "husk/plan.h"

/* The few results that steps pass on to later steps. Each has one writer. */
struct init
{
  const struct plan *plan;
  const struct step *step; /* the step that runs now */
  struct page *page;
  int control;                    /* to the parent; -1 after CREATED */
  int start;                      /* to `husk start`, from WAIT on; or -1 */
  int rootfs;                     /* the root file system's top directory; husk-init's own "/" after PIVOT */
  int in_place;                   /* ROOTFS -> PIVOT: the rootfs is attached at its path, not over "/" */
  int proc;                       /* the host's /proc, or -1; see proc.c */
  int at_root;                    /* the working directory is the container's "/" */
  int outlives;                   /* PDEATHSIG is off */
  const struct plan_rlimit *late; /* RLIMITS -> EXEC: an RLIMIT_NOFILE too low for husk-init, set last */
  const char *program;            /* LOOKUP -> EXEC */
  const char *label;              /* LABEL -> EXEC: the AppArmor profile or SELinux label of the program, or NULL */

  /* Descriptors that steps share until PIVOT. near, of path.c: the directory of path_parent's last path */
  int near;
  int null, empty; /* of mask.c: the container's /dev/null, checked; a mounted empty directory */

  /* These are last, so that only long names touch the later pages. */
  char near_path[4096];
  char program_buffer[4096];
  char home[4096 + 8]; /* "HOME=..." */
};

/* relro.c: makes memory read-only that only relocation had to write. 0, or -1 with errno. */
int protect_relocated (void);

/* wait.c: sends an ask and waits for its answer. */
int init_ask (struct init *init, int socket, enum ask what);

/* fail.c: composes the page's error from parts, the last of which is NULL. Always returns -1. */
int init_fail (struct init *init, int code, ...);
#define fail(init, code, ...) init_fail ((init), (code), __VA_ARGS__, (const char *)NULL)
/* Sets an origin other than the step's, before fail. */
void init_origin (struct init *init, origin_t origin);
#define fail_exec(init, code, ...)                                                                                     \
  (init_kind ((init), error_kind_of_exec (code)),                                                                      \
   init_fail ((init), (code), "exec: \"", __VA_ARGS__, (const char *)NULL))
void init_kind (struct init *init, enum error_kind kind);
void init_hint (struct init *init, const char *hint);
void init_note (struct init *init, const char *note);
/* Appends text to a buffer of that size; returns the new length (never beyond size - 1). */
size_t text_append (char *out, size_t size, size_t used, const char *text);
/* Writes a number's decimal digits to out and returns out. */
const char *text_number (char out[24], uint64_t number);
int text_equal (const char *a, const char *b);

/* proc.c: files in the host's /proc, such as "self/oom_score_adj". -1 with errno. */
int proc_open (struct init *init, const char *file, int flags);
int proc_write (struct init *init, const char *file, const char *text);
/* A path to an open file, for calls that take no descriptor. It is relative to the host's /proc, which becomes the
 * working directory. NULL with errno. */
const char *proc_path (struct init *init, char out[48], int fd);
void proc_close (struct init *init);

/* closing.c: called before the root changes. Only the container's root and the sockets stay open. */
int close_host (struct init *init);
int close_all (void);
/* The container's root, opened here if no step has (exec). It is closed after the last name is resolved. */
int root_of (struct init *init);
void close_root (struct init *init);

/* lookup.c: checks that path leads to a file, and through no link in /proc. `what` is for the error. This is the last
 * name to be resolved. */
int prove_program (struct init *init, const char *what, const char *path);

/* why.c: hints why execve of a file, or the check before it, failed with this errno. */
void explain_exec (struct init *init, int code, const char *program);

/* run.c: applies one step. */
int init_apply (struct init *init, const struct step *step);

/* process.c: sets the limit that RLIMITS left for later. */
int take_late_limit (struct init *init);

/* path.c: resolves paths inside the rootfs, by descriptors. Paths are absolute in the container. */
int path_open (struct init *init, const char *path, int flags);             /* -1 with errno */
int path_make_directory (struct init *init, const char *path, mode_t mode); /* mkdir -p; an O_PATH descriptor */
int path_make_file (struct init *init, const char *path);                   /* parents and an empty file; O_PATH */
/* Opens the directory that contains path, and makes it if it is missing; *out_name is path's last component. path.c
 * owns the descriptor and returns it again for other paths in that directory, until path_forget. */
int path_parent (struct init *init, const char *path, const char **out_name);
/* Whether that directory is already open. */
int path_is_near (const struct init *init, const char *path);
/* Must be called after something is mounted over an existing directory. */
void path_forget (struct init *init);

/* old_root.c: called once the rootfs is mounted over "/", before the root changes to it. */
int leave_old_root (struct init *init);

#define STEP_KIND_PROTOTYPE(name, function, data, ask, proc, traits, word, text)                                       \
  int step_##function (struct init *init);
STEP_KINDS (STEP_KIND_PROTOTYPE)
#undef STEP_KIND_PROTOTYPE

#endif
