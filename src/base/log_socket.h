/*
 * Logs that are a daemon's: the journal and syslog.
 */
#ifndef HUSK_BASE_LOG_SOCKET_H
#define HUSK_BASE_LOG_SOCKET_H

#include "husk/log.h"

/* Whether the target is "journald:IDENTIFIER" or "syslog:IDENTIFIER"; if so, log_socket_line writes there from now on.
 */
bool log_socket_open (const char *target);
/* A daemon that does not listen, or is too busy, does not hold husk up: the line is lost. */
void log_socket_line (enum log_level level, const char *text);

#endif
