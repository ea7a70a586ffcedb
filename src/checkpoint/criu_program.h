/*
 * The program husk-criu: found, run, spoken with (src/criu/main.c has the picture).
 */
#ifndef HUSK_CHECKPOINT_CRIU_PROGRAM_H
#define HUSK_CHECKPOINT_CRIU_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/error.h"

struct criu_words /* its command line, in the arena */
{
  struct arena *arena;
  char **items;
  uint32_t count, room;
};

void criu_word (struct criu_words *words, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

struct criu_program
{
  pid_t pid;
  int socket; /* to it */
  char heard[4096];
  size_t heard_size;
};

/* Starts it, with husk's standard streams; it waits for criu_go. console and status: descriptors, or -1. */
int criu_begin (struct criu_program *program, const char *verb, struct criu_words *words, int console, int status,
                struct error *error);
int criu_go (struct criu_program *program, struct error *error);
/* Its next line, without the line feed; 0 at its end, and then it is reaped: -1 if it has failed. An "error" line is
 * the error. As long as criu needs: a dump has the size of the processes' memory. */
int criu_hear (struct criu_program *program, char *line, size_t size, struct error *error);
/* Ends it, if it runs still, and criu with it. */
void criu_end (struct criu_program *program);

#endif
