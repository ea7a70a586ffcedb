/*
 * The step SECCOMP: the filter of the profile or of an observer, and the filter for startContainer hooks. plan_process
 * calls it right before EXEC. The filter is compiled in a separate arena, and only its instructions are copied into the
 * plan. A hook must get neither a listener nor an observer's filter: nobody would answer its calls.
 */
#include "builder.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "husk/seccomp.h"
#include "husk/stage.h"

/* it ends like the compiler's message, so that the linker keeps one text for both */
#define TOO_LARGE "to explain denied calls, the filter needs %u instructions, but the kernel allows %d%s"
#define SCRATCH_SIZE (1ul << 30) /* address space */

/* A listener with TSYNC needs TSYNC_ESRCH (Linux 5.7), and WAIT_KILLABLE_RECV needs a listener. husk-init has one
 * thread, so TSYNC changes nothing. */
static uint32_t
filter_flags (uint32_t flags, bool notify)
{
  if (!notify)
    return flags & ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return flags & SECCOMP_FILTER_FLAG_TSYNC ? flags | SECCOMP_FILTER_FLAG_TSYNC_ESRCH : flags;
}

/* Calls of src/init/why.c. Where one is not simply allowed, husk-init makes none: they could notify an agent, or be
 * logged as the program's. */
static bool
allows_look (const struct seccomp_filter *filter)
{
  static const int calls[] = { __NR_openat2, __NR_statx, __NR_pread64, __NR_close, __NR_faccessat2, __NR_fstatfs };
  struct seccomp_data call = { .arch = seccomp_native_arch () };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    {
      call.nr = calls[i];
      if (seccomp_interpret (filter->program, filter->length, &call) != SECCOMP_RET_ALLOW)
        return false;
    }
  return true;
}

/* Whether the filter denies execve. Its arguments are pointers, so their values are unknown here and taken as 0. */
static bool
denies_exec (const struct seccomp_filter *filter)
{
  struct seccomp_data call = { .nr = SYS_execve, .arch = seccomp_native_arch () };
  uint32_t action = seccomp_interpret (filter->program, filter->length, &call) & SECCOMP_RET_ACTION_FULL;
  return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG && action != SECCOMP_RET_USER_NOTIF;
}

static const struct sock_filter *
keep_program (struct builder *builder, const struct seccomp_filter *filter)
{
  struct sock_filter *program = arena_array (builder->arena, struct sock_filter, filter->length);
  memcpy (program, filter->program, sizeof *program * filter->length);
  return program;
}

/* Nobody answers an observer's notifications in a hook. A hook gets the profile itself, or no filter where all calls
 * are recorded and thus allowed. */
static void
unobserve_hooks (struct builder *builder, struct plan_filter *out, const struct seccomp_filter *profile)
{
  const struct spec_hooks *hooks = builder->spec->hooks;
  bool needed = profile && hooks && hooks->start_container.count;
  out->hook_program = needed ? keep_program (builder, profile) : NULL;
  out->hook_length = needed ? profile->length : 0;
}

static struct plan_filter *
add_step (struct builder *builder, const struct seccomp_filter *filter, bool denies, origin_t origin)
{
  const struct sock_filter *program = keep_program (builder, filter);
  struct step *step = builder_step (builder, STEP_SECCOMP, origin);
  step->filter = arena_new (builder->arena, struct plan_filter);
  step->filter->program = program;
  step->filter->length = filter->length;
  step->filter->flags = filter_flags (filter->flags, filter->notify);
  step->filter->notify = filter->notify;
  step->filter->denies_exec = denies;
  step->filter->allows_look = allows_look (filter);
  step->filter->hook_program = program;
  step->filter->hook_length = filter->length;
  step->filter->hook_flags = filter_flags (filter->flags, false);
  if (observe_filters (builder->observing)) /* so that no signal ends a call that the observer has already seen */
    step->filter->optional = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  return step->filter;
}

/* The observer's filter is larger than the profile's, and too large for the kernel. -1 unless the container may run
 * without an observer. */
static int
refuse_observer (struct builder *builder, const struct seccomp_filter *filter, origin_t origin)
{
  if (!builder->options->unobserved)
    return report_error (builder->report, builder->spec->seccomp_document, origin,
                         "run without --seccomp-explain, or with permissive", TOO_LARGE, filter->length, BPF_MAXINSNS,
                         "");
  report_warning (builder->report, builder->spec->seccomp_document, origin, "denied calls are not explained", TOO_LARGE,
                  filter->length, BPF_MAXINSNS, "");
  *builder->options->unobserved = true;
  builder->observing = OBSERVE_NOTHING;
  return 0;
}

/* Where a profile that denies execve does so: at its last rule for it, or by default. */
static origin_t
denial_of_exec (const struct spec_seccomp *profile)
{
  origin_t origin = profile->default_action.node;
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    for (uint32_t name = 0; name < profile->syscalls.items[i].names.count; name++)
      if (strcmp (profile->syscalls.items[i].names.items[name], "execve") == 0)
        origin = profile->syscalls.items[i].action.node;
  return origin ? origin : profile->node;
}

static int
compile_filter (struct builder *builder, const struct spec_seccomp *profile, struct arena *scratch)
{
  struct seccomp_filter own = { 0 };
  if (builder->observing == OBSERVE_RECORD)
    own = observe_record_filter (scratch);
  else if (seccomp_compile_as (builder->spec->seccomp_document, profile, builder->errno_for_newer, scratch, &own,
                               builder->report)
           < 0)
    return -1;
  /* an observer's filter would not deny it */
  bool denies = builder->observing != OBSERVE_PERMISSIVE && denies_exec (&own);
  struct seccomp_filter observed = own;
  origin_t origin
      = profile ? spec_seccomp_origin (builder->spec, denies ? denial_of_exec (profile) : profile->node) : 0;
  if (observe_explains (builder->observing))
    observed = observe_explain_filter (&own, builder->observing, scratch);
  if (observed.length > BPF_MAXINSNS && refuse_observer (builder, &observed, origin) < 0)
    return -1;
  const struct seccomp_filter *loaded = builder->observing == OBSERVE_NOTHING ? &own : &observed;
  struct plan_filter *out = add_step (builder, loaded, denies, origin);
  if (observe_filters (builder->observing))
    unobserve_hooks (builder, out, builder->observing == OBSERVE_RECORD ? NULL : &own);
  return 0;
}

bool
plan_filters (const struct builder *builder)
{
  return builder->spec->linux_->seccomp || builder->observing == OBSERVE_RECORD;
}

int
plan_filter (struct builder *builder)
{
  const struct spec_seccomp *profile = builder->spec->linux_->seccomp;
  struct arena scratch;
  stage_end (STAGE_PLAN);
  if (!plan_filters (builder))
    return 0;
  /* the compiler needs many times the memory of its result, and only the result belongs in the plan */
  if (arena_open (&scratch, SCRATCH_SIZE) < 0)
    return report_error (builder->report, builder->spec->document, 0, NULL, "out of memory for the filter");
  int result = compile_filter (builder, profile, &scratch);
  arena_close (&scratch);
  stage_end (STAGE_FILTER);
  return result;
}
