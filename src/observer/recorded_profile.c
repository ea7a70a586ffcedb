/*
 * The smallest profile: it allows every call that was seen, by name, or with --arguments with the arguments that were
 * seen, and nothing else. What a person should look at in it is among the remarks.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "husk/calls.h"
#include "husk/descriptor.h"
#include "profile_file.h"

#define NAMELESS_LINE 1024

void
sight_remark (struct sight *sight, const char *format, ...)
{
  va_list values;
  size_t used = strlen (sight->remark);
  va_start (values, format);
  int length = vsnprintf (sight->remark + used, sizeof sight->remark - used, format, values);
  va_end (values);
  bool whole = length >= 0 && used + (size_t)length + 1 < sizeof sight->remark;
  (void)snprintf (sight->remark + used + (whole ? (size_t)length : 0),
                  sizeof sight->remark - used - (whole ? (size_t)length : 0), whole ? "\n" : "");
}

/* ---- names ---------------------------------------------------------------------------------------------------------
 */

struct recorded
{
  struct sight *sight;
  struct arena *arena;
  struct recorded_file old;
  struct spec_seccomp profile;
  struct spec_seccomp_rule *named; /* the rule without conditions */
  struct seen_arguments arguments[SELECTORS_MAX];
};

static void
add_text (struct json_strings *texts, const char *text)
{
  if (json_strings_have (texts, text))
    return;
  texts->items[texts->count++] = text;
  texts->set = true;
}

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
sort_texts (struct json_strings *texts)
{
  if (texts->count)
    qsort (texts->items, texts->count, sizeof *texts->items, compare_texts);
}

static void
add_nameless (char line[NAMELESS_LINE], struct sight *sight, const struct seccomp_data *data)
{
  char arch[24];
  size_t used = strlen (line);
  if (!seccomp_data_arch (data, arch))
    (void)snprintf (arch, sizeof arch, "architecture 0x%x", data->arch);
  if (used + 128 < NAMELESS_LINE)
    (void)snprintf (line + used, NAMELESS_LINE - used, "%s%d of %s", used ? ", " : "unknown system calls ", data->nr,
                    arch);
  else
    sight->crowded = true; /* the line is full */
}

static bool
was_known (const struct recorded *recorded, const char *name)
{
  for (uint32_t r = 0; r < recorded->old.profile.syscalls.count; r++)
    if (json_strings_have (&recorded->old.profile.syscalls.items[r].names, name))
      return true;
  return false;
}

/* Calls that are told apart by their arguments have conditions, unless there is one without already. */
static void
add_call (struct recorded *recorded, const struct seen_call *call, const char *name)
{
  const struct sight *sight = recorded->sight;
  const char *risk = was_known (recorded, name) ? NULL : profile_call_risk (name);
  if (risk && !json_strings_have (&recorded->named->names, name))
    sight_remark (recorded->sight, "the recorded call %s deserves a look: it %s", name, risk);
  if (call->selector < 0 || !sight->arguments)
    {
      add_text (&recorded->named->names, name);
      return;
    }
  struct seen_arguments *all = &recorded->arguments[call->selector];
  const struct seen_arguments *seen = &sight->arguments[call->selector];
  for (uint32_t i = 0; i < seen->count; i++)
    arguments_add (all, seen->values[i]);
  all->many |= seen->many;
}

static void
add_calls (struct recorded *recorded)
{
  struct sight *sight = recorded->sight;
  char nameless[NAMELESS_LINE] = "";
  for (size_t i = 0; i < sight->count; i++)
    {
      const struct seccomp_data data = { .arch = sight->calls[i].arch, .nr = sight->calls[i].number };
      const struct arch *arch = arch_of_data (&data);
      auto_free char *name = seccomp_data_name (&data);
      if (name)
        add_call (recorded, &sight->calls[i], arena_string (recorded->arena, name));
      else
        add_nameless (nameless, sight, &data);
      if (arch)
        add_text (&recorded->profile.architectures, arch->name);
    }
  if (*nameless)
    sight_remark (sight, "%s%s: they are not in the profile", nameless, sight->crowded ? ", ..." : "");
}

static void
add_old (struct recorded *recorded)
{
  const struct spec_seccomp *old = &recorded->old.profile;
  for (uint32_t i = 0; i < old->architectures.count; i++)
    add_text (&recorded->profile.architectures, old->architectures.items[i]);
  for (uint32_t r = 0; r < old->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &old->syscalls.items[r];
      uint32_t value;
      int selector = rule->args.count ? arguments_selector_of (rule->names.items[0]) : -1;
      if (selector >= 0 && arguments_read (selector, &rule->args.items[0], &value))
        arguments_add (&recorded->arguments[selector], value);
      else
        for (uint32_t n = 0; n < rule->names.count; n++)
          add_text (&recorded->named->names, rule->names.items[n]);
    }
}

