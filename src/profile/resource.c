/*
 * Resolves a SeccompProfile of Kubernetes' Security Profiles Operator into the specification's profile. The operator
 * writes a node's file from the resource and the profile that baseProfileName names, which adds only its rules and
 * those of its own base profile. husk reads base profiles from files, never from a cluster. If a profile and its base
 * have different rules for a call, the one that permits more decides, as in the operator. If conditions make that
 * undecidable rule by rule, it is an error.
 */
#include "husk/calls.h"
#include "resolve.h"

#include <stdio.h>
#include <string.h>

#define GROUP "security-profiles-operator.x-k8s.io/"
#define DEPTH_MAX 15 /* levels of base profiles, as in the operator */

struct resource_reader
{
  struct json_document *document;
  const struct profile_bases *bases;
  struct arena *arena;
  struct report *report;
  struct spec_seccomp *out;
  uint32_t room;
};

/* ---- objects ----------------------------------------------------------------------------------------------------- */

static bool
is_kind (const struct json_document *document, origin_t node, const char *kind)
{
  origin_t member = json_member (document, node, "kind");
  const struct json_node *value = json_node (document, member);
  return member && value->kind == JSON_STRING && strcmp (value->text, kind) == 0;
}

/* The first element of a list, or the only object; after one, the next. 0: no more. */
static origin_t
next_resource (const struct json_document *document, origin_t root, origin_t after)
{
  bool list = is_kind (document, root, "List") || is_kind (document, root, "SeccompProfileList");
  origin_t items = list ? json_member (document, root, "items") : 0;
  if (!list)
    return after ? 0 : root;
  if (!items || json_node (document, items)->kind != JSON_ARRAY)
    return 0;
  return after ? json_node (document, after)->next : json_node (document, items)->first;
}

static int
decode_resource (struct resource_reader *reader, origin_t node, struct profile_resource *out)
{
  const struct json_document *document = reader->document;
  origin_t kind = json_member (document, node, "kind");
  /* before its keys: a Pod lacks nothing that a SeccompProfile needs */
  if (kind && json_node (document, kind)->kind == JSON_STRING && !is_kind (document, node, "SeccompProfile"))
    return report_error (reader->report, document, kind, NULL, "\"%s\" is not a SeccompProfile",
                         json_node (document, kind)->text);
  if (foreign_decode_resource (document, node, reader->arena, out, reader->report) < 0)
    return -1;
  if (strncmp (out->api_version.text, GROUP, strlen (GROUP)) != 0)
    return report_error (reader->report, document, out->api_version.node, GROUP "v1beta1",
                         "\"%s\" is not a version of SeccompProfile", out->api_version.text);
  return 0;
}

/* ---- its rules --------------------------------------------------------------------------------------------------- */

static int32_t
permits (const struct spec_seccomp_rule *rule)
{
  return (int32_t)(action_word (&rule->action, &rule->errno_ret) & SECCOMP_RET_ACTION_FULL);
}

static void
drop_name (struct json_strings *names, uint32_t index)
{
  /* the names after it would get wrong origins, so the list has none any more */
  memmove (&names->items[index], &names->items[index + 1], (names->count - index) * sizeof *names->items);
  names->count--;
  names->node = 0;
}

/* Compares a name in a base's rule with an existing rule. 1: the existing rule decides it. */
static int
settle_name (struct resource_reader *reader, struct spec_seccomp_rule *there, const struct spec_seccomp_rule *base,
             const char *name, origin_t node)
{
  uint32_t index = 0;
  while (index < there->names.count && strcmp (there->names.items[index], name) != 0)
    index++;
  if (index == there->names.count || permits (there) == permits (base))
    return 0;
  if (there->args.count || base->args.count)
    return report_error (reader->report, reader->document, node, NULL,
                         "%s: the profile and its base profile have different actions with conditions", name);
  if (permits (there) > permits (base))
    return 1;
  drop_name (&there->names, index);
  return 0;
}

/* Removes from a base's rule the names that a rule of the profile decides. own: the number of the profile's rules. */
static int
settle_rule (struct resource_reader *reader, struct spec_seccomp_rule *base, uint32_t own)
{
  for (uint32_t n = 0; n < base->names.count; n++)
    for (uint32_t r = 0; r < own; r++)
      {
        int settled
            = settle_name (reader, &reader->out->syscalls.items[r], base, base->names.items[n],
                           base->names.node ? json_element (reader->document, base->names.node, n) : base->node);
        if (settled < 0)
          return -1;
        if (settled)
          {
            drop_name (&base->names, n--);
            break;
          }
      }
  return 0;
}

static int
add_rules (struct resource_reader *reader, const struct resource_spec *spec)
{
  struct spec_seccomp *out = reader->out;
  uint32_t own = out->syscalls.count;
  for (uint32_t i = 0; i < spec->syscalls.count; i++)
    {
      const struct resource_rule *rule = &spec->syscalls.items[i];
      struct spec_seccomp_rule made = { .node = rule->node, .names = rule->names, .action = rule->action };
      made.args.items = rule->args.items;
      made.args.count = rule->args.count;
      made.args.node = rule->args.node;
      if (rule->errno_ret.node
          && profile_errno_read (reader->document, rule->errno_ret.node, true, &made.errno_ret, reader->report) < 0)
        return -1;
      if (made.errno_ret.value == 0)
        made.errno_ret = (struct json_uint){ 0 };
      if (settle_rule (reader, &made, own) < 0)
        return -1;
      out->syscalls.items = arena_more (reader->arena, out->syscalls.items, out->syscalls.count, &reader->room, 32,
                                        sizeof *out->syscalls.items);
      out->syscalls.items[out->syscalls.count] = made;
      out->syscalls.count += made.names.count > 0;
    }
  /* drop rules that have lost all names to a base that permits more */
  uint32_t kept = 0;
  for (uint32_t i = 0; i < out->syscalls.count; i++)
    if (out->syscalls.items[i].names.count)
      out->syscalls.items[kept++] = out->syscalls.items[i];
  out->syscalls.count = kept;
  return 0;
}

