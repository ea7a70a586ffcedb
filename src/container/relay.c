/*
 * The relay of a terminal, for foreground.c: two flows, each with one buffer that is filled only when it is empty.
 * Neither may wait for the other, nor for its reader except in poll(2). The master is nonblocking, but husk's own
 * stdout may block: no write to it is larger than RELAY_CHUNK, and none is made without POLLOUT. relay_begin makes
 * husk's terminal raw, so relay_end must follow.
 */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "husk/descriptor.h"

#define READER_PATIENCE 20           /* milliseconds: many times longer than a reader takes */
#define TERMINAL_FILL (128ul * 1024) /* more than the kernel buffers for a terminal */

/* By the major numbers of pseudo-terminal slaves (Documentation/admin-guide/devices.txt). */
static bool
is_pseudo_terminal (int fd)
{
  struct stat status;
  return fstat (fd, &status) == 0 && S_ISCHR (status.st_mode) && major (status.st_rdev) >= 136
         && major (status.st_rdev) <= 143;
}

/* An engine may read its end of our terminal only while husk lives, and lose what it has not read by then (CRI-O's
 * exec). tcdrain(3) does not wait for the engine. But a reader wakes waiting writers, which is an event for an
 * edge-triggered epoll, and the only sign from the kernel. -1: husk does not wait. */
static int
watch_reader (int fd)
{
  struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
  if (!is_pseudo_terminal (fd))
    return -1;
  auto_close int reader = epoll_create1 (EPOLL_CLOEXEC);
  return reader >= 0 && epoll_ctl (reader, EPOLL_CTL_ADD, fd, &event) == 0 ? take_fd (&reader) : -1;
}

static char typed[RELAY_CHUNK], printed[RELAY_CHUNK]; /* static, because the compiler fills variables on the stack */

int
relay_begin (struct relay *relay, int master)
{
  struct termios raw;
  relay->reader = -1;
  relay->in = (struct flow){ .from = master < 0 ? -1 : 0, .to = master, .data = typed };
  relay->out = (struct flow){ .from = master, .to = 1, .data = printed };
  if (master < 0)
    return 0;
  relay->reader = watch_reader (1);
  if (fcntl (master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
    return -1;
  if (tcgetattr (0, &relay->original) < 0) /* not a terminal: nothing to change */
    return 0;
  raw = relay->original;
  cfmakeraw (&raw);
  raw.c_oflag = relay->original.c_oflag; /* our terminal still converts newlines, which the container's leaves alone */
  relay->raw = tcsetattr (0, TCSANOW, &raw) == 0;
  relay_resize (relay);
  return 0;
}

void
relay_resize (const struct relay *relay)
{
  struct winsize size;
  if (relay->out.from >= 0 && ioctl (0, TIOCGWINSZ, &size) == 0)
    (void)ioctl (relay->out.from, TIOCSWINSZ, &size); /* a failure leaves the old size */
}

void
relay_end (struct relay *relay)
{
  if (relay->raw)
    (void)tcsetattr (0, TCSADRAIN, &relay->original); /* fails if the terminal is gone */
  descriptor_close (&relay->reader);
}

static bool
is_full (const struct flow *flow)
{
  return flow->sent < flow->size;
}

static void
watch_flow (const struct flow *flow, struct pollfd polls[2])
{
  polls[0] = (struct pollfd){ is_full (flow) ? -1 : flow->from, POLLIN, 0 };
  polls[1] = (struct pollfd){ is_full (flow) ? flow->to : -1, POLLOUT, 0 };
}

void
relay_watch (const struct relay *relay, struct pollfd polls[RELAY_POLLS])
{
  watch_flow (&relay->in, polls);
  watch_flow (&relay->out, polls + 2);
}

/* 0, or -1 at its end: for a terminal, that is EIO once the last slave is closed. */
static int
fill (struct flow *flow)
{
  ssize_t got = descriptor_read (flow->from, flow->data, RELAY_CHUNK);
  if (got < 0 && errno == EAGAIN)
    return 0;
  flow->sent = 0;
  flow->size = got > 0 ? (size_t)got : 0;
  return got > 0 ? 0 : -1;
}

static int
flow_is_empty (struct flow *flow)
{
  ssize_t sent = descriptor_write (flow->to, flow->data + flow->sent, flow->size - flow->sent);
  if (sent < 0)
    return errno == EAGAIN ? 0 : -1;
  flow->sent += (size_t)sent;
  return 0;
}

/* Writing is an event as well, which must be consumed. If a reader's event comes that early, it is lost, and
 * relay_drain waits its full time. */
static int
relay_print (struct relay *relay)
{
  struct epoll_event own;
  if (flow_is_empty (&relay->out) < 0)
    return -1;
  if (relay->reader >= 0)
    {
      relay->unread = true;
      (void)epoll_wait (relay->reader, &own, 1, 0);
    }
  return 0;
}

static void
end_flow (struct flow *flow)
{
  flow->from = -1;
  flow->size = flow->sent = 0;
}

/* Passes on the end of our stdin by typing the terminal's end-of-file character: a master cannot be half closed. */
static void
type_end (struct flow *in)
{
  struct termios settings;
  end_flow (in);
  if (tcgetattr (in->to, &settings) < 0)
    return;
  in->data[0] = (char)settings.c_cc[VEOF];
  in->size = 1;
}

int
relay_timeout (const struct relay *relay)
{
  return relay->at_end ? 1000 : -1;
}

void
relay_wait_over (struct relay *relay)
{
  if (relay->at_end && !is_full (&relay->in))
    type_end (&relay->in);
}

void
relay_turn (struct relay *relay, const struct pollfd polls[RELAY_POLLS])
{
  if (polls[0].revents && fill (&relay->in) < 0)
    {
      relay->at_end = true;
      type_end (&relay->in);
    }
  if (polls[1].revents && flow_is_empty (&relay->in) < 0)
    end_flow (&relay->in);
  if ((polls[2].revents && fill (&relay->out) < 0) || (polls[3].revents && relay_print (relay) < 0))
    {
      end_flow (&relay->out);
      end_flow (&relay->in);
      relay->at_end = false;
    }
}

static void
drain (struct relay *relay, int signals, bool (*interrupted) (int signals))
{
  struct flow *out = &relay->out;
  for (size_t drained = 0; out->from >= 0 && drained < TERMINAL_FILL;)
    {
      if (!is_full (out) && (fill (out) < 0 || !is_full (out)))
        return;
      struct pollfd polls[] = { { out->to, POLLOUT, 0 }, { signals, POLLIN, 0 } };
      /* no deadline: the user may read as slowly as they like */
      if (descriptor_poll (polls, 2, -1) < 0 || (polls[1].revents && interrupted (signals)))
        return;
      size_t before = out->sent;
      if (polls[0].revents && relay_print (relay) < 0)
        return;
      drained += out->sent - before;
    }
}

void
relay_drain (struct relay *relay, int signals, bool (*interrupted) (int signals))
{
  struct epoll_event read;
  drain (relay, signals, interrupted);
  if (relay->unread)
    (void)epoll_wait (relay->reader, &read, 1, READER_PATIENCE);
}
