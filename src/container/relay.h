/*
 * A terminal in the foreground: husk's stdin is copied to the terminal's master, and the master to husk's stdout.
 * Neither direction waits for its reader: a program that does not read its input, or a user who stops reading its
 * output, blocks neither the other direction nor signals.
 */
#ifndef HUSK_CONTAINER_RELAY_H
#define HUSK_CONTAINER_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define RELAY_CHUNK 4096 /* PIPE_BUF: a pipe that is ready accepts this much without blocking */
#define RELAY_POLLS 4

struct flow
{
  int from, to; /* from -1: the flow has ended */
  size_t size, sent;
  char *data;
};

struct relay
{
  struct flow in, out;
  bool at_end;             /* our stdin has ended, but the terminal has not */
  int reader;              /* an epoll that reports when our terminal is read, or -1 */
  bool unread;             /* something was written to our terminal */
  bool raw;                /* our terminal was changed and must be restored */
  struct termios original; /* of our stdin */
};

/* relay must be all zero, and only one may exist at a time. master -1: nothing to relay. -1 with errno. */
int relay_begin (struct relay *relay, int master);
/* relay_watch sets what to poll for, and relay_turn handles the results. */
void relay_watch (const struct relay *relay, struct pollfd polls[RELAY_POLLS]);
void relay_turn (struct relay *relay, const struct pollfd polls[RELAY_POLLS]);
/* How long to poll, in milliseconds, or -1; and what to do when that time is over: type end of file again. A program
 * that edits its lines loses the first one when it sets up the terminal. */
int relay_timeout (const struct relay *relay);
void relay_wait_over (struct relay *relay);
/* Gives the terminal the size of husk's own. */
void relay_resize (const struct relay *relay);
/* Copies the output that a program wrote just before it ended, but no more than a terminal holds, because a process
 * that it left behind may keep writing. Stops when interrupted, which is called whenever signals is readable, returns
 * true. If our terminal is an engine's, waits briefly until the engine has read the last output. */
void relay_drain (struct relay *relay, int signals, bool (*interrupted) (int signals));
void relay_end (struct relay *relay);

#endif
