/*
 * Names of signals, as kill(1) accepts them and messages show them; and the handling of signals that ask husk to end
 * while something is half made.
 */
#ifndef HUSK_SIGNALS_H
#define HUSK_SIGNALS_H

#include <stdbool.h>

/* "SIGSYS"; "signal 99" for what has no name. Static memory. */
const char *signal_name (int number);
/* A number 0..64, or a name with or without SIG, in any case; RTMIN+N and RTMAX-N too. -1 when it is neither. */
int signal_number (const char *text);

/* From here on HUP, INT, QUIT and TERM end husk no more: a wait polls signals_held and asks signals_taken, and
 * what was made is undone. With `all` every signal is blocked that can be passed on to a program. -1 with errno. */
int signals_hold (bool all);
/* Readable when one has come; -1 when none are held, or one was taken already: undoing is not interrupted. */
int signals_held (void);
/* The signal that has arrived, or 0. Signals that husk's caller has blocked or ignores (nohup) do not count. */
int signals_taken (void);
/* For callers that pass them on: the descriptor of all that are blocked, to be closed. None interrupts any more. */
int signals_pass_on (void);
/* None interrupts any more, and they stay blocked. */
void signals_let_be (void);
/* As they were before: what was made stays, whatever ends husk now. */
void signals_release (void);
/* The status of a program that one of them has ended, 128+N; or 0. */
int signals_status (void);

#endif
