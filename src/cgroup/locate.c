/*
 * Where a container's cgroup is: linux.cgroupsPath, or else the id, becomes one directory in each hierarchy of the
 * host. limits_plan calls cgroup_locate for create, run, restore, check and plan; src/container/end.c calls it if the
 * record is lost. It is pure: it works on (host, config) alone. A resulting path has no leading slash, no empty, "." or
 * ".." component, and is never the root of a hierarchy; tree.c relies on that.
 */
#include "husk/cgroup.h"

#include <stdio.h>
#include <string.h>

#include "husk/path.h"
#include "owner.h"

/* NULL, or what is wrong with the path: names that the kernel refuses or that would break other tools. */
static const char *
path_fault (const char *path)
{
  if (strlen (path) >= 4096)
    return "it is longer than 4095 bytes";
  for (const char *at = path; *at; at++)
    if ((unsigned char)*at < 0x20 || *at == 0x7f)
      return "it contains a control character";
  int depth = 0;
  for (struct path_component component; path_next (&path, &component);)
    {
      if (component.length > 255)
        return "a component is longer than 255 bytes";
      if (path_is_parent (&component))
        depth--;
      else if (!path_is_self (&component))
        depth++;
      if (depth < 0)
        return "its \"..\" leads above its start";
    }
  return NULL;
}

/* Joins both without leading, double and trailing slashes and without "." and ".." components. A ".." in path cannot
 * remove a component of base. */
static const char *
tidy (struct arena *arena, const char *base, const char *path)
{
  char *out = arena_alloc (arena, strlen (base) + strlen (path) + 2), *end = out, *start = out;
  const char *parts[] = { base, path };
  for (int part = 0; part < 2; part++, start = end)
    for (struct path_component component; path_next (&parts[part], &component);)
      if (path_is_parent (&component))
        while (end > start && *--end != '/')
          ;
      else if (!path_is_self (&component))
        {
          if (end > out)
            *end++ = '/';
          memcpy (end, component.name, component.length);
          end += component.length;
        }
  *end = '\0';
  return out;
}

static int
check_path (const struct spec *spec, const char *path, struct arena *arena, struct report *report)
{
  const struct json_string *config = &spec->linux_->cgroups_path;
  const char *fault = path_fault (path);
  if (fault)
    return report_error (report, spec->document, config->node, NULL, "invalid cgroup path \"%.200s\": %s", path, fault);
  if (!*tidy (arena, "", path))
    return report_error (report, spec->document, config->node, NULL,
                         "a container's cgroup cannot be the root of the hierarchy");
  if (path[0] != '/' && strchr (path, ':'))
    return report_error (report, spec->document, config->node, "use --systemd-cgroup, or a path",
                         "\"%.200s\" is a systemd path (slice:prefix:name)", path);
  return 0;
}

/* On v2 the container's cgroup is a sibling of husk's own: a cgroup with processes cannot have children with limits. */
static const char *
base_of (const struct host_hierarchy *hierarchy, struct arena *arena)
{
  const char *slash = strrchr (hierarchy->own, '/');
  return hierarchy->v2 && slash ? arena_copy (arena, hierarchy->own, (size_t)(slash - hierarchy->own)) : hierarchy->own;
}

static void
add_directory (struct cgroup *cgroup, const struct host_hierarchy *hierarchy, const char *path)
{
  if (cgroup->count < CGROUP_MAX_HIERARCHIES)
    cgroup->directories[cgroup->count++] = (struct cgroup_directory){ hierarchy->mount, path, hierarchy->v2 };
}

/* The cgroup of the user's systemd, above its units. husk may run in one of these, or in a login session beside it. */
static const char *
user_manager (const struct host *host, struct arena *arena)
{
  const char *service = arena_format (arena, "user@%u.service", host->outer_uid);
  for (uint32_t i = 0; i < host->hierarchy_count; i++)
    {
      const struct host_hierarchy *hierarchy = &host->hierarchies[i];
      const char *found = strstr (hierarchy->own, service);
      if (found && (hierarchy->v2 || strcmp (hierarchy->name, "systemd") == 0))
        return arena_copy (arena, hierarchy->own, (size_t)(found - hierarchy->own) + strlen (service));
    }
  return arena_format (arena, "/user.slice/user-%u.slice/%s", host->outer_uid, service);
}

static int
locate_unit (const struct host *host, const struct spec *spec, const char *id, struct arena *arena, struct cgroup *out,
             struct report *report)
{
  bool user = host->rootless;
  if (unit_locate (spec->document, &spec->linux_->cgroups_path, id, user, arena, &out->unit, report) < 0)
    return -1;
  const char *path = tidy (arena, user ? user_manager (host, arena) : "", unit_path (&out->unit, arena));
  for (uint32_t i = 0; i < host->hierarchy_count; i++)
    add_directory (out, &host->hierarchies[i], path);
  if (out->count == 0)
    return report_error (report, spec->document, spec->linux_->cgroups_path.node, NULL,
                         "systemd cgroups need a cgroup file system on /sys/fs/cgroup");
  return 0;
}

int
cgroup_locate (const struct host *host, enum cgroup_manager manager, const struct spec *spec, const char *id,
               struct arena *arena, struct cgroup *out, struct report *report)
{
  const char *config = spec->linux_->cgroups_path.text;
  bool given = config && config[0];
  const char *path = given ? config : id;
  memset (out, 0, sizeof *out);
  out->owner = owner_of (spec);
  out->elsewhere = given;
  if (manager == CGROUP_MANAGER_DISABLED)
    return 0;
  if (manager == CGROUP_MANAGER_SYSTEMD)
    return locate_unit (host, spec, id, arena, out, report);
  if (given && check_path (spec, path, arena, report) < 0)
    return -1;
  for (uint32_t i = 0; i < host->hierarchy_count; i++)
    {
      const struct host_hierarchy *hierarchy = &host->hierarchies[i];
      add_directory (out, hierarchy, tidy (arena, path[0] == '/' ? "" : base_of (hierarchy, arena), path));
    }
  return 0;
}

bool
cgroup_comes_late (const struct cgroup *cgroup)
{
  return cgroup->unit.name || cgroup_has_v1 (cgroup);
}

bool
cgroup_has_v1 (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (!cgroup->directories[i].v2)
      return true;
  return false;
}
