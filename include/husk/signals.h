/*
 * Names of signals, as kill(1) accepts and messages show them; and the handling of signals that ask husk to end while
 * something is half made.
 */
#ifndef HUSK_SIGNALS_H
#define HUSK_SIGNALS_H

#include <stdbool.h>

/* "SIGSYS", or "signal 99" for a number without a name. Static memory. */
const char *signal_name (int number);
/* A number 0..64, or a name with or without SIG, in any case; RTMIN+N and RTMAX-N too. -1 when it is neither. */
int signal_number (const char *text);

/* From here on HUP, INT, QUIT and TERM no longer end husk: a wait polls signals_held and calls signals_taken, and what
 * was made is undone. With `all`, every signal that can be passed on to a program is blocked. -1 with errno. */
int signals_hold (bool all);
/* A descriptor, readable once a signal has arrived. -1: none are held, or one has been taken: undoing is not
 * interrupted. */
int signals_held (void);
/* The signal that has arrived, or 0. Signals that husk's caller has blocked or ignores (nohup) do not count. */
int signals_taken (void);
/* For callers that pass signals on: a descriptor for all that are blocked, which the caller closes. None interrupts
 * husk any more. */
int signals_pass_on (void);
/* None interrupts husk any more, and they stay blocked. */
void signals_keep_blocked (void);
/* Restores the mask from before the hold: what was made stays, whatever ends husk now. */
void signals_release (void);
/* 128+N if signal N was taken, or 0. */
int signals_status (void);

#endif
