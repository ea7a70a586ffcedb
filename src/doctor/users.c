/*
 * Whose rights husk has, and user namespaces: whether they can be made, and what restricts them. An ordinary user needs
 * them for every container. newuidmap and newgidmap map ranges of ids for one, as /etc/subuid and /etc/subgid grant
 * them.
 */
#include "examine.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "husk/descriptor.h"
#include "husk/json.h"

void
examine_rights (struct doctor *doctor)
{
  const struct host *host = &doctor->host;
  const char *found = !host->user_namespace && host->can_mount
                          ? "husk has the rights of this machine's root"
                          : arena_format (doctor->arena,
                                          host->can_mount ? "root of a user namespace, uid %u outside"
                                                          : "uid %u, without the right to mount",
                                          host->outer_uid);
  finding_add (doctor,
               (struct doctor_finding){ DOCTOR_OK, "rights", found,
                                        host->can_mount ? NULL : "each container needs a user namespace", NULL });
}

/* What forbids user namespaces, if the sysctl has that value. */
static const struct restriction
{
  const char *path, *name;
  long forbidden;
  bool all;      /* for root as well */
  bool profiled; /* but not for a program with an AppArmor profile, as husk's package has one */
  const char *remedy;
} restrictions[] = {
  { "/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 0, true, false,
    "sysctl -w user.max_user_namespaces=15000" },
  { "/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, false, false,
    "sysctl -w kernel.unprivileged_userns_clone=1" },
  { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "kernel.apparmor_restrict_unprivileged_userns", 1, false,
    true,
    "load an AppArmor profile for husk with the rule \"userns,\" (meson's -Dapparmor installs one), or set it to 0" },
};

/* profiled: husk has an AppArmor profile. */
static bool
profiled (void)
{
  char label[64];
  return read_small ("/proc/self/attr/apparmor/current", label, sizeof label) > 0
         && strncmp (label, "unconfined\n", 11) != 0;
}

static bool
in_force (const struct restriction *restriction)
{
  return finding_sysctl (restriction->path, -1) == restriction->forbidden && !(restriction->profiled && profiled ());
}

static void
add_restriction (struct doctor *doctor, const struct restriction *restriction)
{
  bool needed = !doctor->host.can_mount;
  const char *meaning = needed             ? "husk cannot run a container for this user"
                        : restriction->all ? "containers with a user namespace are refused"
                                           : "only root can run containers";
  finding_add (doctor, (struct doctor_finding){
                           needed ? DOCTOR_MISSING : DOCTOR_LIMITED, "user namespaces",
                           arena_format (doctor->arena, "%s is %ld", restriction->name, restriction->forbidden),
                           meaning, restriction->remedy });
}

bool
users_refused (const struct doctor *doctor, const char **out_found, const char **out_remedy)
{
  for (size_t i = 0; i < sizeof restrictions / sizeof restrictions[0]; i++)
    if ((restrictions[i].all || !doctor->host.can_mount) && in_force (&restrictions[i]))
      {
        *out_found = arena_format (doctor->arena, "%s is %ld", restrictions[i].name, restrictions[i].forbidden);
        *out_remedy = restrictions[i].remedy;
        return true;
      }
  return false;
}

void
examine_user_namespaces (struct doctor *doctor)
{
  uint32_t before = doctor->count;
  if (!host_has_namespace (CLONE_NEWUSER))
    finding_add (doctor, (struct doctor_finding){ doctor->host.can_mount ? DOCTOR_LIMITED : DOCTOR_MISSING,
                                                  "user namespaces", "this kernel has none",
                                                  "only root can run containers, and those without a user namespace",
                                                  "use a kernel with CONFIG_USER_NS" });
  for (size_t i = 0; i < sizeof restrictions / sizeof restrictions[0]; i++)
    if (in_force (&restrictions[i]))
      add_restriction (doctor, &restrictions[i]);
  if (doctor->count == before)
    finding_add (doctor, (struct doctor_finding){ DOCTOR_OK, "user namespaces",
                                                  "no setting of this kernel forbids them", NULL, NULL });
}

