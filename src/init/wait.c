/*
 * The steps that talk: to the parent over the control socket, to `husk start` over the listening one (channel.h).
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* One ask and its answer. The parent's end of file is its death, or its refusal: husk-init ends either way. */
static int
ask (struct init *init, enum ask what)
{
  struct ask_message message = { what };
  ssize_t got;
  if (send (init->control, &message, sizeof message, MSG_NOSIGNAL) < 0)
    return fail (init, errno, "ask the parent");
  do
    got = recv (init->control, &message, sizeof message, 0);
  while (got < 0 && errno == EINTR);
  if (got != (ssize_t)sizeof message || message.ask != (uint32_t)what)
    return fail (init, got < 0 ? errno : 0, "husk ended before it answered");
  return 0;
}

int
step_placed (struct init *init)
{
  return ask (init, ASK_PLACED);
}

int
step_runtime_hooks (struct init *init)
{
  return ask (init, ASK_RUNTIME_HOOKS);
}

/* From here on the container outlives its creator; with a WAIT step to come, the creator is told so by end of file. */
int
step_created (struct init *init)
{
  if (ask (init, ASK_CREATED) < 0)
    return -1;
  (void)prctl (PR_SET_PDEATHSIG, 0);
  if (init->plan->listen >= 0)
    {
      (void)close (init->control);
      init->control = -1;
    }
  return 0;
}

int
step_wait (struct init *init)
{
  do
    init->start = accept4 (init->plan->listen, NULL, NULL, SOCK_CLOEXEC);
  while (init->start < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (init->start < 0)
    return fail (init, errno, "wait for start");
  (void)close (init->plan->listen);
  return 0;
}
