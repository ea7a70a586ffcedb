/*
 * Names of signals, as kill(1) takes them and as messages give them.
 */
#ifndef HUSK_SIGNALS_H
#define HUSK_SIGNALS_H

/* "SIGSYS"; "signal 99" for what has no name. Static memory. */
const char *signal_name (int number);
/* A number 0..64, or a name with or without SIG, in any case; RTMIN+N and RTMAX-N too. -1 when it is neither. */
int signal_number (const char *text);

#endif
