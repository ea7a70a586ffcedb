/*
 * A notified call as text, as strace(1) prints it: openat(AT_FDCWD, "/etc/shadow", O_RDONLY).
 */
#ifndef HUSK_OBSERVER_CALL_H
#define HUSK_OBSERVER_CALL_H

#include <linux/seccomp.h>
#include <stddef.h>

/* Paths are read from the caller's memory, truncated and escaped, because the container controls them. name NULL: the
 * call has no known name. Call notification_waits afterwards: if it is false, the paths may be another process's. */
void call_text (const struct seccomp_notif *call, const char *name, char *out, size_t size);

#endif
