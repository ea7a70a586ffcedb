/*
 * husk seccomp diff --not-looser-than: prints what profile_prove (src/profile) finds. The exit status is part of the
 * interface: 0 if it is proved, 2 if a call disproves it, 3 if it could not be decided, 1 for an error.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "husk/calls.h"
#include "husk/foreign.h"
#include "husk/text.h"
#include "profile.h"

enum proof_status
{
  STATUS_PROVED = 0,
  STATUS_LOOSER = 2,
  STATUS_UNDECIDED = 3,
};

/* The container that the proof is about, if a file is in docker's format: its meaning depends on that. Or NULL. */
static const struct profile_target *
resolved_for (const struct profile profiles[2])
{
  for (int i = 0; i < 2; i++)
    if (profiles[i].seccomp == &profiles[i].bare && foreign_format (&profiles[i].document) == PROFILE_DOCKER)
      return &profiles[i].target;
  return NULL;
}

static const char *
kernel_text (const struct profile_target *target, struct arena *arena)
{
  return arena_format (arena, "%u.%u", target->kernel >> 8, target->kernel & 0xff);
}

/* "; for a container with CAP_CHOWN, CAP_KILL on Linux 5.10" */
static const char *
scope_text (struct profile profiles[2])
{
  struct arena *arena = &profiles[0].arena;
  const struct profile_target *target = resolved_for (profiles);
  const char *text = "; for a container with ";
  if (!target)
    return "";
  const struct json_strings names = spec_capability_names (target->capabilities, arena);
  for (uint32_t i = 0; i < names.count && target->capabilities != UINT64_MAX; i++)
    text = arena_format (arena, "%s%s%s", text, i ? ", " : "", names.items[i]);
  return arena_format (arena, "%s%s on Linux %s", text,
                       target->capabilities == UINT64_MAX ? "all capabilities"
                       : names.count                      ? ""
                                                          : "no capabilities",
                       kernel_text (target, arena));
}

/* "ALLOW, by b.json:7:5: /syscalls/1" */
static const char *
ruling_text (struct profile *profile, const struct profile_looseness *item, uint32_t verdict)
{
  char action[96], place[512] = "", digits[16];
  struct seccomp_call call = { .arch = item->arch, .name = digits };
  struct profile_ruling ruling;
  struct error error = { 0 };
  verdict_text (verdict, action);
  (void)snprintf (digits, sizeof digits, "%d", item->number);
  memcpy (call.arguments, item->arguments, sizeof call.arguments);
  if (item->arch && item->number >= 0
      && profile_explain (profile->seccomp, &profile->filter, &call, &ruling, &error) == 0)
    profile_ruling_text (&profile->document, profile->seccomp, &profile->filter, &ruling, place, sizeof place);
  return arena_format (&profile->arena, "%s%s", action, place);
}

/* "socket(0x28)", with the arguments that matter. */
static const char *
call_text (const struct profile_looseness *item, struct arena *arena)
{
  const char *text = item->name;
  uint32_t shown = 0;
  for (uint32_t i = 0; i < 6; i++)
    if (item->conditions >> i & 1)
      shown = i + 1;
  for (uint32_t i = 0; i < shown; i++)
    text = arena_format (arena, "%s%s0x%llx%s", text, i ? ", " : "(", (unsigned long long)item->arguments[i],
                         i + 1 == shown ? ")" : "");
  return text;
}

/* What is printed about one call. */
struct finding
{
  const char *archs, *call, *base, *other;
  bool any_arguments, printed;
};

static bool
treated_alike (const struct finding *one, const struct finding *two)
{
  return one->any_arguments == two->any_arguments && strcmp (one->base, two->base) == 0
         && strcmp (one->other, two->other) == 0;
}

/* Combines equal items of a call on several architectures into one finding. Returns the number of findings. */
static uint32_t
make_findings (struct profile *base, struct profile *other, const struct profile_proof *proof, struct finding *findings)
{
  struct arena *arena = &base->arena;
  uint32_t count = 0;
  for (uint32_t i = 0; i < proof->count; i++)
    {
      const struct profile_looseness *item = &proof->items[i];
      const struct arch *arch = item->arch ? arch_of_name (item->arch) : NULL;
      struct finding finding = { .archs = arch ? arch_short_name (arch, arena) : "unknown architectures",
                                 .call = call_text (item, arena),
                                 .base = ruling_text (base, item, item->base),
                                 .other = ruling_text (other, item, item->other),
                                 .any_arguments = !item->conditions };
      uint32_t same = 0;
      while (same < count
             && !(strcmp (findings[same].call, finding.call) == 0 && treated_alike (&findings[same], &finding)))
        same++;
      if (same < count)
        findings[same].archs = arena_format (arena, "%s, %s", findings[same].archs, finding.archs);
      else
        findings[count++] = finding;
    }
  return count;
}

