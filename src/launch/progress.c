/*
 * Logs husk-init's steps for --debug: dialogue.c and start.c poll through this and log each step once when the page
 * shows that it has begun; launch.c uses the names of namespaces. husk-init does nothing extra for it. Container
 * processes may have written to the page, so step numbers and kinds are checked before use.
 */
#include "husk/launch.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "husk/compile.h"
#include "husk/descriptor.h"
#include "husk/log.h"

#define LOOK_MILLISECONDS 50

/* Without the plan the kind comes from the page, where a container process may have written it. */
static __attribute__ ((cold)) void
log_step_kind (uint32_t number, uint8_t kind)
{
  if (kind >= 1 && kind <= STEP_KIND_COUNT)
    log_debug ("husk-init: step %u, %s: %s", number, step_word (kind - 1), step_text (kind - 1));
}

static __attribute__ ((cold)) void
log_step (const struct plan *plan, uint32_t number)
{
  char text[1800];
  const struct step *step = &plan->steps[number - 1];
  step_describe (step, false, text, sizeof text);
  log_debug ("husk-init: step %u of %u, %s%s%s", number, plan->step_count, step_word (step->kind), text[0] ? ": " : "",
             text);
}

void
progress_log (struct progress *progress)
{
  if (!progress->page)
    return;
  uint32_t last = progress->plan ? progress->plan->step_count : PAGE_STEPS, now = progress->page->step;
  for (; progress->told < now && progress->told < last; progress->told++)
    if (progress->plan)
      log_step (progress->plan, progress->told + 1);
    else
      log_step_kind (progress->told + 1, progress->page->kinds[progress->told]);
}

int
progress_poll (struct progress *progress, struct pollfd *polls, nfds_t count, int milliseconds)
{
  int ready = 0;
  for (int left = milliseconds; ready == 0 && left > 0; left -= LOOK_MILLISECONDS)
    {
      ready = descriptor_poll (polls, count, LOOK_MILLISECONDS);
      progress_log (progress);
    }
  return ready;
}

const char *
progress_namespaces (uint64_t flags, char *out, size_t size)
{
  static const struct
  {
    uint64_t flag;
    const char *name;
  } names[] = { { CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" },
                { CLONE_NEWNET, "network" },   { CLONE_NEWIPC, "ipc" },  { CLONE_NEWUTS, "uts" },
                { CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" } };
  size_t used = 0;
  (void)snprintf (out, size, "none");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (flags & names[i].flag && used < size)
      used += (size_t)snprintf (out + used, size - used, "%s%s", used ? ", " : "", names[i].name);
  return out;
}
