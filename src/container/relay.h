/*
 * A terminal in the foreground: what comes on husk's stdin goes to the terminal's master, and back. Neither way waits
 * for its reader: a program that does not read what is typed, or a user who stops reading what it prints, keeps husk
 * neither from the other way nor from signals.
 */
#ifndef HUSK_CONTAINER_RELAY_H
#define HUSK_CONTAINER_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define RELAY_CHUNK 4096 /* PIPE_BUF: so much a pipe takes at once when it takes anything */
#define RELAY_POLLS 4

struct flow
{
  int from, to; /* from -1: it has ended */
  size_t size, sent;
  char *data;
};

struct relay
{
  struct flow in, out;
  bool at_end;             /* of our stdin, while the terminal is there */
  int reader;              /* an epoll that reports when our terminal is read, or -1 */
  bool unread;             /* something was written to it */
  bool raw;                /* our terminal was changed and must be restored */
  struct termios original; /* of our stdin */
};

/* relay is all zero, and there is one at a time. master -1: there is nothing to relay. -1 with errno. */
int relay_begin (struct relay *relay, int master);
/* What to poll for, and what to do then. */
void relay_watch (const struct relay *relay, struct pollfd polls[RELAY_POLLS]);
void relay_turn (struct relay *relay, const struct pollfd polls[RELAY_POLLS]);
/* How long to poll, in milliseconds, -1 without end; and what to do when that is over. Our stdin stays at its end, but
 * what is typed is read once, and lost when a program that edits its lines sets up the terminal: it is typed again. */
int relay_patience (const struct relay *relay);
void relay_wait_over (struct relay *relay);
/* The terminal becomes as large as husk's own. */
void relay_resize (const struct relay *relay);
/* Output that a program wrote just before it ended: one that it has left behind may write on and on, and gets no more
 * than a terminal holds. interrupted, which is asked whenever the descriptor is readable, ends it. When our terminal is
 * an engine's, what it has been given last is read there before this returns, if it is read within a moment. */
void relay_drain (struct relay *relay, int signals, bool (*interrupted) (int signals));
void relay_end (struct relay *relay);

#endif
