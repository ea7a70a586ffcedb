/*
 * The tables of docker's format and of the SeccompProfile resource. src/profile resolves them for a container. Actions
 * and conditions use the tables of the specification's profile (seccomp.c).
 */
#include "husk/foreign.h"

#include <string.h>
#include <strings.h>

#include "types.h"

#define ACTION(owner, key, member)                                                                                     \
  JSON_CHOICE (owner, key, member, spec_action_names, SPEC_ACTION_NOUN, .required = true)

static const struct json_type filter_type = { "the conditions of a rule", sizeof (struct docker_filter),
                                              (const struct json_field[]){
                                                  JSON_TEXTS (struct docker_filter, "caps", caps),
                                                  JSON_TEXTS (struct docker_filter, "arches", arches),
                                                  JSON_TEXT (struct docker_filter, "minKernel", min_kernel),
                                                  { 0 },
                                              },
                                              .any_case = true };
static const struct json_type docker_rule_type
    = { "a rule in docker's format", sizeof (struct docker_rule),
        (const struct json_field[]){
            JSON_TEXTS (struct docker_rule, "names", names),
            JSON_TEXT (struct docker_rule, "name", name),
            ACTION (struct docker_rule, "action", action),
            JSON_UINT (struct docker_rule, "errnoRet", errno_ret, .ranged = true, .maximum = 4095),
            JSON_ANY (struct docker_rule, "errno", errno_value),
            JSON_ANY (struct docker_rule, "minKernel", min_kernel),
            JSON_LIST (struct docker_rule, "args", args, struct spec_seccomp_arg, &spec_seccomp_arg_type),
            JSON_STRUCT (struct docker_rule, "includes", includes, struct docker_filter, &filter_type),
            JSON_STRUCT (struct docker_rule, "excludes", excludes, struct docker_filter, &filter_type),
            JSON_UNUSED ("comment"),
            { 0 } },
        .any_case = true };
static const struct json_type docker_arch_type
    = { "an architecture in archMap", sizeof (struct docker_arch),
        (const struct json_field[]){ JSON_TEXT (struct docker_arch, "architecture", architecture, .required = true),
                                     JSON_TEXTS (struct docker_arch, "subArchitectures", sub_architectures),
                                     { 0 } },
        .any_case = true };
static const struct json_type docker_type
    = { "a seccomp profile", sizeof (struct docker_profile),
        (const struct json_field[]){
            ACTION (struct docker_profile, "defaultAction", default_action),
            JSON_UINT (struct docker_profile, "defaultErrnoRet", default_errno_ret, .ranged = true, .maximum = 4095),
            JSON_ANY (struct docker_profile, "defaultErrno", default_errno),
            JSON_TEXTS (struct docker_profile, "architectures", architectures),
            JSON_LIST (struct docker_profile, "archMap", arch_map, struct docker_arch, &docker_arch_type),
            JSON_TEXTS (struct docker_profile, "flags", flags),
            JSON_TEXT (struct docker_profile, "listenerPath", listener_path),
            JSON_TEXT (struct docker_profile, "listenerMetadata", listener_metadata),
            JSON_LIST (struct docker_profile, "syscalls", syscalls, struct docker_rule, &docker_rule_type),
            JSON_UNUSED ("comment"),
            { 0 } },
        .any_case = true };

static const struct json_type resource_rule_type
    = { "a rule of a SeccompProfile", sizeof (struct resource_rule),
        (const struct json_field[]){
            JSON_TEXTS (struct resource_rule, "names", names, .required = true, .filled = true),
            ACTION (struct resource_rule, "action", action),
            JSON_ANY (struct resource_rule, "errnoRet", errno_ret),
            JSON_LIST (struct resource_rule, "args", args, struct spec_seccomp_arg, &spec_seccomp_arg_type),
            { 0 } } };
