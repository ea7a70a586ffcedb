/*
 * Requests to the kernel about links and addresses: rtnetlink(7), one at a time.
 */
#ifndef HUSK_LAUNCH_RTNETLINK_H
#define HUSK_LAUNCH_RTNETLINK_H

#include <linux/rtnetlink.h>
#include <stddef.h>

struct rtnetlink_request
{
  struct nlmsghdr header;
  char body[1024]; /* requests take a few hundred bytes */
};

/* A socket in the caller's network namespace with a deadline for answers. -1 with errno. */
int rtnetlink_open (void);

/* head: struct ifinfomsg or ifaddrmsg. flags: NLM_F_*, in addition to those of every request. */
void rtnetlink_begin (struct rtnetlink_request *request, unsigned type, unsigned flags, const void *head, size_t size);
void rtnetlink_add (struct rtnetlink_request *request, unsigned type, const void *data, size_t size);

/* Sends it and calls VISIT (may be NULL) with each answer, up to the kernel's last. 0 or -1 with errno. */
int rtnetlink_ask (int socket, struct rtnetlink_request *request,
                   void (*visit) (const struct nlmsghdr *message, void *data), void *data);

#endif
