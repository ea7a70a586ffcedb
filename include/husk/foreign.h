/*
 * Profiles in formats that are not the OCI's: docker's, which podman and CRI-O read too, and the SeccompProfile of
 * Kubernetes' Security Profiles Operator. Only their words are here; what they mean for a container is decided by
 * profile_read (profile.h).
 */
#ifndef HUSK_FOREIGN_H
#define HUSK_FOREIGN_H

#include "husk/spec.h"

enum profile_format
{
  PROFILE_OCI,
  PROFILE_DOCKER,   /* it has a key that is docker's alone, with a value that means something */
  PROFILE_RESOURCE, /* a SeccompProfile, or a list of them */
};
/* Of a file that is not a whole config.json. */
enum profile_format foreign_format (const struct json_document *document);

/* Which containers a rule of docker's is for. Each list that is absent or empty asks nothing. */
struct docker_filter
{
  origin_t node;
  struct json_strings caps;      /* "CAP_SYS_ADMIN" */
  struct json_strings arches;    /* "amd64": of libseccomp's Go package, not the specification's names */
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
/* 0, or -1 when the report has an error. Keys are read in whatever case, as the engines do. */
int foreign_decode_docker (const struct json_document *document, struct arena *arena, struct docker_profile *out,
                           struct report *report);

struct resource_rule
{
  origin_t node;
  struct json_strings names;
  struct json_enum action;
  struct json_value errno_ret; /* a number; text in older versions. 0 is as if it were absent */
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
/* The node is the resource's. */
int foreign_decode_resource (const struct json_document *document, origin_t node, struct arena *arena,
                             struct profile_resource *out, struct report *report);

#endif
