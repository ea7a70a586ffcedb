/*
 * A notified call as a person writes it: openat(AT_FDCWD, "/etc/shadow", O_RDONLY).
 */
#ifndef HUSK_OBSERVER_CALL_H
#define HUSK_OBSERVER_CALL_H

#include <linux/seccomp.h>
#include <stddef.h>

/* Paths are read from the caller's memory, cut and escaped: they are the container's. name NULL: unknown. The
 * caller must be asked afterwards whether it still waits. */
void call_text (const struct seccomp_notif *call, const char *name, char *out, size_t size);

#endif
