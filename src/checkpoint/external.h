/*
 * Resources that a container has from outside: CRIU leaves them out of the images, and the restore request names what
 * replaces them.
 */
#ifndef HUSK_CHECKPOINT_EXTERNAL_H
#define HUSK_CHECKPOINT_EXTERNAL_H

#include "criu_program.h"
#include "husk/cgroup.h"
#include "container/load_config.h"

/* dump: the mounts of this process that come from the host, each with its path in the config as its name. */
void external_mounts_dump (const struct loaded_config *loaded, pid_t pid, struct criu_request *request);
/* restore: the source of each of these mounts, and the mount points that a fresh root file system may lack. */
void external_mounts_restore (const struct loaded_config *loaded, struct criu_request *request);
/* cgroup mounts of a container without a cgroup namespace, which bind the host's directories of its cgroup. pid 0:
 * restore. */
void external_cgroups (const struct loaded_config *loaded, const struct cgroup *cgroup, pid_t pid,
                       struct criu_request *request);
/* Namespaces by path. */
int external_namespaces (const struct loaded_config *loaded, bool dump, struct criu_request *request,
                         struct error *error);

#endif