/* ---- base profiles ----------------------------------------------------------------------------------------------- */

static bool
is_named (const struct profile_resource *resource, const char *name, const char *namespace_)
{
  const struct resource_metadata *metadata = resource->metadata;
  return metadata && metadata->name.text && strcmp (metadata->name.text, name) == 0
         && (!namespace_ || !metadata->namespace_.text || strcmp (metadata->namespace_.text, namespace_) == 0);
}

/* 1: found. */
static int
find_in_base (struct resource_reader *reader, const struct json_document *base, const char *name,
              const char *namespace_, struct profile_resource *out)
{
  for (origin_t at = next_resource (base, JSON_ROOT, 0); at; at = next_resource (base, JSON_ROOT, at))
    {
      struct profile_resource candidate;
      struct report quiet = { 0 };
      (void)foreign_decode_resource (base, at, reader->arena, &candidate, &quiet);
      if (!is_named (&candidate, name, namespace_))
        continue;
      origin_t root = json_graft (reader->document, base);
      return decode_resource (reader, root + at - JSON_ROOT, out) < 0 ? -1 : 1;
    }
  return 0;
}

static int
find_base (struct resource_reader *reader, const struct profile_resource *of, struct profile_resource *out)
{
  const struct json_string *name = &of->spec->base_profile_name;
  const char *namespace_ = of->metadata ? of->metadata->namespace_.text : NULL;
  int found = 0;
  for (uint32_t i = 0; reader->bases && i < reader->bases->count && !found; i++)
    found = find_in_base (reader, &reader->bases->documents[i], name->text, namespace_, out);
  if (found)
    return found < 0 ? -1 : 0;
  if (strncmp (name->text, "oci://", strlen ("oci://")) == 0)
    return report_error (reader->report, reader->document, name->node,
                         "give it as a file, by --base, and name that file's profile here",
                         "the base profile %s is in a registry, and husk fetches nothing", name->text);
  return report_error (reader->report, reader->document, name->node,
                       reader->bases && reader->bases->count
                           ? "none of the files given by --base has that name"
                           : "--base FILE gives it to 'husk seccomp resolve' and the other tools",
                       "the base profile \"%s\" is missing", name->text);
}

/* ---- the profile ------------------------------------------------------------------------------------------------- */

/* SCMP_ARCH_NATIVE is the node's own architecture, which is always filtered. */
static struct json_strings
architectures_of (const struct resource_spec *spec, struct arena *arena)
{
  struct json_strings list = spec->architectures;
  if (!json_strings_have (&list, "SCMP_ARCH_NATIVE"))
    return list;
  const char **items = arena_array (arena, const char *, list.count + 2);
  uint32_t count = 0;
  for (uint32_t i = 0; i < list.count; i++)
    {
      bool native = strcmp (list.items[i], "SCMP_ARCH_NATIVE") == 0;
      items[count] = native ? arch_native ()->name : list.items[i];
      count += !native || !json_strings_have (&list, arch_native ()->name);
    }
  list.items = items;
  list.count = count;
  return list;
}

static int
read_bases (struct resource_reader *reader, struct profile_resource resource)
{
  for (uint32_t depth = 0; resource.spec->base_profile_name.text && resource.spec->base_profile_name.text[0]; depth++)
    {
      if (depth == DEPTH_MAX)
        return report_error (reader->report, reader->document, resource.spec->base_profile_name.node, NULL,
                             "more than %u base profiles, or a circle of them", DEPTH_MAX);
      struct profile_resource base;
      if (find_base (reader, &resource, &base) < 0 || add_rules (reader, base.spec) < 0)
        return -1;
      resource = base;
    }
  return 0;
}

int
resource_read (struct json_document *document, const struct profile_bases *bases, struct arena *arena,
               struct spec_seccomp *out, struct report *report)
{
  struct resource_reader reader
      = { .document = document, .bases = bases, .arena = arena, .report = report, .out = out };
  struct profile_resource resource;
  origin_t node = next_resource (document, JSON_ROOT, 0);
  if (!node)
    return report_error (report, document, JSON_ROOT, NULL, "the list has no SeccompProfile");
  if (next_resource (document, JSON_ROOT, node))
    return report_error (report, document, JSON_ROOT, "'kubectl get seccompprofile NAME -o json' prints one",
                         "the list has several profiles");
  if (decode_resource (&reader, node, &resource) < 0)
    return -1;
  const struct resource_spec *spec = resource.spec;
  *out = (struct spec_seccomp){ .node = spec->node,
                                .default_action = spec->default_action,
                                .architectures = architectures_of (spec, arena),
                                .flags = spec->flags,
                                .listener_path = spec->listener_path,
                                .listener_metadata = spec->listener_metadata };
  if (add_rules (&reader, spec) < 0 || read_bases (&reader, resource) < 0)
    return -1;
  return spec_check_seccomp (document, out, report);
}