/* ---- ranges of ids ---------------------------------------------------------------------------------------------- */

#define FIELDS 8

/* The line in a file like /etc/passwd whose field `key` is one of two texts, after skip others like it. Sets its
 * fields, as many as it has. false: there is none. */
static bool
find_line (struct doctor *doctor, const char *file, int key, const char *const texts[2], uint32_t skip,
           char *fields[FIELDS])
{
  struct error ignored = { 0 }; /* a file that cannot be read grants nothing that husk could see */
  const char *name;
  size_t size;
  char *rest = NULL, *bytes = json_read_named (file, doctor->arena, &name, &size, &ignored);
  for (char *line = bytes ? strtok_r (bytes, "\n", &rest) : NULL; line; line = strtok_r (NULL, "\n", &rest))
    {
      int count = 1;
      memset (fields, 0, FIELDS * sizeof *fields);
      fields[0] = line;
      for (char *colon; count < FIELDS && (colon = strchr (fields[count - 1], ':')); count++)
        {
          *colon = '\0';
          fields[count] = colon + 1;
        }
      if (count > key && (strcmp (fields[key], texts[0]) == 0 || strcmp (fields[key], texts[1]) == 0) && skip-- == 0)
        return true;
    }
  return false;
}

/* The caller's name and number, either of which may be in /etc/subuid. */
static void
find_names (struct doctor *doctor, const char *out[2])
{
  char *fields[FIELDS];
  out[0] = out[1] = arena_format (doctor->arena, "%u", doctor->host.uid);
  if (find_line (doctor, "/etc/passwd", 2, out, 0, fields))
    out[0] = fields[0];
}

bool
users_range (struct doctor *doctor, const char *file, uint32_t index, uint64_t *out_first, uint64_t *out_size)
{
  const char *names[2];
  char *fields[FIELDS];
  find_names (doctor, names);
  if (!find_line (doctor, file, 0, names, index, fields) || !fields[2])
    return false;
  *out_first = strtoull (fields[1], NULL, 10);
  *out_size = strtoull (fields[2], NULL, 10);
  return true;
}

/* Without its own rights it can only map what the kernel lets anybody map. */
static bool
has_rights (const char *program)
{
  struct stat status;
  return (stat (program, &status) == 0 && status.st_mode & S_ISUID && status.st_uid == 0)
         || getxattr (program, "security.capability", NULL, 0) > 0;
}

static void
examine_map (struct doctor *doctor, const char *program, const char *file)
{
  uint64_t first, size;
  const char *names[2];
  const char *path = finding_program (doctor, program), *found = NULL, *remedy = NULL;
  if (!path)
    {
      found = arena_format (doctor->arena, "%s is not installed", program);
      remedy = "install the package uidmap (or shadow-utils)";
    }
  else if (!has_rights (path))
    {
      found = arena_format (doctor->arena, "%s is neither set-user-ID nor has it a capability", path);
      remedy = "install its package again";
    }
  else if (!users_range (doctor, file, 0, &first, &size))
    {
      find_names (doctor, names);
      found = arena_format (doctor->arena, "%s has no range of %s", file, names[0]);
      remedy = arena_format (doctor->arena, "an administrator can add a line like %s:100000:65536", names[0]);
    }
  else if (prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
    {
      found = arena_format (doctor->arena, "no_new_privs takes the rights from %s", program);
      remedy = "run husk from a process without no_new_privs";
    }
  finding_add (doctor,
               (struct doctor_finding){ found ? DOCTOR_LIMITED : DOCTOR_OK, "id ranges",
                                        found ? found : arena_format (doctor->arena, "%s, by %s", file, path),
                                        found ? "a container has one id only: that of the user" : NULL, remedy });
}

void
examine_id_ranges (struct doctor *doctor)
{
  if (doctor->host.uid == 0)
    return; /* root maps what it likes, and in a user namespace what it has */
  examine_map (doctor, "newuidmap", "/etc/subuid");
  examine_map (doctor, "newgidmap", "/etc/subgid");
}