/* Calls that are treated alike are printed together. */
static void
print_findings (struct finding *findings, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    {
      struct cli_words words = { .indent = 2 };
      if (findings[i].printed)
        continue;
      (void)putchar ('\n');
      (void)text_line (stdout, "on %s, with %s arguments:", findings[i].archs,
                       findings[i].any_arguments ? "any" : "these");
      for (uint32_t j = i; j < count; j++)
        if (!findings[j].printed && strcmp (findings[i].archs, findings[j].archs) == 0
            && treated_alike (&findings[i], &findings[j]))
          {
            cli_word (&words, findings[j].call);
            findings[j].printed = true;
          }
      cli_words_end (&words);
      (void)text_line (stdout, "- %s", findings[i].base);
      (void)text_line (stdout, "+ %s", findings[i].other);
    }
}

static void
print_json_call (struct json_writer *writer, const struct profile_looseness *item)
{
  char base[96], other[96];
  verdict_text (item->base, base);
  verdict_text (item->other, other);
  json_write_object (writer, NULL);
  json_write_string (writer, "syscall", item->name);
  json_write_int (writer, "number", item->number);
  json_write_string (writer, "architecture", item->arch);
  json_write_array (writer, "arguments");
  for (uint32_t i = 0; i < 6; i++)
    json_write_uint (writer, NULL, item->arguments[i]);
  json_write_array_end (writer);
  json_write_array (writer, "conditions"); /* the arguments that matter */
  for (uint32_t i = 0; i < 6; i++)
    if (item->conditions >> i & 1)
      json_write_uint (writer, NULL, i);
  json_write_array_end (writer);
  json_write_string (writer, "base", base);
  json_write_string (writer, "file", other);
  json_write_object_end (writer);
}

static void
print_json_target (struct json_writer *writer, const struct profile_target *target, struct arena *arena)
{
  const struct json_strings names = spec_capability_names (target->capabilities, arena);
  json_write_array (writer, "capabilities");
  for (uint32_t i = 0; i < names.count; i++)
    json_write_string (writer, NULL, names.items[i]);
  json_write_array_end (writer);
  json_write_string (writer, "kernel", kernel_text (target, arena));
}

static int
print_json (struct profile profiles[2], const struct profile_proof *proof, enum proof_status status)
{
  const struct profile_target *target = resolved_for (profiles);
  static const char *const words[]
      = { [STATUS_PROVED] = "proved", [STATUS_LOOSER] = "looser", [STATUS_UNDECIDED] = "undecided" };
  struct json_writer writer;
  if (json_write_open (&writer, true) < 0)
    return 1;
  json_write_object (&writer, NULL);
  json_write_string (&writer, "result", words[status]);
  json_write_string (&writer, "undecided", proof->undecided ? proof->reason : NULL);
  if (target)
    print_json_target (&writer, target, &profiles[0].arena);
  json_write_array (&writer, "calls");
  for (uint32_t i = 0; i < proof->count; i++)
    print_json_call (&writer, &proof->items[i]);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  return cli_print_json (&writer) == 0 ? (int)status : 1;
}

static int
print_text (struct profile profiles[2], const char *arch, const struct profile_proof *proof, enum proof_status status)
{
  const char *base = profiles[0].document.name, *file = profiles[1].document.name;
  if (status == STATUS_PROVED)
    (void)text_line (stdout, "proved: %s is nowhere looser than %s (%s%s, every call, all arguments%s)", file, base,
                     arch ? "on " : "every architecture", arch ? arch : "", scope_text (profiles));
  else if (status == STATUS_UNDECIDED)
    (void)text_line (stdout, "undecided: %s", proof->reason);
  else
    {
      struct finding *findings = arena_array (&profiles[0].arena, struct finding, proof->count);
      (void)text_line (stdout, "%s is looser than %s%s:", file, base, scope_text (profiles));
      print_findings (findings, make_findings (&profiles[0], &profiles[1], proof, findings));
      if (proof->undecided)
        (void)text_line (stdout, "more calls may be looser: %s", proof->reason);
    }
  return (int)status;
}

int
cli_print_proof (const char *base, const char *file, const char *arch, bool json, const struct profile_options *options)
{
  static struct profile profiles[2];
  const char *const files[] = { base, file };
  struct error error = { 0 };
  struct profile_side sides[2];
  struct profile_proof proof;
  for (int i = 0; i < 2; i++)
    {
      struct report report = { .error = &error };
      if (profile_load (&profiles[i], files[i], options, &report, &error) < 0
          || profile_require_applied (&profiles[i], &error) < 0)
        return cli_fail (&error);
      sides[i] = profile_side_of (&profiles[i]);
    }
  if (profile_prove (&sides[0], &sides[1], arch, &profiles[0].arena, &proof, &error) < 0)
    return cli_fail (&error);
  enum proof_status status = proof.count ? STATUS_LOOSER : proof.undecided ? STATUS_UNDECIDED : STATUS_PROVED;
  return json ? print_json (profiles, &proof, status) : print_text (profiles, arch, &proof, status);
}
