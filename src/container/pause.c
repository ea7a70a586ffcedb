/*
 * pause and resume: they freeze and thaw the container's cgroup.
 */
#include "claim.h"
#include "record.h"

static int
not_there (const struct record *record, const char *verb, enum status status, struct error *error)
{
  if (status == STATUS_STOPPED)
    return error_set_kind (error, ERROR_NOT_RUNNING, 0, "cannot %s container \"%s\": container not running", verb,
                           record->id);
  if (status == STATUS_PAUSED)
    return error_set (error, 0, "cannot %s container \"%s\": it is already paused", verb, record->id);
  return error_set (error, 0, "cannot %s container \"%s\": it is %s", verb, record->id, status_word (status));
}

static int
pause_opened (struct record *record, void *data, struct error *error)
{
  enum status status;
  if (record_status (record, &status, error) < 0)
    return -1;
  if (status != STATUS_CREATED && status != STATUS_RUNNING)
    return not_there (record, "pause", status, error);
  return record_trust_cgroup (record, error) < 0 ? -1 : cgroup_freeze (&record->cgroup, true, error);
}

static int
resume_opened (struct record *record, void *data, struct error *error)
{
  enum status status;
  if (record_status (record, &status, error) < 0)
    return -1;
  /* even if the first process has died while it was paused: the others in the cgroup continue */
  bool frozen = status == STATUS_PAUSED;
  if (status == STATUS_STOPPED && record->owns_cgroup && cgroup_frozen (&record->cgroup, &frozen, error) < 0)
    return -1;
  if (frozen)
    return record_trust_cgroup (record, error) < 0 ? -1 : cgroup_freeze (&record->cgroup, false, error);
  if (status == STATUS_CREATED || status == STATUS_RUNNING)
    return error_set (error, 0, "cannot resume container \"%s\": container not paused", record->id);
  return not_there (record, "resume", status, error);
}

int
container_pause (const struct globals *globals, const char *id, struct error *error)
{
  return claim_act (globals, id, pause_opened, NULL, error);
}

int
container_resume (const struct globals *globals, const char *id, struct error *error)
{
  return claim_act (globals, id, resume_opened, NULL, error);
}
