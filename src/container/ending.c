/*
 * Why a container ended, for state, the log and an observer's report. husk learns an exit status only in the
 * foreground: after create, nothing of it stays beside the container. Two sources are left: what its observer has seen,
 * and the cgroup's count of OOM kills. The count does not say whether the first process was among them, so the text
 * does not either.
 */
#include "ending.h"

#include <stdio.h>
#include <string.h>

#include "husk/statistics.h"
#include "husk/tree.h"
#include "observer.h"
#include "record.h"

static void
find_memory (const struct cgroup *cgroup, uint64_t before, struct ending *out)
{
  uint64_t killed = cgroup_new_oom_kills (cgroup, -1, &before);
  if (!killed)
    return;
  out->cause = "memory";
  (void)snprintf (out->text, sizeof out->text, "out of memory: the kernel killed %llu %s of the container",
                  (unsigned long long)killed, killed == 1 ? "process" : "processes");
}

uint64_t
ending_kills_before (const struct record *record)
{
  uint64_t before = 0;
  (void)cgroup_new_oom_kills (&record->cgroup, -1, &before); /* none if the cgroup is still to be made */
  return before;
}

void
ending_observed (const struct record *record, uint64_t kills_before, const char *fatal, struct ending *out)
{
  *out = (struct ending){ 0 };
  if (!fatal)
    {
      find_memory (&record->cgroup, kills_before, out);
      return;
    }
  out->cause = "seccomp";
  (void)snprintf (out->text, sizeof out->text, "the seccomp profile ended the container's program: %s", fatal);
}

void
ending_counted (const struct record *record, struct ending *out)
{
  const struct cgroup_directory *memory = tree_directory (&record->cgroup, "memory");
  *out = (struct ending){ 0 };
  /* a cgroup that existed before the container may have counted kills of others */
  if (memory && !memory->found)
    find_memory (&record->cgroup, 0, out);
}

void
ending_find (struct record *record, int directory, struct ending *out)
{
  struct error unseen = { 0 };
  *out = (struct ending){ 0 };
  if (observe_filters (record->observing))
    observer_noted (directory, out);
  if (!out->cause && record->owns_cgroup && !record->earlier_boot && record_trust_cgroup (record, &unseen) == 0)
    ending_counted (record, out);
}
