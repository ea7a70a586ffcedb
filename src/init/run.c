/*
 * The loop over the steps. Each step's index is stored in the shared page before it begins, so that the parent knows
 * where this process was if it is killed.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int (*const functions[STEP_KIND_COUNT]) (struct init *) = {
#define STEP_KIND_FUNCTION(name, function, data, ask, proc, traits, word, text) step_##function,
  STEP_KINDS (STEP_KIND_FUNCTION)
#undef STEP_KIND_FUNCTION
};

int
init_apply (struct init *init, const struct step *step)
{
  init->step = step;
  if (step->kind >= STEP_KIND_COUNT)
    return fail (init, 0, "the plan has a step unknown to this husk-init");
  return functions[step->kind](init);
}

static uint64_t
now_microseconds (void)
{
  struct timespec now;
  (void)clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Once a filter is loaded, the time is not asked for: where the vdso does not know it, that is a system call. */
static void
note_time (struct init *init, uint32_t index)
{
  if (index < PAGE_STEPS && (index == 0 || init->plan->steps[index - 1].kind != STEP_SECCOMP))
    init->page->step_times[index] = (uint32_t)now_microseconds ();
}

static int
run_steps (struct init *init)
{
  const struct plan *plan = init->plan;
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      init->step = &plan->steps[i];
      if (i < PAGE_STEPS)
        init->page->kinds[i] = (uint8_t)(init->step->kind + 1);
      init->page->step = i + 1;
      if (plan->timing)
        note_time (init, i);
      if (!step_has (init->step->kind, STEP_STAYS_NEAR))
        path_forget (init); /* other steps, such as hooks, may mount anywhere */
      if (init_apply (init, init->step) < 0)
        return -1;
    }
  return fail (init, 0, "the plan ends without an exec");
}

/* Maps the sealed plan read-only at the address that its pointers assume. */
static const struct plan *
map_plan (int fd, size_t size)
{
  if (size < sizeof (struct plan) || size > PLAN_SIZE_MAX)
    return NULL;
  struct plan *plan = mmap ((void *)PLAN_ADDRESS, size, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
  if (plan != (void *)PLAN_ADDRESS || plan->magic != PLAN_MAGIC || plan->size != size)
    return NULL;
  (void)close (fd);
  return plan;
}

/* Both the page and the plan must have the expected size: an access beyond the file's end would raise SIGBUS. */
static struct page *
map_page (const struct plan *plan)
{
  if (plan->page_size != sizeof (struct page))
    return NULL;
  struct page *page = mmap (NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, plan->page, 0);
  return page == MAP_FAILED || page->magic != PAGE_MAGIC || page->size != sizeof *page ? NULL : page;
}

/* If the parent died before PDEATHSIG was set, its end of the socket is closed. */
static int
parent_lives (int control)
{
  struct pollfd end = { control, 0, 0 };
  int ready = 0;
  do
    ready = control < 0 ? 0 : poll (&end, 1, 0);
  while (ready < 0 && errno == EINTR);
  return ready >= 0 && !(end.revents & (POLLHUP | POLLERR));
}

/* Other descriptors are closed as soon as they are used. These stay open and become close-on-exec again, so that no
 * hook or program gets them. */
static int
make_close_on_exec (const struct plan *plan)
{
  const int kept[] = { plan->control, plan->proc, plan->listen, plan->hook_output, plan->hook_errors };
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    if (kept[i] >= 0 && fcntl (kept[i], F_SETFD, FD_CLOEXEC) < 0)
      return -1;
  return 0;
}

static int
prepare_init (struct init *init)
{
  if (prctl (PR_SET_NAME, "husk:init") < 0) /* the name distinguishes husk-init from the program */
    return fail (init, errno, "name husk-init");
  /* before any namespace of a container is entered: no ptrace, no /proc/PID/fd */
  if (prctl (PR_SET_DUMPABLE, 0) < 0)
    return fail (init, errno, "forbid tracing husk-init");
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0)
    return fail (init, errno, "set the parent death signal of husk-init");
  if (make_close_on_exec (init->plan) < 0)
    return fail (init, errno, "keep husk-init's descriptors from hooks");
  if (!parent_lives (init->control))
    return fail (init, 0, "husk has ended");
  return 0;
}

int
main (int argc, char **argv)
{
  static struct init init; /* without initial values, which would put its long names into the file */
  init.start = init.rootfs = init.near = init.null = init.empty = -1;
  if (argc != 3 || protect_relocated () < 0)
    return 125;
  init.plan = map_plan (atoi (argv[1]), (size_t)atoi (argv[2]));
  if (!init.plan)
    return 125;
  init.page = map_page (init.plan);
  if (!init.page)
    return 125;
  (void)close (init.plan->page);
  init.control = init.plan->control;
  init.proc = init.plan->proc;
  (void)umask (0); /* files get exactly the modes asked for; UMASK sets the program's umask */
  if (prepare_init (&init) < 0 || run_steps (&init) < 0)
    init.page->state = PAGE_FAILED;
  return 125;
}
