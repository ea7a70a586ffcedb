/*
 * Why a container ended, for state, the log and an observer's report. husk learns an exit status only in the
 * foreground: after create, nothing of it stays beside the container. Two sources are left: what its observer has seen,
 * and the cgroup's count of OOM kills. The count does not say whether the first process was among them, so the text
 * does not either.
 */
#include "ending.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "husk/log.h"
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

static void
hint_at_value (const struct loaded_config *loaded, origin_t node, struct error *error)
{
  uint32_t line, column;
  json_position (&loaded->document, node, &line, &column);
  error_hint (error, "%s:%u:%u limits it to %s bytes", loaded->document.name, line, column,
              json_node (&loaded->document, node)->text);
}

void
ending_warn (const struct record *record, const struct loaded_config *loaded, int status)
{
  const struct spec_linux *linux_ = loaded->spec.linux_;
  const struct spec_memory *memory = linux_ && linux_->resources ? linux_->resources->memory : NULL;
  struct ending ending = { 0 };
  struct error warning = { 0 };
  if (status == 128 + SIGKILL)
    ending_counted (record, &ending);
  if (ending.cause)
    {
      (void)error_set (&warning, 0, "%s", ending.text);
      if (memory && memory->limit.set && memory->limit.value > 0)
        hint_at_value (loaded, memory->limit.node, &warning);
    }
  else if (status == 128 + SIGSYS && linux_ && linux_->seccomp)
    {
      (void)error_set (&warning, 0, "status 159 is SIGSYS: the seccomp profile may have killed it");
      error_hint (&warning, "--seccomp-explain shows the call");
    }
  if (warning.set)
    log_warning_line (&warning);
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
