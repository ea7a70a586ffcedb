/*
 * Reports what a profile denies as it happens: the call, its caller, the verdict and the rule that decided.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/filter.h>

#include "advice.h"
#include "force.h"
#include "husk/descriptor.h"
#include "sight.h"
#include "husk/profile.h"

#define DENIALS_MAX 1000

/* ---- the filter ---------------------------------------------------------------------------------------------------
 */

struct seccomp_filter
observe_explain_filter (const struct seccomp_filter *filter, enum observing mode, struct arena *arena)
{
  const struct sock_filter forced[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JGT | BPF_K, FORCE_TRAP, 6, 0), /* on to the profile's program */
    BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, FORCE_KILL_PROCESS, 0, 5),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, FORCE_KILL_PROCESS, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, FORCE_TRAP, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
  };
  const uint32_t before = mode == OBSERVE_PERMISSIVE ? 0 : sizeof forced / sizeof *forced;
  struct seccomp_filter out = { .length = filter->length + before, .flags = filter->flags, .notify = true };
  out.program = arena_array (arena, struct sock_filter, out.length);
  memcpy (out.program, forced, before * sizeof *forced);
  memcpy (out.program + before, filter->program, filter->length * sizeof *out.program);
  for (uint32_t i = before; i < out.length; i++)
    if (out.program[i].code == (BPF_RET | BPF_K) && verdict_denies (out.program[i].k))
      out.program[i].k = SECCOMP_RET_USER_NOTIF;
  return out;
}

struct seccomp_filter
observe_record_filter (struct arena *arena)
{
  struct seccomp_filter out = { .program = arena_new (arena, struct sock_filter), .length = 1, .notify = true };
  out.program[0] = (struct sock_filter)BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  out.flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  return out;
}

/* ---- denials ------------------------------------------------------------------------------------------------------
 */

static void
read_comm (pid_t pid, char out[32])
{
  char path[64];
  (void)snprintf (path, sizeof path, "/proc/%d/comm", (int)pid);
  if (read_small (path, out, 32) <= 0)
    (void)snprintf (out, 32, "?");
  size_t length = strlen (out);
  if (length > 0 && out[length - 1] == '\n')
    out[length - 1] = '\0';
}

/* Finds the denial with this line, or adds it. NULL: there are too many of them, or no memory. */
static struct seen_denial *
find_denial (struct sight *sight, const char *line)
{
  for (size_t i = 0; i < sight->count; i++)
    if (strcmp (sight->denials[i].line, line) == 0)
      return &sight->denials[i];
  if (!sight->denials)
    sight->denials = calloc (DENIALS_MAX, sizeof *sight->denials);
  if (!sight->denials || sight->count == DENIALS_MAX)
    return NULL;
  char *kept = strdup (line);
  if (!kept)
    return NULL;
  sight->denials[sight->count] = (struct seen_denial){ kept, 0, (uint32_t)sight->count };
  return &sight->denials[sight->count++];
}

static bool
stays_denied (const struct sight *sight, const struct profile_ruling *ruling)
{
  return sight->observer->profile_place.path && profile_denial_stays (ruling);
}

/* Notes a denial that ends the observed process. It must be of that process, and KILL_THREAD may leave it another
 * thread, TRAP a handler. */
static void
note_fatal (struct sight *sight, uint32_t pid, uint32_t verdict, const char *line)
{
  const uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  char path[64], text[4096];
  (void)snprintf (path, sizeof path, "/proc/%u/status", pid);
  if (action == SECCOMP_RET_ERRNO || sight->observer->mode == OBSERVE_PERMISSIVE || sight->observer->pidfd < 0
      || read_small (path, text, sizeof text) <= 0)
    return;
  const char *group = strstr (text, "\nTgid:"), *threads = strstr (text, "\nThreads:");
  if (!group || strtol (group + 6, NULL, 10) != pidfd_pid (sight->observer->pidfd)
      || (action == SECCOMP_RET_KILL_THREAD && threads && strtol (threads + 9, NULL, 10) != 1)
      || (action == SECCOMP_RET_TRAP && force_is_caught ((pid_t)pid)))
    return;
  free (sight->fatal);
  sight->fatal = strdup (line);
  sight_print (sight, "this denial ends the container's program");
}