/* A rule for each value, since a rule holds where any of its values does only if they are of one argument. */
static void
add_conditions (struct recorded *recorded)
{
  for (int selector = 0; selector < SELECTORS_MAX; selector++)
    {
      const struct seen_arguments *seen = &recorded->arguments[selector];
      const char *name = seen->count ? arguments_name (selector) : NULL;
      if (!name || json_strings_have (&recorded->named->names, name))
        continue;
      if (seen->many)
        {
          sight_remark (recorded->sight, "%s was called with more than %d different arguments: it has no condition",
                        name, ARGUMENTS_MAX);
          add_text (&recorded->named->names, name);
          continue;
        }
      for (uint32_t i = 0; i < seen->count; i++)
        {
          struct spec_seccomp_rule *rule = &recorded->profile.syscalls.items[recorded->profile.syscalls.count++];
          *rule = (struct spec_seccomp_rule){ .action = { .set = true, .value = SPEC_ACT_ALLOW } };
          rule->names = (struct json_strings){ arena_array (recorded->arena, const char *, 2), 0, .set = true };
          add_text (&rule->names, name);
          rule->args.items = arena_new (recorded->arena, struct spec_seccomp_arg);
          *rule->args.items = arguments_condition (selector, seen->values[i]);
          rule->args.count = 1;
        }
    }
}

static void
merge_recordings (struct recorded *recorded)
{
  const struct observer_format *format = &recorded->sight->observer->format;
  const struct spec_seccomp *old = &recorded->old.profile;
  struct spec_seccomp *profile = &recorded->profile;
  size_t room = recorded->sight->count + 1;
  for (uint32_t r = 0; r < old->syscalls.count; r++)
    room += old->syscalls.items[r].names.count;
  profile->default_action = (struct json_enum){ .set = true, .value = SPEC_ACT_ERRNO };
  profile->default_errno_ret = old->default_errno_ret;
  if (format->default_errno || !old->default_errno_ret.set)
    profile->default_errno_ret
        = (struct json_uint){ .set = true, .value = format->default_errno ? (uint64_t)format->default_errno : EPERM };
  profile->architectures.items
      = arena_array (recorded->arena, const char *, old->architectures.count + recorded->sight->count + 1);
  profile->syscalls.items = arena_array (recorded->arena, struct spec_seccomp_rule, 1 + SELECTORS_MAX * ARGUMENTS_MAX);
  profile->syscalls.count = 1;
  recorded->named = &profile->syscalls.items[0];
  *recorded->named = (struct spec_seccomp_rule){ .action = { .set = true, .value = SPEC_ACT_ALLOW } };
  recorded->named->names.items = arena_array (recorded->arena, const char *, room + SELECTORS_MAX + 1);
  add_old (recorded);
  add_calls (recorded);
  /* the kernel itself makes this call when a wait is interrupted, by a pause or a debugger: a run rarely shows it */
  add_text (&recorded->named->names, "restart_syscall");
  add_conditions (recorded);
  sort_texts (&recorded->named->names);
  sort_texts (&profile->architectures);
}

/* ---- writing -------------------------------------------------------------------------------------------------------
 */

/* A profile that names a newer call is as new as that: others lose their ENOSYS. */
static int
remark_age (struct recorded *recorded, struct error *error)
{
  struct seccomp_filter old, new;
  struct report report = { .error = error };
  struct json_strings names;
  char list[2048] = "";
  const struct json_document *document = &recorded->old.document;
  if (!recorded->old.there)
    return 0;
  if (seccomp_compile (document, &recorded->old.profile, recorded->arena, &old, &report) < 0
      || seccomp_compile (document, &recorded->profile, recorded->arena, &new, &report) < 0)
    return -1;
  const struct profile_side before = { document, &recorded->old.profile, &old };
  const struct profile_side after = { document, &recorded->profile, &new };
  if (profile_aged (&before, &after, recorded->arena, &names, error) < 0)
    return -1;
  for (uint32_t i = 0; i < names.count; i++)
    {
      size_t used = strlen (list);
      (void)snprintf (list + used, sizeof list - used, " %s", names.items[i]);
    }
  if (names.count)
    sight_remark (
        recorded->sight,
        "the merged profile knows system calls up to Linux %u.%u, before up to %u.%u: these get EPERM now, not "
        "ENOSYS, on which programs fall back%s:%s",
        new.age >> 8, new.age & 0xff, old.age >> 8, old.age & 0xff,
        recorded->sight->observer->format.crd ? "" : " (--default-errno ENOSYS keeps that)", list);
  return 0;
}

