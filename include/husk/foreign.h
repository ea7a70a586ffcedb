/*
 * Profiles in formats other than the OCI's: docker's, which podman and CRI-O read too, and the SeccompProfile of
 * Kubernetes' Security Profiles Operator. Only their words are here; profile_read (profile.h) decides what they mean
 * for a container.
 */
#ifndef HUSK_FOREIGN_H
#define HUSK_FOREIGN_H

#include "husk/spec.h"

enum profile_format
{
  PROFILE_OCI,
  PROFILE_DOCKER,   /* it has a key that only docker's format has, with a value that is not empty */
  PROFILE_RESOURCE, /* a SeccompProfile, or a list of them */
};
/* The format of a file that is not a whole config.json. */
enum profile_format foreign_format (const struct json_document *document);

/* The containers that a docker rule is for. A list that is absent or empty does not restrict them. */
struct docker_filter
{
  origin_t node;
  struct json_strings caps;      /* "CAP_SYS_ADMIN" */
  struct json_strings arches;    /* "amd64": the names of libseccomp's Go package, not the specification's */
  struct json_string min_kernel; /* "4.8" */
};
struct docker_rule
{
  origin_t node;
  struct json_strings names;
  struct json_string name; /* an older way to name one call */
  struct json_enum action;
  struct json_uint errno_ret;
  struct json_value errno_value; /* podman's: "ENOSYS" or digits */
  struct json_value min_kernel;  /* has no meaning in any engine */
  JSON_ARRAY_OF (struct spec_seccomp_arg) args;
  struct docker_filter *includes, *excludes;
};
struct docker_arch
{
  origin_t node;
  struct json_string architecture;
  struct json_strings sub_architectures;
};
struct docker_profile
{
  origin_t node;
  struct json_enum default_action;
  struct json_uint default_errno_ret;
  struct json_value default_errno;
  struct json_strings architectures, flags;
  JSON_ARRAY_OF (struct docker_arch) arch_map;
  struct json_string listener_path, listener_metadata;
  JSON_ARRAY_OF (struct docker_rule) syscalls;
};
/* 0, or -1 if the report has an error. Keys match in any case, as in the engines. */
int foreign_decode_docker (const struct json_document *document, struct arena *arena, struct docker_profile *out,
                           struct report *report);

struct resource_rule
{
  origin_t node;
  struct json_strings names;
  struct json_enum action;
  struct json_value errno_ret; /* a number, or text in older versions. 0 counts as absent */
  JSON_ARRAY_OF (struct spec_seccomp_arg) args;
};
struct resource_spec
{
  origin_t node;
  struct json_string base_profile_name;
  struct json_enum default_action;
  struct json_strings architectures, flags;
  struct json_string listener_path, listener_metadata;
  JSON_ARRAY_OF (struct resource_rule) syscalls;
};
struct resource_metadata
{
  origin_t node;
  struct json_string name, namespace_;
};
/* A SeccompProfile, as `kubectl get -o json` prints one. */
struct profile_resource
{
  origin_t node;
  struct json_string api_version, kind;
  struct resource_metadata *metadata;
  struct resource_spec *spec;
};
/* node is the resource's. */
int foreign_decode_resource (const struct json_document *document, origin_t node, struct arena *arena,
                             struct profile_resource *out, struct report *report);

#endif