static void
note_denial (struct sight *sight, const struct notification *notification, int listener, struct profile_ruling *out)
{
  const struct observer *observer = sight->observer;
  const struct seccomp_notif *call = notification->call;
  char what[1024], verdict[96], comm[32], arch[24], why[1024], line[SIGHT_LINE - 100], said[SIGHT_LINE];
  const bool permissive = observer->mode == OBSERVE_PERMISSIVE;
  profile_explain_made (observer->profile, &observer->filter, &call->data, out);
  call_text (call, out->named ? out->name : NULL, what, sizeof what);
  read_comm ((pid_t)call->pid, comm);
  if (!notification_waits (notification, listener))
    return; /* the caller is gone: what was read may belong to another process */
  if (!seccomp_data_arch (&call->data, arch))
    (void)snprintf (arch, sizeof arch, "0x%x", call->data.arch);
  verdict_text (out->verdict, verdict);
  profile_ruling_text (observer->document, observer->profile, &observer->filter, out, why, sizeof why);
  (void)snprintf (line, sizeof line, "%s by %s on %s: %s%s%s%s", what, comm, arch, permissive ? "would get " : "",
                  verdict, why,
                  permissive && stays_denied (sight, out) ? "; it gets ENOSYS, as in the fixed profile" : "");
  struct seen_denial *denial = find_denial (sight, line);
  sight->total++;
  advice_note (sight, out, call->data.arch);
  if (observer->profile_place.path)
    profile_denial_note (&sight->denied, observer->profile, out, &call->data);
  if (!denial)
    sight->unsaid++;
  else if (denial->count++ == 0)
    {
      (void)snprintf (said, sizeof said, "%s [pid %u]", line, call->pid);
      sight_print (sight, said);
      sight_report (sight, &(struct denial_report){ notification, out, what, comm, arch, why, line });
    }
  note_fatal (sight, call->pid, out->verdict, line);
}

int
sight_explain (struct sight *sight, struct notification *notification, int listener)
{
  struct profile_ruling ruling;
  note_denial (sight, notification, listener, &ruling);
  const uint32_t verdict = ruling.verdict;
  if (sight->observer->mode == OBSERVE_PERMISSIVE)
    return stays_denied (sight, &ruling) ? notification_refuse (notification, listener, ENOSYS)
                                         : notification_continue (notification, listener);
  if ((verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
    return notification_refuse (notification, listener, (int)(verdict & SECCOMP_RET_DATA));
  if (!force (notification, listener, verdict))
    sight_print (sight,
                 "the process was killed by SIGKILL: its thread could not be stopped to apply the profile's action");
  return 0;
}

/* ---- the summary --------------------------------------------------------------------------------------------------
 */

static int
compare_denials (const void *a, const void *b)
{
  const struct seen_denial *one = a, *two = b;
  if (one->count != two->count)
    return one->count > two->count ? -1 : 1;
  return one->order < two->order ? -1 : one->order > two->order;
}

void
sight_sum_up (struct sight *sight)
{
  char text[SIGHT_LINE];
  if (sight->total == 0)
    {
      sight_print_outside (sight, "nothing was denied");
      return;
    }
  if (sight->count)
    qsort (sight->denials, sight->count, sizeof *sight->denials, compare_denials);
  (void)snprintf (text, sizeof text, "denied calls: %llu%s", (unsigned long long)sight->total,
                  sight->observer->mode == OBSERVE_PERMISSIVE ? " (permissive: the profile was not enforced)" : "");
  sight_print (sight, text);
  for (size_t i = 0; i < sight->count; i++)
    {
      (void)snprintf (text, sizeof text, "%6llu  %s", (unsigned long long)sight->denials[i].count,
                      sight->denials[i].line);
      sight_print (sight, text);
      sight_report_count (sight, &sight->denials[i]);
    }
  if (sight->unsaid)
    {
      (void)snprintf (text, sizeof text, "%6llu  others", (unsigned long long)sight->unsaid);
      sight_print (sight, text);
    }
  if (!sight->observer->profile_place.path) /* otherwise the changes are the advice */
    advice_print (sight);
}

int
sight_end (struct sight *sight, struct error *error)
{
  if (sight->observer->mode == OBSERVE_RECORD)
    return sight_write_profile (sight, error);
  if (!observe_explains (sight->observer->mode))
    return 0;
  sight_sum_up (sight);
  if (sight->observer->profile_place.path && sight_write_fixed (sight, error) < 0)
    return -1;
  if (!sight->lost || !sight->observer->path) /* a broken standard error cannot be reported on it */
    return 0;
  sight->unwritten = "denied calls are lost";
  return error_set (error, sight->lost_code, "write %zu lines to %s", sight->lost, sight->observer->path);
}
