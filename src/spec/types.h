/*
 * The tables that src/spec's files share, and the checks that go beyond a table: one function per subject.
 */
#ifndef HUSK_SPEC_TYPES_H
#define HUSK_SPEC_TYPES_H

#include "husk/spec.h"

extern const struct json_type spec_type, spec_process_type, spec_mount_type, spec_id_mapping_type, spec_hooks_type,
    spec_linux_type, spec_resources_type, spec_seccomp_type, spec_seccomp_arg_type;
#define SPEC_ACTION_NOUN                                                                                               \
  "a seccomp action: SCMP_ACT_ followed by KILL, KILL_THREAD, KILL_PROCESS, TRAP, ERRNO, TRACE, ALLOW, LOG or NOTIFY"

struct checker
{
  const struct json_document *document;
  struct spec *spec; /* the whole config; NULL if only a process, resources or a profile is checked */
  struct report *report;
  struct arena *arena;
};
#define wrong(checker, node, ...) report_error ((checker)->report, (checker)->document, (node), NULL, __VA_ARGS__)
#define wrong_hint(checker, node, hint, ...)                                                                           \
  report_error ((checker)->report, (checker)->document, (node), (hint), __VA_ARGS__)
#define warn(checker, node, hint, ...)                                                                                 \
  report_warning ((checker)->report, (checker)->document, (node), (hint), __VA_ARGS__)

void check_process (struct checker *checker, struct spec_process *process);
void check_mounts (struct checker *checker);
void check_mount_options (struct checker *checker, struct spec_mount *mount);
/* The value of "idmap=" or "ridmap=" in an option, or NULL. check_idmap_option stores it in the mount's parsed
 * mappings. */
const char *mount_idmap_value (const char *option);
void check_idmap_option (struct checker *checker, struct spec_mount *mount, const char *option, origin_t node);
void check_hooks (struct checker *checker, const struct spec_hooks *hooks);
void check_namespaces (struct checker *checker);
void check_annotations (struct checker *checker);
void check_net_devices (struct checker *checker);
void check_linux (struct checker *checker);
void check_sysctl (struct checker *checker);
void check_resources (struct checker *checker, const struct spec_resources *resources);
/* what: "CPUs" */
void check_numbers (struct checker *checker, const struct json_string *list, const char *what);
void check_seccomp (struct checker *checker, const struct spec_seccomp *seccomp);

/* A path that starts with '/' and has no ".." component. */
bool path_is_absolute (const char *path);

#endif
