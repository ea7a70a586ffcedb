/*
 * Logging to a daemon: the journal or syslog.
 */
#ifndef HUSK_BASE_LOG_SOCKET_H
#define HUSK_BASE_LOG_SOCKET_H

#include "husk/log.h"

/* Whether the target is "journald:IDENTIFIER" or "syslog:IDENTIFIER"; if so, log_socket_line writes there from now on.
 */
bool log_socket_open (const char *target);
/* If the daemon is not listening or is too busy, husk does not wait: the line is lost. */
void log_socket_line (enum log_level level, const char *text);

#endif
