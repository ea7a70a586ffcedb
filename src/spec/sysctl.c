/*
 * linux.sysctl, for check_linux. Only kernel parameters that belong to a namespace are taken, and only if the config
 * has that namespace: any other one would change the host. They are compared in the spelling with dots; sysctl_path in
 * src/plan/paths.c makes the file's path, and both must read the two spellings alike.
 */
#include "types.h"

#include <string.h>

static const char *const ipc_names[] = {
  "kernel.msgmax",      "kernel.msgmnb",      "kernel.msgmni",      "kernel.sem",
  "kernel.shmall",      "kernel.shmmax",      "kernel.shmmni",      "kernel.shm_rmid_forced",
  "kernel.msg_next_id", "kernel.sem_next_id", "kernel.shm_next_id",
};

static bool
is_ipc (const char *name)
{
  for (size_t i = 0; i < sizeof ipc_names / sizeof ipc_names[0]; i++)
    if (strcmp (name, ipc_names[i]) == 0)
      return true;
  return strncmp (name, "fs.mqueue.", 10) == 0;
}

static void
check_one (struct checking *checking, const struct json_pair *pair)
{
  const struct spec *spec = checking->spec;
  char name[256];
  if (strlen (pair->key) >= sizeof name || strchr (pair->value, '\n') || strstr (pair->key, ".."))
    {
      (void)wrong (checking, pair->node, "must be a kernel parameter with a one-line value");
      return;
    }
  /* sysctl(8) takes both "net/ipv4/x" and "net.ipv4.x" */
  (void)strcpy (name, pair->key);
  if (strchr (name, '/') && (!strchr (name, '.') || strchr (name, '/') < strchr (name, '.')))
    for (char *at = name; *at; at++)
      *at = *at == '/' ? '.' : *at == '.' ? '/' : *at;
  bool net = strncmp (name, "net.", 4) == 0, ipc = is_ipc (name), domain = strcmp (name, "kernel.domainname") == 0;
  if (strcmp (name, "kernel.hostname") == 0)
    (void)wrong (checking, pair->node, "use \"hostname\" to set the host name");
  else if (!net && !ipc && !domain)
    (void)wrong (checking, pair->node, "\"%s\" is not a namespaced parameter: it would change the host", pair->key);
  else if (net && !spec_namespace (spec, SPEC_NAMESPACE_NETWORK))
    (void)wrong (checking, pair->node, "\"%s\" needs a network namespace", pair->key);
  else if (ipc && !spec_namespace (spec, SPEC_NAMESPACE_IPC))
    (void)wrong (checking, pair->node, "\"%s\" needs an ipc namespace", pair->key);
  else if (domain && !spec_namespace (spec, SPEC_NAMESPACE_UTS))
    (void)wrong (checking, pair->node, "\"%s\" needs a uts namespace", pair->key);
}

void
check_sysctl (struct checking *checking)
{
  const struct json_pairs *sysctl = &checking->spec->linux_->sysctl;
  for (uint32_t i = 0; i < sysctl->count; i++)
    check_one (checking, &sysctl->items[i]);
}