/* The name is of Kubernetes' letters, so nothing of it needs escaping. */
static char *
resource_text (const struct recorded *recorded, const char *profile)
{
  const struct observer_format *format = &recorded->sight->observer->format;
  const char *name_space
      = format->name_space ? arena_format (recorded->arena, ",\n    \"namespace\": \"%s\"", format->name_space) : "";
  size_t lines = 0, used = 0, length = strlen (profile);
  while (length && profile[length - 1] == '\n')
    length--;
  for (size_t i = 0; i < length; i++)
    lines += profile[i] == '\n';
  char *inner = arena_alloc (recorded->arena, length + 2 * lines + 1);
  for (size_t i = 0; i < length; i++)
    {
      inner[used++] = profile[i];
      if (profile[i] == '\n')
        inner[used++] = ' ', inner[used++] = ' ';
    }
  inner[used] = '\0';
  return arena_format (
      recorded->arena,
      "{\n  \"apiVersion\": \"security-profiles-operator.x-k8s.io/v1beta1\",\n"
      "  \"kind\": \"SeccompProfile\",\n  \"metadata\": {\n    \"name\": \"%s\"%s\n  },\n  \"spec\": %s\n}\n",
      format->name, name_space, inner);
}

static int
compare_counts (const void *a, const void *b)
{
  const struct seen_call *one = a, *two = b;
  if (one->count != two->count)
    return one->count > two->count ? -1 : 1;
  return one->order < two->order ? -1 : one->order > two->order;
}

static int
write_counts (struct sight *sight, struct error *error)
{
  struct json_writer writer;
  size_t size;
  const struct observer_place *place = &sight->observer->counts_place;
  if (!place->path)
    return 0;
  if (json_write_open (&writer, true) < 0)
    return error_set (error, ENOMEM, "write %s", place->path);
  qsort (sight->calls, sight->count, sizeof *sight->calls, compare_counts);
  json_write_object (&writer, NULL);
  json_write_array (&writer, "calls");
  for (size_t i = 0; i < sight->count; i++)
    {
      const struct seccomp_data data = { .arch = sight->calls[i].arch, .nr = sight->calls[i].number };
      char arch[24];
      auto_free char *name = seccomp_data_name (&data);
      json_write_object (&writer, NULL);
      json_write_string (&writer, "name", name);
      json_write_int (&writer, "number", data.nr);
      json_write_string (&writer, "architecture", seccomp_data_arch (&data, arch));
      json_write_uint (&writer, "count", sight->calls[i].count);
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, &size);
  int result = writer.failed ? error_set (error, ENOMEM, "write %s", place->path)
                             : profile_file_write (place, text, size, error);
  json_write_close (&writer);
  return result;
}

static int
write_recorded (struct recorded *recorded, struct error *error)
{
  const struct observer *observer = recorded->sight->observer;
  if (profile_file_lock (&observer->profile_place, error) < 0)
    return -1;
  if (observer->format.merge && profile_file_load (observer, recorded->arena, &recorded->old, error) < 0)
    return -1;
  merge_recordings (recorded);
  if (remark_age (recorded, error) < 0)
    return -1;
  if (observer->format.crd)
    recorded->profile.default_errno_ret.set = false; /* which it has no key for: it was checked */
  const char *text = profile_json (&recorded->profile, recorded->arena, error);
  if (text && observer->format.crd)
    text = resource_text (recorded, text);
  if (!text || profile_file_write (&observer->profile_place, text, strlen (text), error) < 0)
    return -1;
  recorded->sight->unwritten = "the counts of the recorded calls are lost";
  return write_counts (recorded->sight, error);
}

int
sight_write_profile (struct sight *sight, struct error *error)
{
  const struct observer *observer = sight->observer;
  struct arena arena;
  if (sight->count == 0 || (observer->failure && *observer->failure))
    return 0; /* nothing ran: the file keeps what an earlier run wrote */
  if (arena_open (&arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  struct recorded *recorded = arena_new (&arena, struct recorded);
  *recorded = (struct recorded){ .sight = sight, .arena = &arena };
  int result = write_recorded (recorded, error);
  arena_close (&arena);
  return result;
}
