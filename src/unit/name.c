/*
 * Names of systemd units, and the cgroups that follow from them.
 */
#include <stdio.h>
#include <string.h>

#include "husk/unit.h"

#define NAME_MAX_BYTES 255

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789:-_.\\@";

static bool
ends_in (const char *text, const char *suffix)
{
  size_t length = strlen (text), tail = strlen (suffix);
  return length >= tail && strcmp (text + length - tail, suffix) == 0;
}

/* Checks systemd.unit(5)'s rules for names. NULL, or what is wrong. */
static const char *
name_fault (const char *name)
{
  const char *dot = strrchr (name, '.'), *at = strchr (name, '@');
  if (strlen (name) > NAME_MAX_BYTES)
    return "it is longer than 255 bytes";
  if (name[strspn (name, name_characters)])
    return "only letters, digits and :-_.\\@ are allowed";
  if (dot == name || at == name || (at && at + 1 == dot))
    return "its name is empty";
  return NULL;
}

/* "-.slice" is the root. Otherwise "-" separates levels, none of which may be empty. */
static const char *
slice_fault (const char *slice)
{
  const char *fault = name_fault (slice);
  if (fault || strcmp (slice, "-.slice") == 0)
    return fault;
  if (!ends_in (slice, ".slice"))
    return "it does not end in .slice";
  if (slice[0] == '-' || strstr (slice, "--") || ends_in (slice, "-.slice"))
    return "it has an empty level";
  if (strchr (slice, '@'))
    return "a slice cannot have instances";
  return NULL;
}

/* "a-b.slice" is in "a.slice", which is in "-.slice". */
static const char *
slice_above (const char *slice, struct arena *arena)
{
  const char *dash = strrchr (slice, '-');
  return dash && dash != slice ? arena_format (arena, "%.*s.slice", (int)(dash - slice), slice) : "-.slice";
}

/* An id may contain "+", which a unit's name may not; systemd writes it as "\x2b". */
static const char *
name_of_id (const char *id, struct arena *arena)
{
  char *out = arena_alloc (arena, 4 * strlen (id) + sizeof "husk-.scope"), *end = out;
  end = stpcpy (end, "husk-");
  for (; *id; id++)
    if (strchr (name_characters, *id))
      *end++ = *id;
    else
      end += sprintf (end, "\\x%02x", (unsigned char)*id);
  (void)strcpy (end, ".scope");
  return out;
}

static int
refuse_name (const struct json_document *document, origin_t node, const char *what, const char *name, const char *fault,
             struct report *report)
{
  return report_error (report, document, node, NULL, "\"%.200s\" is not a valid name of %s: %s", name, what, fault);
}

static int
split (const struct json_document *document, const struct json_string *path, struct arena *arena, struct unit *out,
       struct report *report)
{
  const char *text = path->text, *first = strchr (text, ':'), *second = first ? strchr (first + 1, ':') : NULL;
  if (!second || strchr (second + 1, ':') || second[1] == '\0')
    return report_error (report, document, path->node, "use --cgroup-manager=cgroupfs for a path",
                         "\"%.200s\" is not slice:prefix:name, the form of systemd's cgroups", text);
  const char *prefix = arena_copy (arena, first + 1, (size_t)(second - first - 1)), *name = second + 1;
  if (first > text)
    out->slice = arena_copy (arena, text, (size_t)(first - text));
  if (ends_in (name, ".slice"))
    out->name = name;
  else
    out->name = arena_format (arena, "%s%s%s.scope", prefix, *prefix ? "-" : "", name);
  return 0;
}

int
unit_locate (const struct json_document *document, const struct json_string *path, const char *id, bool user,
             struct arena *arena, struct unit *out, struct report *report)
{
  bool given = path->text && path->text[0];
  *out = (struct unit){ .slice = user ? "user.slice" : "system.slice", .user = user, .origin = path->node };
  if (!given)
    out->name = name_of_id (id, arena);
  else if (split (document, path, arena, out, report) < 0)
    return -1;
  const char *fault = slice_fault (out->slice);
  if (fault)
    return refuse_name (document, path->node, "a slice", out->slice, fault, report);
  bool slice = ends_in (out->name, ".slice");
  if ((fault = slice ? slice_fault (out->name) : name_fault (out->name)))
    return refuse_name (document, path->node, slice ? "a slice" : "a unit", out->name, fault, report);
  if (slice && strcmp (out->name, "-.slice") == 0)
    return report_error (report, document, path->node, NULL, "a container cannot be in the root slice");
  if (slice)
    out->slice = slice_above (out->name, arena);
  return 0;
}

/* ---- cgroups --------------------------------------------------------------------------------------------------- */

/* systemd prefixes "_" to names that a cgroup's files have or could have. */
static bool
looks_like_file (const char *name)
{
  static const char *const controllers[] = { "cgroup",
                                             "cpu",
                                             "cpuacct",
                                             "cpuset",
                                             "io",
                                             "blkio",
                                             "memory",
                                             "devices",
                                             "pids",
                                             "bpf-firewall",
                                             "bpf-devices",
                                             "bpf-foreign",
                                             "bpf-socket-bind",
                                             "bpf-restrict-network-interfaces",
                                             "bpf-bind-network-interface" };
  if (name[0] == '_' || name[0] == '.')
    return true;
  for (size_t i = 0; i < sizeof controllers / sizeof controllers[0]; i++)
    {
      size_t length = strlen (controllers[i]);
      if (strncmp (name, controllers[i], length) == 0 && name[length] == '.')
        return true;
    }
  return false;
}

static const char *
directory_name (const char *unit, struct arena *arena)
{
  return looks_like_file (unit) ? arena_format (arena, "_%s", unit) : unit;
}

const char *
unit_path (const struct unit *unit, struct arena *arena)
{
  const char *path = directory_name (unit->name, arena);
  for (const char *slice = unit->slice; strcmp (slice, "-.slice") != 0; slice = slice_above (slice, arena))
    path = arena_format (arena, "%s/%s", directory_name (slice, arena), path);
  return path;
}
