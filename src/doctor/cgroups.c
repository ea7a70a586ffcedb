/*
 * Cgroups: the layout, the controllers, and whether the caller may make a container's cgroup, as create finds out for
 * an ordinary user (cgroup_find_delegated).
 */
#include "examine.h"

#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"

#define NO_CGROUPS "--cgroup-manager=disabled runs containers without limits"
#define DELEGATE "run husk by systemd-run --user --scope -p Delegate=yes, or with --systemd-cgroup"

static const char *const wanted[] = { "cpu", "cpuset", "io", "memory", "pids" };

static const char *
layout_word (enum cgroup_layout layout)
{
  return layout == CGROUP_V2 ? "v2" : layout == CGROUP_HYBRID ? "v1, with a v2 tree beside it" : "v1";
}

/* The controllers of the cgroup2 tree that a container's cgroup may have: for an ordinary user, those of the cgroup
 * that it is made in. "" if there is none. */
static void
read_controllers (const struct host *host, const struct cgroup_directory *directory, char *out, size_t size)
{
  char path[8192];
  const char *slash = strrchr (directory->path, '/');
  int length = host->rootless && slash ? (int)(slash - directory->path) : 0;
  (void)snprintf (path, sizeof path, "%s/%.*s/cgroup.controllers", directory->mount, length, directory->path);
  if (read_small (path, out, size) < 0)
    out[0] = '\0';
}

static bool
has_controller (const struct host *host, const char *v2, const char *name)
{
  return host_lists_controller (v2, name, strlen (name))
         || host_v1_hierarchy (host, strcmp (name, "io") == 0 ? "blkio" : name);
}

static void
examine_controllers (struct doctor *doctor, const struct cgroup *cgroup)
{
  char v2[1024] = "", lacking[128] = "";
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2)
      read_controllers (&doctor->host, &cgroup->directories[i], v2, sizeof v2);
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
    if (!has_controller (&doctor->host, v2, wanted[i]))
      (void)snprintf (lacking + strlen (lacking), sizeof lacking - strlen (lacking), " %s", wanted[i]);
  if (!lacking[0])
    finding_add (doctor, (struct doctor_finding){ DOCTOR_OK, "controllers", "cpu cpuset io memory pids",
                                                  "these limits can be set", NULL });
  else
    finding_add (doctor, (struct doctor_finding){
                             DOCTOR_LIMITED, "controllers", arena_format (doctor->arena, "lacking:%s", lacking),
                             "configs with limits of these are refused",
                             doctor->host.rootless
                                 ? "have them delegated: Delegate=yes in a drop-in of user@.service"
                                 : "boot with cgroup_no_v1=all, or enable them in the cgroup that husk runs in" });
}

void
examine_rights_to_make (struct doctor *doctor, const struct cgroup *cgroup)
{
  bool delegated[CGROUP_MAX_HIERARCHIES] = { false };
  const struct cgroup_directory *refused = NULL;
  cgroup_find_delegated (&doctor->host, cgroup, delegated);
  for (uint32_t i = 0; i < cgroup->count && !refused; i++)
    if (!delegated[i])
      refused = &cgroup->directories[i];
  if (!refused)
    finding_add (doctor,
                 (struct doctor_finding){ DOCTOR_OK, "cgroup rights", "a container's cgroup can be made", NULL, NULL });
  else
    finding_add (doctor,
                 (struct doctor_finding){
                     doctor->host.rootless ? DOCTOR_LIMITED : DOCTOR_MISSING, "cgroup rights",
                     arena_format (doctor->arena, "uid %u cannot make a cgroup beside or below its own in %s",
                                   doctor->host.outer_uid, refused->mount),
                     doctor->host.rootless ? "containers run without limits, and configs with limits are refused"
                                           : "husk makes a cgroup for each container",
                     doctor->host.rootless ? DELEGATE : "mount it writable; " NO_CGROUPS });
}

void
examine_cgroups (struct doctor *doctor)
{
  static const char id[] = "husk-doctor"; /* of a container that is not made */
  const struct host *host = &doctor->host;
  struct spec_linux linux_config = { 0 };
  const struct spec spec = { .linux_ = &linux_config };
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct cgroup cgroup;
  if (host->cgroup_layout == CGROUP_NONE)
    {
      finding_add (doctor,
                   (struct doctor_finding){ DOCTOR_LIMITED, "cgroups", "no cgroup file system on /sys/fs/cgroup",
                                            "configs with limits are refused, and device rules have no effect",
                                            "mount -t cgroup2 cgroup2 /sys/fs/cgroup" });
      return;
    }
  finding_add (doctor, (struct doctor_finding){
                           DOCTOR_OK, "cgroups",
                           arena_format (doctor->arena, "%s, on /sys/fs/cgroup", layout_word (host->cgroup_layout)),
                           NULL, NULL });
  if (cgroup_locate (host, CGROUP_MANAGER_CGROUPFS, &spec, id, doctor->arena, &cgroup, &report) < 0)
    return; /* no value of this config is wrong */
  examine_controllers (doctor, &cgroup);
  examine_rights_to_make (doctor, &cgroup);
}
