/*
 * A seccomp profile, in config.json or in a file: its tables, its words, and the checks that need only the profile.
 * Names of architectures, flags and system calls are only text here; src/seccomp knows them. In config.json the keys of
 * docker's format must be refused, never ignored: the reason is below, at DOCKER.
 */
#include "types.h"

#include <string.h>

const struct json_name spec_action_names[] = {
  { "SCMP_ACT_KILL", SPEC_ACT_KILL_THREAD },
  { "SCMP_ACT_KILL_THREAD", SPEC_ACT_KILL_THREAD },
  { "SCMP_ACT_KILL_PROCESS", SPEC_ACT_KILL_PROCESS },
  { "SCMP_ACT_TRAP", SPEC_ACT_TRAP },
  { "SCMP_ACT_ERRNO", SPEC_ACT_ERRNO },
  { "SCMP_ACT_TRACE", SPEC_ACT_TRACE },
  { "SCMP_ACT_ALLOW", SPEC_ACT_ALLOW },
  { "SCMP_ACT_LOG", SPEC_ACT_LOG },
  { "SCMP_ACT_NOTIFY", SPEC_ACT_NOTIFY },
  { NULL, 0 },
};
const struct json_name spec_operator_names[] = {
  { "SCMP_CMP_NE", SPEC_CMP_NE },
  { "SCMP_CMP_LT", SPEC_CMP_LT },
  { "SCMP_CMP_LE", SPEC_CMP_LE },
  { "SCMP_CMP_EQ", SPEC_CMP_EQ },
  { "SCMP_CMP_GE", SPEC_CMP_GE },
  { "SCMP_CMP_GT", SPEC_CMP_GT },
  { "SCMP_CMP_MASKED_EQ", SPEC_CMP_MASKED_EQ },
  { NULL, 0 },
};
/* docker's format, which podman and CRI-O read too. An engine resolves it for each container before it writes
 * config.json. With its conditions ignored a rule would apply to every container, and a rule with "name" to no call. A
 * file in this format is read by foreign.c instead. */
#define DOCKER "belongs to docker's profile format"
#define RESOLVE "'husk seccomp resolve' converts the file that it came from"
#define DOCKER_KEY(key) JSON_REFUSED (key, DOCKER, RESOLVE)

const struct json_type spec_seccomp_arg_type
    = { "an argument's condition", sizeof (struct spec_seccomp_arg),
        (const struct json_field[]){
            JSON_UINT (struct spec_seccomp_arg, "index", index, .required = true, .ranged = true, .maximum = 5),
            JSON_UINT (struct spec_seccomp_arg, "value", value, .required = true),
            JSON_UINT (struct spec_seccomp_arg, "valueTwo", value_two), /* engines omit a zero */
            JSON_CHOICE (struct spec_seccomp_arg, "op", op, spec_operator_names, "a comparison", .required = true),
            { 0 } } };
static const struct json_type rule_type = {
  "a seccomp rule", sizeof (struct spec_seccomp_rule),
  (const struct json_field[]){
      JSON_TEXTS (struct spec_seccomp_rule, "names", names, .required = true, .filled = true),
      JSON_CHOICE (struct spec_seccomp_rule, "action", action, spec_action_names, SPEC_ACTION_NOUN, .required = true),
      JSON_UINT (struct spec_seccomp_rule, "errnoRet", errno_ret, .ranged = true, .maximum = 4095),
      JSON_LIST (struct spec_seccomp_rule, "args", args, struct spec_seccomp_arg, &spec_seccomp_arg_type),
      DOCKER_KEY ("includes"),
      DOCKER_KEY ("excludes"),
      DOCKER_KEY ("minKernel"),
      DOCKER_KEY ("name"),
      DOCKER_KEY ("errno"),
      JSON_UNUSED ("comment"),
      { 0 } }
};
const struct json_type spec_seccomp_type
    = { "a seccomp profile", sizeof (struct spec_seccomp),
        (const struct json_field[]){
            JSON_CHOICE (struct spec_seccomp, "defaultAction", default_action, spec_action_names, SPEC_ACTION_NOUN,
                         .required = true),
            JSON_UINT (struct spec_seccomp, "defaultErrnoRet", default_errno_ret, .ranged = true, .maximum = 4095),
            JSON_TEXTS (struct spec_seccomp, "architectures", architectures),
            JSON_TEXTS (struct spec_seccomp, "flags", flags),
            JSON_TEXT (struct spec_seccomp, "listenerPath", listener_path),
            JSON_TEXT (struct spec_seccomp, "listenerMetadata", listener_metadata),
            JSON_LIST (struct spec_seccomp, "syscalls", syscalls, struct spec_seccomp_rule, &rule_type),
            DOCKER_KEY ("archMap"),
            DOCKER_KEY ("defaultErrno"),
            JSON_UNUSED ("comment"),
            { 0 } } };

static bool
takes_errno (int action)
{
  return action == SPEC_ACT_ERRNO || action == SPEC_ACT_TRACE;
}

static void
check_errno (struct checker *checker, const struct json_enum *action, const struct json_uint *code)
{
  if (action->set && code->set && !takes_errno (action->value))
    (void)wrong (checker, code->node, "an errno needs SCMP_ACT_ERRNO or SCMP_ACT_TRACE");
}

bool
spec_seccomp_notifies (const struct spec_seccomp *seccomp)
{
  bool notifies = seccomp->default_action.value == SPEC_ACT_NOTIFY;
  for (uint32_t i = 0; i < seccomp->syscalls.count; i++)
    notifies |= seccomp->syscalls.items[i].action.value == SPEC_ACT_NOTIFY;
  return notifies;
}

origin_t
spec_seccomp_origin (const struct spec *spec, origin_t node)
{
  return spec->seccomp_document == spec->document ? node : 0;
}

void
check_seccomp (struct checker *checker, const struct spec_seccomp *seccomp)
{
  check_errno (checker, &seccomp->default_action, &seccomp->default_errno_ret);
  for (uint32_t i = 0; i < seccomp->syscalls.count; i++)
    check_errno (checker, &seccomp->syscalls.items[i].action, &seccomp->syscalls.items[i].errno_ret);
  if (spec_seccomp_notifies (seccomp) && !seccomp->listener_path.text)
    (void)wrong (checker, seccomp->node, "SCMP_ACT_NOTIFY needs \"listenerPath\"");
  if (seccomp->listener_metadata.text && !seccomp->listener_path.text)
    (void)wrong (checker, seccomp->listener_metadata.node, "\"listenerMetadata\" needs \"listenerPath\"");
  if (seccomp->listener_path.text && seccomp->listener_path.text[0] != '/')
    (void)wrong (checker, seccomp->listener_path.node, "\"%s\" is not an absolute path", seccomp->listener_path.text);
}
