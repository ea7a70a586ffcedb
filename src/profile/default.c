/*
 * RuntimeDefault: the text of a profile made from the groups of default_groups.c, for one set of capabilities and one
 * architecture.
 */
#include "default.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "husk/calls.h"
#include "husk/profile.h"

/* clang-format off */
const uint64_t profile_usual_capabilities
    = CAPABILITY (CAP_AUDIT_WRITE) | CAPABILITY (CAP_CHOWN) | CAPABILITY (CAP_DAC_OVERRIDE) | CAPABILITY (CAP_FOWNER)
      | CAPABILITY (CAP_FSETID) | CAPABILITY (CAP_KILL) | CAPABILITY (CAP_MKNOD) | CAPABILITY (CAP_NET_BIND_SERVICE)
      | CAPABILITY (CAP_NET_RAW) | CAPABILITY (CAP_SETFCAP) | CAPABILITY (CAP_SETGID) | CAPABILITY (CAP_SETPCAP)
      | CAPABILITY (CAP_SETUID) | CAPABILITY (CAP_SYS_CHROOT);
/* clang-format on */

/* An architecture, then those whose programs its kernel also runs. */
static const struct
{
  const char *names[4];
} families[] = {
  { { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" } },
  { { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" } },
  { { "SCMP_ARCH_S390X", "SCMP_ARCH_S390" } },
};

struct profile_output
{
  struct json_writer writer;
  uint64_t capabilities;
  const struct arch *archs[4];
  uint32_t arch_count;
};

static void
find_family (struct profile_output *output, const struct arch *arch)
{
  output->archs[output->arch_count++] = arch;
  for (size_t f = 0; f < sizeof families / sizeof *families; f++)
    for (uint32_t i = 1; strcmp (families[f].names[0], arch->name) == 0 && families[f].names[i]; i++)
      output->archs[output->arch_count++] = arch_of_name (families[f].names[i]);
}

/* Whether one of the architectures has this call. */
static bool
exists (const struct profile_output *output, const char *name)
{
  bool found = false;
  for (uint32_t i = 0; i < output->arch_count; i++)
    {
      int number = call_number (output->archs[i], name);
      found |= number >= 0 || call_is_multiplexed (number);
    }
  return found;
}

/* Writes the names of the group that exist; without a writer they are only counted. */
static uint32_t
write_names (const struct profile_output *output, struct json_writer *writer, const char *names)
{
  uint32_t count = 0;
  char name[64];
  for (size_t length; *names; names += length)
    {
      names += strspn (names, " ");
      length = strcspn (names, " ");
      if (length == 0 || length >= sizeof name)
        continue;
      memcpy (name, names, length);
      name[length] = 0;
      if (!exists (output, name))
        continue;
      if (writer)
        json_write_string (writer, NULL, name);
      count++;
    }
  return count;
}

static void
write_conditions (struct profile_output *output, const struct default_condition *condition)
{
  struct json_writer *writer = &output->writer;
  uint32_t clone_flags = strncmp (output->archs[0]->name, "SCMP_ARCH_S390", 14) == 0 ? 1 : 0;
  json_write_array (writer, "args");
  for (; condition->op; condition++)
    {
      json_write_object (writer, NULL);
      json_write_uint (writer, "index", condition->index == DEFAULT_CLONE_FLAGS ? clone_flags : condition->index);
      json_write_uint (writer, "value", condition->value);
      if (strcmp (condition->op, "SCMP_CMP_MASKED_EQ") == 0)
        json_write_uint (writer, "valueTwo", condition->value_two);
      json_write_string (writer, "op", condition->op);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
}

static void
write_group (struct profile_output *output, const struct default_group *group)
{
  struct json_writer *writer = &output->writer;
  bool open = !group->capabilities || group->capabilities & output->capabilities;
  uint32_t refusal = group->errno_ret ? group->errno_ret : open ? 0 : EPERM;
  if (group->not_with & output->capabilities || (!open && group->others_decide)
      || write_names (output, NULL, group->names) == 0)
    return;
  json_write_object (writer, NULL);
  json_write_string (writer, "comment", group->reason);
  json_write_array (writer, "names");
  (void)write_names (output, writer, group->names);
  json_write_array_end (writer);
  json_write_string (writer, "action", refusal ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW");
  if (refusal)
    json_write_uint (writer, "errnoRet", refusal);
  if (group->conditions)
    write_conditions (output, group->conditions);
  json_write_object_end (writer);
}

char *
profile_default_json (uint64_t capabilities, const char *arch_name, struct arena *arena, struct error *error)
{
  struct profile_output output = { .capabilities = capabilities };
  const struct arch *arch = arch_find (arch_name, error);
  size_t size;
  if (!arch)
    return NULL;
  find_family (&output, arch);
  if (json_write_open (&output.writer, true) < 0)
    {
      (void)error_set (error, ENOMEM, "write a profile");
      return NULL;
    }
  json_write_object (&output.writer, NULL);
  json_write_string (&output.writer, "defaultAction", "SCMP_ACT_ERRNO");
  json_write_uint (&output.writer, "defaultErrnoRet", ENOSYS);
  json_write_array (&output.writer, "architectures");
  for (uint32_t i = 0; i < output.arch_count; i++)
    json_write_string (&output.writer, NULL, output.archs[i]->name);
  json_write_array_end (&output.writer);
  json_write_array (&output.writer, "syscalls");
  for (const struct default_group *group = default_groups; group->names; group++)
    write_group (&output, group);
  json_write_array_end (&output.writer);
  json_write_object_end (&output.writer);
  const char *text = json_write_text (&output.writer, &size);
  char *copy = output.writer.failed ? NULL : arena_copy (arena, text, size);
  if (!copy)
    (void)error_set (error, ENOMEM, "write a profile");
  json_write_close (&output.writer);
  return copy;
}
