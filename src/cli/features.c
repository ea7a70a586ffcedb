/*
 * husk features: prints what husk supports (features.md). Names come from the tables by which configs are read, so they
 * are what husk accepts. Only namespaces, capabilities and supportedFlags depend on this kernel. A client may run this
 * before it has any container, so the command must not need root, a record or a cgroup.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "husk/checkpoint.h"
#include "husk/descriptor.h"
#include "husk/seccomp.h"
#include "husk/unit.h"

static const char help[] = "usage: husk features\n"
                           "\n"
                           "Prints supported features as JSON, in the form of the runtime specification's\n"
                           "features.md: the names that a config may use, and what husk supports. Needs no root.\n"
                           "\n"
                           "  -h, --help\n";

static const struct option features_options[] = { CLI_HELP_OPTION };

static void
write_names (struct json_writer *writer, const char *key, const struct json_name *names)
{
  json_write_array (writer, key);
  for (const struct json_name *name = names; name->text; name++)
    json_write_string (writer, NULL, name->text);
  json_write_array_end (writer);
}

static void
write_words (struct json_writer *writer, const char *key, const char *(*word_at) (uint32_t index))
{
  const char *word;
  json_write_array (writer, key);
  for (uint32_t i = 0; (word = word_at (i)) != NULL; i++)
    json_write_string (writer, NULL, word);
  json_write_array_end (writer);
}

/* An object with one member: whether husk has the feature. */
static void
write_enabled (struct json_writer *writer, const char *key, bool enabled)
{
  json_write_object (writer, key);
  json_write_bool (writer, "enabled", enabled);
  json_write_object_end (writer);
}

static void
write_namespaces (struct json_writer *writer)
{
  json_write_array (writer, "namespaces");
  for (const struct json_name *name = spec_namespace_names; name->text; name++)
    if (host_has_namespace (spec_namespace_flag ((enum spec_namespace_type)name->value)))
      json_write_string (writer, NULL, name->text);
  json_write_array_end (writer);
}

static void
write_capabilities (struct json_writer *writer, struct arena *arena)
{
  struct host host = { 0 };
  host_probe_capabilities (&host);
  struct json_strings names = spec_capability_names (host.known_capabilities, arena);
  json_write_array (writer, "capabilities");
  for (uint32_t i = 0; i < names.count; i++)
    if (spec_capability (names.items[i]) >= 0) /* if it has no name, the library returns a number */
      json_write_string (writer, NULL, names.items[i]);
  json_write_array_end (writer);
}

static void
write_cgroup (struct json_writer *writer)
{
  bool systemd = unit_possible ();
  json_write_object (writer, "cgroup");
  json_write_bool (writer, "v1", true);
  json_write_bool (writer, "v2", true);
  json_write_bool (writer, "systemd", systemd);
  json_write_bool (writer, "systemdUser", systemd);
  json_write_bool (writer, "rdma", true);
  json_write_object_end (writer);
}

static void
write_seccomp (struct json_writer *writer)
{
  const char *flag;
  json_write_object (writer, "seccomp");
  json_write_bool (writer, "enabled", true);
  write_names (writer, "actions", spec_action_names);
  write_names (writer, "operators", spec_operator_names);
  write_words (writer, "archs", seccomp_arch_name);
  write_words (writer, "knownFlags", seccomp_flag_name);
  json_write_array (writer, "supportedFlags");
  for (uint32_t i = 0; (flag = seccomp_flag_name (i)) != NULL; i++)
    if (seccomp_kernel_has_flag (flag))
      json_write_string (writer, NULL, flag);
  json_write_array_end (writer);
  json_write_object_end (writer);
}

static void
write_linux (struct json_writer *writer, struct arena *arena)
{
  json_write_object (writer, "linux");
  write_namespaces (writer);
  write_capabilities (writer, arena);
  write_cgroup (writer);
  write_seccomp (writer);
  write_enabled (writer, "apparmor", true);
  write_enabled (writer, "selinux", true);
  json_write_object (writer, "intelRdt");
  json_write_bool (writer, "enabled", true);
  json_write_bool (writer, "schemata", true);
  json_write_bool (writer, "monitoring", true);
  json_write_object_end (writer);
  json_write_object (writer, "memoryPolicy");
  write_names (writer, "modes", spec_policy_names);
  write_names (writer, "flags", spec_policy_flag_names);
  json_write_object_end (writer);
  json_write_object (writer, "mountExtensions");
  write_enabled (writer, "idmap", true);
  json_write_object_end (writer);
  write_enabled (writer, "netDevices", true);
  json_write_object_end (writer);
}

static void
write_annotations (struct json_writer *writer)
{
  char library[40];
  seccomp_library_version (library);
  json_write_object (writer, "annotations");
  json_write_string (writer, "io.github.seccomp.libseccomp.version", library);
  json_write_string (writer, "org.opencontainers.runc.checkpoint.enabled", checkpoint_possible () ? "true" : "false");
  json_write_string (writer, "run.oci.husk.version", HUSK_VERSION);
  json_write_string (writer, "run.oci.husk.commit", strcmp (husk_commit, "unknown") != 0 ? husk_commit : NULL);
  json_write_object_end (writer);
}

/* *out_json is malloc'd. */
static int
features_json (char **out_json, struct error *error)
{
  struct arena arena;
  struct json_writer writer;
  if (arena_open (&arena, 1ul << 20) < 0 || json_write_open (&writer, true) < 0)
    return error_set (error, ENOMEM, "write the features");
  json_write_object (&writer, NULL);
  json_write_string (&writer, "ociVersionMin", SPEC_VERSION_OLDEST);
  json_write_string (&writer, "ociVersionMax", SPEC_VERSION);
  write_words (&writer, "hooks", spec_hook_name);
  write_words (&writer, "mountOptions", spec_mount_option);
  write_linux (&writer, &arena);
  write_annotations (&writer);
  json_write_array (&writer, "potentiallyUnsafeConfigAnnotations");
  json_write_string (&writer, NULL, UNIT_ANNOTATION);
  json_write_string (&writer, NULL, PRIVILEGE_ANNOTATION);
  json_write_string (&writer, NULL, GROUPS_ANNOTATION);
  json_write_string (&writer, NULL, EXPLAIN_ANNOTATION);
  json_write_string (&writer, NULL, HOOKS_STDOUT_ANNOTATION);
  json_write_string (&writer, NULL, HOOKS_STDERR_ANNOTATION);
  json_write_string (&writer, NULL, CRIU_ANNOTATION);
  json_write_string (&writer, NULL, MOUNT_CONTEXT_ANNOTATION);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, NULL);
  *out_json = writer.failed ? NULL : strdup (text);
  json_write_close (&writer);
  return *out_json ? 0 : error_set (error, ENOMEM, "write the features");
}

int
cli_features (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  auto_free char *json = NULL;
  int option = cli_option (argc, argv, "h", features_options);
  (void)globals;
  if (option != -1)
    return cli_usage ("features", help, option);
  if (cli_no_operands ("features", argc, argv) < 0)
    return 1;
  if (features_json (&json, &error) < 0)
    return cli_fail (&error);
  return cli_print (json);
}
