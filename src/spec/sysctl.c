/*
 * linux.sysctl: one parser of a name's two spellings, for the check here (check_linux calls it) and for the step of
 * src/plan. Only kernel parameters that belong to a namespace are accepted, and only if the config has that namespace:
 * any other one would change the host. The check compares the path that will be written to.
 */
#include "types.h"

#include <sched.h>
#include <string.h>

#include "husk/path.h"

static const char *const ipc_names[] = {
  "kernel/msgmax",      "kernel/msgmnb",      "kernel/msgmni",      "kernel/sem",
  "kernel/shmall",      "kernel/shmmax",      "kernel/shmmni",      "kernel/shm_rmid_forced",
  "kernel/msg_next_id", "kernel/sem_next_id", "kernel/shm_next_id",
};

static bool
is_ipc (const char *path)
{
  for (size_t i = 0; i < sizeof ipc_names / sizeof ipc_names[0]; i++)
    if (strcmp (path, ipc_names[i]) == 0)
      return true;
  return strncmp (path, "fs/mqueue/", 10) == 0;
}

const char *
spec_sysctl_path (const char *name, struct arena *arena)
{
  char *path = arena_string (arena, name);
  if (path[strcspn (path, "./")] != '/')
    for (char *at = path; *at; at++)
      *at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
  return path_is_plain (path) ? path : NULL;
}

uint64_t
spec_sysctl_namespace (const char *path)
{
  return strncmp (path, "net/", 4) == 0            ? CLONE_NEWNET
         : is_ipc (path)                           ? CLONE_NEWIPC
         : strcmp (path, "kernel/domainname") == 0 ? CLONE_NEWUTS
                                                   : 0;
}

static void
check_one (struct checker *checker, const struct json_pair *pair)
{
  const struct spec *spec = checker->spec;
  const char *path = spec_sysctl_path (pair->key, checker->arena);
  if (!path || strlen (path) > SPEC_SYSCTL_MAX || strchr (pair->value, '\n'))
    {
      (void)wrong (checker, pair->node, "must be a kernel parameter with a one-line value");
      return;
    }
  uint64_t namespace = spec_sysctl_namespace (path);
  if (strcmp (path, "kernel/hostname") == 0)
    (void)wrong (checker, pair->node, "use \"hostname\" to set the host name");
  else if (!namespace)
    (void)wrong (checker, pair->node, "\"%s\" is not a namespaced parameter: it would change the host", pair->key);
  else if (namespace == CLONE_NEWNET && !spec_namespace (spec, SPEC_NAMESPACE_NETWORK))
    (void)wrong (checker, pair->node, "\"%s\" needs a network namespace", pair->key);
  else if (namespace == CLONE_NEWIPC && !spec_namespace (spec, SPEC_NAMESPACE_IPC))
    (void)wrong (checker, pair->node, "\"%s\" needs an ipc namespace", pair->key);
  else if (namespace == CLONE_NEWUTS && !spec_namespace (spec, SPEC_NAMESPACE_UTS))
    (void)wrong (checker, pair->node, "\"%s\" needs a uts namespace", pair->key);
}

void
check_sysctl (struct checker *checker)
{
  const struct json_pairs *sysctl = &checker->spec->linux_->sysctl;
  for (uint32_t i = 0; i < sysctl->count; i++)
    check_one (checker, &sysctl->items[i]);
}
