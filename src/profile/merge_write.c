/*
 * Writes a merged profile as JSON. Calls with the same rules are written together, in the order of their profiles.
 * merge.c proves the result.
 */
#include <errno.h>
#include <string.h>

#include "merge.h"

static bool
merge_notifies (const struct merge *merge)
{
  bool notifies = merge->standard == SECCOMP_RET_USER_NOTIF;
  for (uint32_t i = 0; i < merge->count; i++)
    for (uint32_t r = 0; r < merge->calls[i].rules.count; r++)
      notifies |= merge->calls[i].rules.items[r].action == SECCOMP_RET_USER_NOTIF;
  return notifies;
}

static void
write_action (struct json_writer *writer, const char *key, const char *code_key, uint32_t verdict)
{
  static const struct
  {
    uint32_t action;
    const char *name;
  } names[] = { { SECCOMP_RET_KILL_PROCESS, "SCMP_ACT_KILL_PROCESS" },
                { SECCOMP_RET_KILL_THREAD, "SCMP_ACT_KILL_THREAD" },
                { SECCOMP_RET_TRAP, "SCMP_ACT_TRAP" },
                { SECCOMP_RET_ERRNO, "SCMP_ACT_ERRNO" },
                { SECCOMP_RET_USER_NOTIF, "SCMP_ACT_NOTIFY" },
                { SECCOMP_RET_TRACE, "SCMP_ACT_TRACE" },
                { SECCOMP_RET_LOG, "SCMP_ACT_LOG" },
                { SECCOMP_RET_ALLOW, "SCMP_ACT_ALLOW" } };
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].action == action)
      json_write_string (writer, key, names[i].name);
  if ((action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE) && (verdict & SECCOMP_RET_DATA) != EPERM)
    json_write_uint (writer, code_key, verdict & SECCOMP_RET_DATA);
}

static void
write_condition (struct json_writer *writer, const struct merged_condition *condition)
{
  static const char *const operators[]
      = { [RELATION_EQ] = "SCMP_CMP_EQ", [RELATION_NE] = "SCMP_CMP_NE", [RELATION_LT] = "SCMP_CMP_LT",
          [RELATION_GE] = "SCMP_CMP_GE", [RELATION_LE] = "SCMP_CMP_LE", [RELATION_GT] = "SCMP_CMP_GT" };
  const struct comparison *comparison = &condition->comparison;
  bool masked = comparison->mask != UINT64_MAX;
  json_write_object (writer, NULL);
  json_write_uint (writer, "index", condition->index);
  json_write_uint (writer, "value", masked ? comparison->mask : comparison->value);
  if (masked)
    json_write_uint (writer, "valueTwo", comparison->value);
  json_write_string (writer, "op", masked ? "SCMP_CMP_MASKED_EQ" : operators[comparison->relation]);
  json_write_object_end (writer);
}

/* Writes the rules of a call, with the names of all later calls that have the same rules. */
static void
write_rules (const struct merge *merge, struct json_writer *writer, uint32_t first)
{
  const struct merged_rules *rules = &merge->calls[first].rules;
  for (uint32_t before = 0; before < first; before++)
    if (strcmp (merge->calls[before].key, merge->calls[first].key) == 0)
      return;
  for (uint32_t r = 0; r < rules->count; r++)
    {
      json_write_object (writer, NULL);
      json_write_array (writer, "names");
      for (uint32_t i = first; i < merge->count; i++)
        if (strcmp (merge->calls[i].key, merge->calls[first].key) == 0)
          json_write_string (writer, NULL, merge->calls[i].name);
      json_write_array_end (writer);
      write_action (writer, "action", "errnoRet", rules->items[r].action);
      if (rules->items[r].count)
        {
          json_write_array (writer, "args");
          for (uint32_t c = 0; c < rules->items[r].count; c++)
            write_condition (writer, &rules->items[r].conditions[c]);
          json_write_array_end (writer);
        }
      json_write_object_end (writer);
    }
}

/* The architectures of both profiles, or of either. The native one is filtered even if it is not listed, so one profile
 * that lists it is enough. */
static void
write_archs (const struct merge *merge, struct json_writer *writer)
{
  const struct arch *arch;
  json_write_array (writer, "architectures");
  for (uint32_t i = 0; (arch = arch_at (i)); i++)
    {
      bool listed[2], filtered[2];
      for (int side = 0; side < 2; side++)
        {
          listed[side] = json_strings_have (&merge->sides[side]->profile->architectures, arch->name);
          filtered[side] = arch_in_profile (arch, merge->sides[side]->profile);
        }
      if ((listed[0] || listed[1]) && (merge->any || (filtered[0] && filtered[1])))
        json_write_string (writer, NULL, arch->name);
    }
  json_write_array_end (writer);
}

/* Only SPEC_ALLOW loosens a filter. WAIT_KILLABLE_RECV makes sense only in a profile that notifies. */
static void
write_flags (const struct merge *merge, struct json_writer *writer, bool notifies)
{
  const uint32_t loose = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  uint32_t one = merge->sides[0]->filter->flags, two = merge->sides[1]->filter->flags;
  uint32_t flags = ((one | two) & ~loose) | ((merge->any ? one | two : one & two) & loose);
  const char *name;
  if (!notifies)
    flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  if (flags == loose)
    return; /* the default without "flags" */
  json_write_array (writer, "flags");
  for (uint32_t i = 0; (name = seccomp_flag_name (i)) != NULL; i++)
    if (flags & flag_word (name))
      json_write_string (writer, NULL, name);
  json_write_array_end (writer);
}

/* Writes where notified calls go: both profiles must have the same agent. */
static int
write_listener (const struct merge *merge, struct json_writer *writer)
{
  const struct spec_seccomp *notifying = NULL;
  for (int side = 0; side < 2; side++)
    {
      const struct spec_seccomp *profile = merge->sides[side]->profile;
      if (!merge->sides[side]->filter->notify)
        continue;
      if (notifying && strcmp (notifying->listener_path.text, profile->listener_path.text) != 0)
        return error_set (merge->error, 0, "the profiles have different listeners: %.100s and %.100s",
                          notifying->listener_path.text, profile->listener_path.text);
      notifying = notifying ? notifying : profile;
    }
  if (!notifying)
    return error_set (merge->error, 0, "neither profile has a listener");
  json_write_string (writer, "listenerPath", notifying->listener_path.text);
  json_write_string (writer, "listenerMetadata", notifying->listener_metadata.text);
  return 0;
}

char *
merge_write (const struct merge *merge)
{
  struct json_writer writer;
  char *copy = NULL;
  size_t size;
  bool notifies = merge_notifies (merge);
  if (json_write_open (&writer, true) < 0)
    {
      (void)error_set (merge->error, ENOMEM, "write a profile");
      return NULL;
    }
  json_write_object (&writer, NULL);
  write_action (&writer, "defaultAction", "defaultErrnoRet", merge->standard);
  write_archs (merge, &writer);
  write_flags (merge, &writer, notifies);
  int result = notifies ? write_listener (merge, &writer) : 0;
  json_write_array (&writer, "syscalls");
  for (uint32_t i = 0; i < merge->count; i++)
    write_rules (merge, &writer, i);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, &size);
  if (result == 0 && writer.failed)
    (void)error_set (merge->error, ENOMEM, "write a profile");
  else if (result == 0)
    copy = arena_copy (merge->arena, text, size);
  json_write_close (&writer);
  return copy;
}
