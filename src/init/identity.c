/*
 * The program's identity: groups, ids, capability sets. The order matters: changing bounding needs CAP_SETPCAP, the ids
 * need CAP_SETUID and CAP_SETGID, and ambient can only have what is permitted and inheritable.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

struct capability_header
{
  uint32_t version;
  int32_t pid;
};
struct capability_data
{
  uint32_t effective, permitted, inheritable;
};

static int
set_capabilities (uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
  struct capability_header header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct capability_data data[2]
      = { { (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
          { (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) } };
  return (int)syscall (SYS_capset, &header, data);
}

/* Drops every capability that the bounding set should not have and that may exist. */
static int
drop_bounding (struct init *init)
{
  const struct plan_identity *identity = init->step->identity;
  for (uint32_t i = 0; i <= identity->last_dropped; i++)
    if (!(identity->bounding >> i & 1) && prctl (PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
      {
        char number[24];
        if (errno == EINVAL && i > identity->last_capability) /* beyond this kernel's last */
          break;
        return fail (init, errno, "drop capability ", text_number (number, i), " from the bounding set");
      }
  return 0;
}

static int
raise_ambient (struct init *init)
{
  const struct plan_identity *identity = init->step->identity;
  /* capset(2) has taken out what is not inheritable */
  if (identity->inheritable && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return fail (init, errno, "clear the ambient set");
  for (uint32_t i = 0; i <= identity->last_capability; i++)
    if ((identity->ambient >> i & 1) && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
      {
        char number[24];
        return fail (init, errno, "raise capability ", text_number (number, i), " in the ambient set");
      }
  return 0;
}

static int
set_ids (struct init *init)
{
  const struct plan_identity *identity = init->step->identity;
  /* EPERM without groups: a joined user namespace that denies setgroups; they were dropped before it was entered */
  if (identity->set_groups && syscall (SYS_SETGROUPS, identity->group_count, identity->groups) < 0
      && (errno != EPERM || identity->group_count))
    return fail (init, errno, "set the additional groups");
  if (syscall (SYS_SETRESGID, identity->gid, identity->gid, identity->gid) < 0)
    return fail (init, errno, "set the group id");
  if (syscall (SYS_SETRESUID, identity->uid, identity->uid, identity->uid) < 0)
    return fail (init, errno, "set the user id");
  return 0;
}

int
step_identity (struct init *init)
{
  const struct plan_identity *identity = init->step->identity;
  uint64_t extra = identity->keep_admin ? CAPABILITY (CAP_SYS_ADMIN) : 0;
  if (identity->set_capabilities && drop_bounding (init) < 0)
    return -1;
  /* a change from root to root drops none */
  if (identity->set_capabilities && identity->uid && prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
    return fail (init, errno, "keep the capabilities across the change of user");
  if (set_ids (init) < 0)
    return -1;
  if (prctl (PR_SET_DUMPABLE, 0) < 0) /* changing the ids may have changed it */
    return fail (init, errno, "forbid tracing husk-init");
  if (!identity->set_capabilities)
    return 0;
  if (set_capabilities (identity->effective | extra, identity->permitted | extra, identity->inheritable) < 0)
    return fail (init, errno, "set the capabilities");
  return raise_ambient (init);
}

int
step_no_new_privileges (struct init *init)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return fail (init, errno, "set no_new_privs");
  return 0;
}
