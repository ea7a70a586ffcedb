#include "husk/cgroup.h"

#include <stdio.h>
#include <string.h>

/* Components that the kernel takes and no tool trips over. NULL, or what is wrong with the path. */
static const char *
path_fault (const char *path)
{
  if (strlen (path) >= 4096)
    return "it is longer than 4095 bytes";
  for (const char *at = path; *at; at++)
    if ((unsigned char)*at < 0x20 || *at == 0x7f)
      return "it has a control character";
  for (const char *at = path; *at;)
    {
      at += strspn (at, "/");
      size_t length = strcspn (at, "/");
      if (length > 255)
        return "a component is longer than 255 bytes";
      if (length == 2 && at[0] == '.' && at[1] == '.')
        return "it has a \"..\" component";
      at += length;
    }
  return NULL;
}

/* Without leading, double and trailing slashes and "." components. */
static const char *
tidy (struct arena *arena, const char *base, const char *path)
{
  char *out = arena_alloc (arena, strlen (base) + strlen (path) + 2), *end = out;
  const char *parts[] = { base, path };
  for (int part = 0; part < 2; part++)
    for (const char *at = parts[part]; *at;)
      {
        at += strspn (at, "/");
        size_t length = strcspn (at, "/");
        if (length > 0 && !(length == 1 && at[0] == '.'))
          {
            if (end > out)
              *end++ = '/';
            memcpy (end, at, length);
            end += length;
          }
        at += length;
      }
  *end = '\0';
  return out;
}

static int
check_path (const struct spec *spec, const char *path, struct report *report)
{
  const struct json_string *config = &spec->linux_->cgroups_path;
  const char *fault = path_fault (path);
  if (fault)
    return report_error (report, spec->document, config->node, NULL, "\"%.200s\" is no place for a cgroup: %s", path,
                         fault);
  if (strspn (path, "/.") == strlen (path))
    return report_error (report, spec->document, config->node, NULL,
                         "the root of the hierarchy is no place for a "
                         "container's cgroup");
  if (path[0] != '/' && strchr (path, ':'))
    return report_error (report, spec->document, config->node, "use --cgroup-manager=cgroupfs with a path, or disabled",
                         "\"%.200s\" is a path of systemd (slice:prefix:name): this version manages cgroups by itself",
                         path);
  return 0;
}

int
cgroup_locate (const struct host *host, const struct spec *spec, const char *id, struct arena *arena,
               struct cgroup *out, struct report *report)
{
  const char *config = spec->linux_->cgroups_path.text;
  bool given = config && config[0];
  const char *path = given ? config : arena_format (arena, "husk-%s", id);
  memset (out, 0, sizeof *out);
  if (given && check_path (spec, path, report) < 0)
    return -1;
  for (uint32_t i = 0; i < host->hierarchy_count && i < CGROUP_MAX_HIERARCHIES; i++)
    {
      const struct host_hierarchy *hierarchy = &host->hierarchies[i];
      out->directories[out->count++]
          = (struct cgroup_directory){ hierarchy->mount, tidy (arena, path[0] == '/' ? "" : hierarchy->own, path),
                                       hierarchy->v2 };
    }
  return 0;
}

bool
cgroup_has_v1 (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (!cgroup->directories[i].v2)
      return true;
  return false;
}
