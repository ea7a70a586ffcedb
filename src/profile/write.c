/*
 * Writes a profile as the specification's JSON: what `husk seccomp resolve` prints, and what a container keeps of a
 * file in another format. It must mean the same when it is read again. Only values that are the specification's
 * defaults are left out.
 */
#include "husk/profile.h"

#include <errno.h>

static const char *
word_of (const struct json_name *names, int value)
{
  /* the last name: SCMP_ACT_KILL_THREAD is clearer than SCMP_ACT_KILL */
  const char *word = NULL;
  for (; names->text; names++)
    if (names->value == value)
      word = names->text;
  return word;
}

static void
write_texts (struct json_writer *writer, const char *key, const struct json_strings *texts)
{
  if (texts->count == 0)
    return;
  json_write_array (writer, key);
  for (uint32_t i = 0; i < texts->count; i++)
    json_write_string (writer, NULL, texts->items[i]);
  json_write_array_end (writer);
}

static void
write_rule (struct json_writer *writer, const struct spec_seccomp_rule *rule)
{
  json_write_object (writer, NULL);
  write_texts (writer, "names", &rule->names);
  json_write_string (writer, "action", word_of (spec_action_names, rule->action.value));
  if (rule->errno_ret.set)
    json_write_uint (writer, "errnoRet", rule->errno_ret.value);
  if (rule->args.count)
    json_write_array (writer, "args");
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      const struct spec_seccomp_arg *arg = &rule->args.items[i];
      json_write_object (writer, NULL);
      json_write_uint (writer, "index", arg->index.value);
      json_write_uint (writer, "value", arg->value.value);
      if (arg->value_two.value)
        json_write_uint (writer, "valueTwo", arg->value_two.value);
      json_write_string (writer, "op", word_of (spec_operator_names, arg->op.value));
      json_write_object_end (writer);
    }
  if (rule->args.count)
    json_write_array_end (writer);
  json_write_object_end (writer);
}

char *
profile_json (const struct spec_seccomp *profile, struct arena *arena, struct error *error)
{
  struct json_writer writer;
  size_t size;
  if (json_write_open (&writer, true) < 0)
    {
      (void)error_set (error, ENOMEM, "write a profile");
      return NULL;
    }
  json_write_object (&writer, NULL);
  json_write_string (&writer, "defaultAction", word_of (spec_action_names, profile->default_action.value));
  if (profile->default_errno_ret.set)
    json_write_uint (&writer, "defaultErrnoRet", profile->default_errno_ret.value);
  write_texts (&writer, "architectures", &profile->architectures);
  write_texts (&writer, "flags", &profile->flags);
  if (profile->flags.set && profile->flags.count == 0) /* not the same as no "flags" */
    {
      json_write_array (&writer, "flags");
      json_write_array_end (&writer);
    }
  json_write_string (&writer, "listenerPath", profile->listener_path.text);
  json_write_string (&writer, "listenerMetadata", profile->listener_metadata.text);
  json_write_array (&writer, "syscalls");
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    write_rule (&writer, &profile->syscalls.items[i]);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  const char *text = writer.failed ? NULL : json_write_text (&writer, &size);
  char *copy = text ? arena_copy (arena, text, size) : NULL;
  json_write_close (&writer);
  if (!copy)
    (void)error_set (error, 0, "the profile cannot be written as JSON");
  return copy;
}
