/*
 * Requests to rtnetlink(7), for net_devices.c: each is built and sent, and its answers are read up to the last. Only
 * answers with the request's sequence number count, because an earlier request that timed out may be answered late.
 * Each receive has a deadline, since other processes may hold the kernel's lock on network devices.
 */
#include "rtnetlink.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "husk/descriptor.h"

int
rtnetlink_open (void)
{
  /* the kernel answers at once, unless another process holds its lock on all devices */
  static const struct timeval patience = { .tv_sec = 10 };
  int socket_fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket_fd < 0 || setsockopt (socket_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
    return socket_fd;
  (void)close (socket_fd);
  return -1;
}

void
rtnetlink_begin (struct rtnetlink_request *request, unsigned type, unsigned flags, const void *head, size_t size)
{
  memset (request, 0, sizeof *request);
  request->header.nlmsg_type = (uint16_t)type;
  request->header.nlmsg_flags
      = (uint16_t)(NLM_F_REQUEST | flags | ((flags & NLM_F_DUMP) == NLM_F_DUMP ? 0 : NLM_F_ACK));
  request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH (size);
  memcpy (NLMSG_DATA (&request->header), head, size);
}

void
rtnetlink_add (struct rtnetlink_request *request, unsigned type, const void *data, size_t size)
{
  size_t at = NLMSG_ALIGN (request->header.nlmsg_len);
  struct rtattr *attribute = (struct rtattr *)((char *)request + at);
  if (at + RTA_SPACE (size) > sizeof *request)
    return; /* no request here is that long */
  attribute->rta_type = (uint16_t)type;
  attribute->rta_len = (uint16_t)RTA_LENGTH (size);
  memcpy (RTA_DATA (attribute), data, size);
  request->header.nlmsg_len = (uint32_t)(at + RTA_LENGTH (size));
}

/* Reads one datagram of answers. 1: more will come; 0: it was the last; -1 with errno. */
static int
take_answers (int socket, uint32_t sequence, void (*visit) (const struct nlmsghdr *, void *), void *data)
{
  char bytes[32768] __attribute__ ((aligned (NLMSG_ALIGNTO))); /* the kernel's dumps use datagrams of at most this
                                                                * size */
  ssize_t got = descriptor_receive (socket, bytes, sizeof bytes, 0);
  if (got < 0)
    {
      if (errno == EAGAIN)
        errno = ETIMEDOUT;
      return -1;
    }
  size_t left = (size_t)got;
  for (struct nlmsghdr *message = (struct nlmsghdr *)bytes; NLMSG_OK (message, left);
       message = NLMSG_NEXT (message, left))
    {
      if (message->nlmsg_seq != sequence)
        continue; /* a late answer to an earlier request */
      if (message->nlmsg_type == NLMSG_DONE)
        return 0;
      if (message->nlmsg_type == NLMSG_ERROR)
        {
          errno = -((struct nlmsgerr *)NLMSG_DATA (message))->error;
          return errno ? -1 : 0;
        }
      if (visit)
        visit (message, data);
    }
  return 1;
}

int
rtnetlink_ask (int socket, struct rtnetlink_request *request, void (*visit) (const struct nlmsghdr *, void *),
               void *data)
{
  static uint32_t sequence;
  int more = 1;
  request->header.nlmsg_seq = ++sequence;
  if (descriptor_send (socket, request, request->header.nlmsg_len, 0) < 0)
    return -1;
  while (more > 0)
    more = take_answers (socket, request->header.nlmsg_seq, visit, data);
  return more;
}
