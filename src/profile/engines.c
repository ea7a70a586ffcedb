/*
 * How each engine would resolve a file, where the result differs from husk's for the same container. Engines convert a
 * file before any runtime sees it, and each silently ignores another part of docker's format: containerd reads only the
 * specification's keys, podman and CRI-O ignore minKernel, and docker ignores errno names. The rows below describe
 * their loaders. Differences are found by comparing filters (profile_diff), not texts.
 */
#include <stdio.h>
#include <string.h>

#include "resolve.h"

/* The loader of podman and CRI-O finds no other architecture in archMap. */
static const char *const mapped[]
    = { "SCMP_ARCH_X86_64",   "SCMP_ARCH_AARCH64",     "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
        "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_S390X",  NULL };
static const struct profile_reader engines[] = {
  { .name = "containerd" },
  { .name = "podman and CRI-O",
    .conditions = true,
    .errno_words = true,
    .single_name = true,
    .arch_map = true,
    .mapped = mapped },
  { .name = "docker", .conditions = true, .min_kernel = true, .single_name = true, .arch_map = true },
};

struct engine
{
  const struct profile_reader *reader;
  const struct profile_side *own;
  const struct profile_target *target;
  bool errno_for_newer;
  struct arena *arena;
  struct report *report;
};

static bool
alike (const struct profile_difference *one, const struct profile_difference *two)
{
  return one->archs && two->archs && strcmp (one->archs, two->archs) == 0 && strcmp (one->one, two->one) == 0
         && strcmp (one->two, two->two) == 0;
}

/* Lists the calls with the same difference as the first one, as many as fit. */
static void
call_list (const struct profile_differences *differences, uint32_t first, char out[220])
{
  uint32_t left = 0;
  size_t used = 0;
  for (uint32_t i = first; i < differences->count; i++)
    if (alike (&differences->items[i], &differences->items[first]))
      {
        if (left || used + strlen (differences->items[i].what) + 24 > 220)
          left++;
        else
          used += (size_t)snprintf (out + used, 220 - used, "%s%s", used ? ", " : "", differences->items[i].what);
      }
  if (left)
    (void)snprintf (out + used, 220 - used, " and %u more", left);
}

static const char *
short_verdict (const char *text, struct arena *arena)
{
  return strlen (text) > 100 ? arena_format (arena, "%.96s...", text) : text;
}

static void
say_differences (struct engine *engine, const struct profile_differences *differences)
{
  const struct json_document *document = engine->own->document;
  for (uint32_t i = 0; i < differences->count; i++)
    {
      const struct profile_difference *item = &differences->items[i];
      const char *ours = short_verdict (item->one, engine->arena), *theirs = short_verdict (item->two, engine->arena);
      char calls[220];
      uint32_t before = 0;
      while (before < i && !alike (&differences->items[before], item))
        before++;
      if (before < i)
        continue;
      call_list (differences, i, calls);
      if (item->archs)
        report_note (engine->report, document, engine->own->profile->node, "%s: %s rather than %s for %s on %s",
                     engine->reader->name, theirs, ours, calls, item->archs);
      else
        report_note (engine->report, document, engine->own->profile->node, "%s: %s: %s rather than %s",
                     engine->reader->name, item->what, theirs, ours);
    }
}

static void
look_at_engine (struct engine *engine, const struct docker_profile *docker)
{
  const struct json_document *document = engine->own->document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_seccomp *profile = arena_new (engine->arena, struct spec_seccomp);
  struct seccomp_filter filter;
  struct profile_differences differences;
  struct profile_side theirs = { document, profile, &filter };
  if (profile_resolve_as (engine->reader, document, docker, engine->target, engine->arena, profile, &report) < 0
      || seccomp_compile_as (document, profile, engine->errno_for_newer, engine->arena, &filter, &report) < 0)
    report_note (engine->report, document, error.origin, "%s: refused: %s", engine->reader->name, error.text);
  else if (profile_diff (engine->own, &theirs, NULL, false, engine->arena, &differences, &error) == 0)
    say_differences (engine, &differences);
}

void
profile_compare_engines (const struct profile_side *own, const struct profile_target *target, bool errno_for_newer,
                         struct arena *arena, struct report *report)
{
  struct docker_profile docker;
  struct report quiet = { 0 };
  enum profile_format format = foreign_format (own->document);
  if (format == PROFILE_RESOURCE)
    report_note (report, own->document, JSON_ROOT,
                 "containerd, CRI-O, podman and docker do not read a SeccompProfile: 'husk seccomp resolve' prints the "
                 "profile that its operator writes to a node");
  if (format != PROFILE_DOCKER || foreign_decode_docker (own->document, arena, &docker, &quiet) < 0)
    return;
  for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
    {
      struct engine engine = { &engines[i], own, target, errno_for_newer, arena, report };
      look_at_engine (&engine, &docker);
    }
}
