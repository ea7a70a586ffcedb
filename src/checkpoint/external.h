/*
 * The parts of a container that are not its own: CRIU leaves them out of the images, and the restore request names what
 * replaces them.
 */
#ifndef HUSK_CHECKPOINT_EXTERNAL_H
#define HUSK_CHECKPOINT_EXTERNAL_H

#include "criu_program.h"
#include "husk/cgroup.h"
#include "container/load_config.h"

/* dump: the mounts of this process that come from the host, each under the name that the config has for it. */
void external_mounts_dump (const struct loaded_config *loaded, pid_t pid, struct criu_request *request);
/* restore: what those names refer to, and the mount points that a fresh root file system may lack. */
void external_mounts_restore (const struct loaded_config *loaded, struct criu_request *request);
/* Without a cgroup namespace a mount of cgroups shows the host's directories of its own cgroup. pid 0: restore. */
void external_cgroups (const struct loaded_config *loaded, const struct cgroup *cgroup, pid_t pid,
                       struct criu_request *request);
/* Namespaces by path. */
int external_namespaces (const struct loaded_config *loaded, bool dump, struct criu_request *request,
                         struct error *error);

#endif
