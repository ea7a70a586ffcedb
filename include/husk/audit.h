/*
 * What the kernel's log says of seccomp: records of type 1326, in the forms in which auditd, dmesg, the journal and
 * syslog keep them. A log is hostile input: names in it are chosen by the programs that were denied, and in some forms
 * other programs can write lines that look like the kernel's.
 */
#ifndef HUSK_AUDIT_H
#define HUSK_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/error.h"

#define AUDIT_NAME_SIZE 256
#define AUDIT_PATH_SIZE 1024
#define AUDIT_LINE_SIZE (64u << 10) /* longer lines are not read */

enum audit_kind
{
  AUDIT_OTHER,   /* nothing of seccomp's */
  AUDIT_CALL,    /* a call, *out is filled */
  AUDIT_FOREIGN, /* it looks like one, but a program wrote it: out->comm is its name, if known */
  AUDIT_DAMAGED, /* one that lacks its call */
  AUDIT_LOST,    /* the kernel says that it has dropped lines */
};

/* One call, as the line has it. Texts are the bytes that they stand for, NUL left out: escape them to print. */
struct audit_call
{
  char comm[AUDIT_NAME_SIZE], exe[AUDIT_PATH_SIZE]; /* empty: not in the line */
  uint32_t arch;                                    /* AUDIT_ARCH_* */
  int32_t number;
  bool vouched; /* the journal has noted that it came from the kernel or from audit */
  bool has_code;
  uint32_t code; /* SECCOMP_RET_* without its data, which the kernel does not log */
  int signal;
  pid_t pid;       /* 0: not in the line */
  int64_t seconds; /* since 1970; 0: not in the line */
  char stamp[48];  /* "1594067860.484:14536", of this record alone; or empty */
  char node[AUDIT_NAME_SIZE], name_space[AUDIT_NAME_SIZE], pod[AUDIT_NAME_SIZE],
      container[AUDIT_NAME_SIZE]; /* if the line has them */
};

/* Reads a line without its newline. Pure. */
enum audit_kind audit_read (const char *line, size_t size, struct audit_call *out);

/* Finds the cgroup of the process that a line is about, if it is still alive. false: it has ended, or its number
 * belongs to another process by now. */
struct audit_place
{
  char container[AUDIT_NAME_SIZE]; /* the id in its cgroup's name, or empty */
  char pod[64];                    /* the uid of its pod, or empty */
  char cgroup[AUDIT_PATH_SIZE];
};
bool audit_place (const struct audit_call *call, struct audit_place *out);
/* The same from the text of /proc/PID/cgroup. Pure. */
void audit_place_of (const char *cgroups, struct audit_place *out);

/* Calls that differ only in their time and process. */
struct audit_group
{
  struct audit_call call;   /* the first of them */
  struct audit_place place; /* of one whose process lives still */
  uint32_t order;           /* in which they were found */
  uint64_t count;
  uint64_t stamped, bare; /* of them those with and without a stamp */
  uint64_t unproved;      /* of the lines those that a program could have written */
  int64_t first, last;    /* seconds, or 0 */
};
struct audit_tally
{
  struct audit_group *groups; /* in the arena */
  uint32_t count, room;
  uint64_t lines, calls, repeated, foreign, damaged, lost, crowded;
  char foreign_name[AUDIT_NAME_SIZE]; /* of a program that writes lines like the kernel's */
  struct audit_seen *seen;            /* stamps, and where a group is: tally.c */
  struct arena *arena;
};
/* Reads lines up to the end of the input, which the caller has to wait for. A record that is there twice (in two logs,
 * or in the journal from the kernel and from audit) counts once. 0 or -1. */
int audit_tally (int fd, struct arena *arena, struct audit_tally *out, struct error *error);
/* The most frequent first. */
void audit_sort (struct audit_tally *tally);

#endif
