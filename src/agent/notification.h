/*
 * One notified call: received, looked at, answered (seccomp_unotify(2)).
 */
#ifndef HUSK_AGENT_NOTIFICATION_H
#define HUSK_AGENT_NOTIFICATION_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

struct notification
{
  struct seccomp_notif *call;
  struct seccomp_notif_resp *response;
};

/* Makes room, of the kernel's sizes: its structs may be larger than those of the headers. 0 or -1. */
int notification_open (struct notification *notification);
void notification_close (struct notification *notification);
/* 1: there is a call; 0: its caller is gone; -1: the listener is of no use any more. */
int notification_receive (struct notification *notification, int listener);
/* The caller still waits: what was read from its memory, or of its pid, is its own. */
bool notification_waits (const struct notification *notification, int listener);
/* Lets the kernel make the call. -1: the listener is of no use any more. */
int notification_continue (struct notification *notification, int listener);
/* The call returns -code; 0 for code 0. */
int notification_refuse (struct notification *notification, int listener, int code);
/* Kills the caller's process, if it still waits. */
void notification_kill (const struct notification *notification, int listener);

#endif