static const struct json_type resource_spec_type
    = { "the spec of a SeccompProfile", sizeof (struct resource_spec),
        (const struct json_field[]){
            JSON_TEXT (struct resource_spec, "baseProfileName", base_profile_name),
            ACTION (struct resource_spec, "defaultAction", default_action),
            JSON_TEXTS (struct resource_spec, "architectures", architectures),
            JSON_TEXTS (struct resource_spec, "flags", flags),
            JSON_TEXT (struct resource_spec, "listenerPath", listener_path),
            JSON_TEXT (struct resource_spec, "listenerMetadata", listener_metadata),
            JSON_LIST (struct resource_spec, "syscalls", syscalls, struct resource_rule, &resource_rule_type),
            JSON_UNUSED ("disabled"),
            { 0 } } };
static const struct json_type metadata_type
    = { "the metadata of a resource", sizeof (struct resource_metadata),
        (const struct json_field[]){ JSON_TEXT (struct resource_metadata, "name", name),
                                     JSON_TEXT (struct resource_metadata, "namespace", namespace_),
                                     { 0 } },
        .partial = true };
static const struct json_type resource_type = {
  "a SeccompProfile", sizeof (struct profile_resource),
  (const struct json_field[]){
      JSON_TEXT (struct profile_resource, "apiVersion", api_version, .required = true),
      JSON_TEXT (struct profile_resource, "kind", kind, .required = true),
      JSON_STRUCT (struct profile_resource, "metadata", metadata, struct resource_metadata, &metadata_type),
      JSON_STRUCT (struct profile_resource, "spec", spec, struct resource_spec, &resource_spec_type, .required = true),
      JSON_UNUSED ("status"),
      { 0 } }
};

/* The first member with a value that is not empty and with one of these keys, in upper or lower case; or 0. */
static origin_t
has_one_of (const struct json_document *document, origin_t object, const char *const *words)
{
  const struct json_node *nodes = document->nodes;
  if (!object || nodes[object].kind != JSON_OBJECT)
    return 0;
  for (origin_t member = nodes[object].first; member; member = nodes[member].next)
    for (const char *const *word = words; *word; word++)
      if (strcasecmp (*word, nodes[member].key) == 0 && !json_is_empty (document, member))
        return member;
  return 0;
}

/* A key that the specification's format does not know, because its spelling counts, and the engines' decoder does. */
static bool
has_other_case (const struct json_document *document, origin_t object, const struct json_type *type)
{
  const struct json_node *nodes = document->nodes;
  for (origin_t member = nodes[object].kind == JSON_OBJECT ? nodes[object].first : 0; member;
       member = nodes[member].next)
    for (const struct json_field *field = type->fields; field->key; field++)
      if (strcasecmp (field->key, nodes[member].key) == 0 && strcmp (field->key, nodes[member].key) != 0)
        return true;
  return false;
}

static bool
is_docker (const struct json_document *document)
{
  static const char *const top[] = { "archMap", "defaultErrno", NULL }, *const list[] = { "syscalls", NULL },
                           *const rule[] = { "includes", "excludes", "minKernel", "name", "errno", NULL };
  origin_t syscalls = has_one_of (document, JSON_ROOT, list);
  if (has_one_of (document, JSON_ROOT, top) || has_other_case (document, JSON_ROOT, &docker_type))
    return true;
  if (!syscalls || document->nodes[syscalls].kind != JSON_ARRAY)
    return false;
  for (origin_t at = document->nodes[syscalls].first; at; at = document->nodes[at].next)
    if (has_one_of (document, at, rule) || has_other_case (document, at, &docker_rule_type))
      return true;
  return false;
}

enum profile_format
foreign_format (const struct json_document *document)
{
  if (json_member (document, JSON_ROOT, "kind") && json_member (document, JSON_ROOT, "apiVersion"))
    return PROFILE_RESOURCE;
  return is_docker (document) ? PROFILE_DOCKER : PROFILE_OCI;
}

int
foreign_decode_docker (const struct json_document *document, struct arena *arena, struct docker_profile *out,
                       struct report *report)
{
  return json_decode (document, JSON_ROOT, &docker_type, out, arena, report);
}

int
foreign_decode_resource (const struct json_document *document, origin_t node, struct arena *arena,
                         struct profile_resource *out, struct report *report)
{
  return json_decode (document, node, &resource_type, out, arena, report);
}
