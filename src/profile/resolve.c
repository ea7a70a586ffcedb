/*
 * Resolves a profile in docker's format into the specification's profile for one container. The format has rules that
 * apply only to some containers: by capabilities (of the bounding set), architecture and kernel. Engines read different
 * parts of it, so a row (struct profile_reader) describes what a reader knows; husk's own row has everything. Pure.
 */
#include "husk/calls.h"
#include "husk/foreign.h"
#include "resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Architectures as libseccomp's Go package names them. */
static const struct
{
  const char *word, *name;
} arch_words[] = {
  { "amd64", "SCMP_ARCH_X86_64" },    { "x86", "SCMP_ARCH_X86" },
  { "x32", "SCMP_ARCH_X32" },         { "arm64", "SCMP_ARCH_AARCH64" },
  { "arm", "SCMP_ARCH_ARM" },         { "mips", "SCMP_ARCH_MIPS" },
  { "mips64", "SCMP_ARCH_MIPS64" },   { "mips64n32", "SCMP_ARCH_MIPS64N32" },
  { "mipsel", "SCMP_ARCH_MIPSEL" },   { "mipsel64", "SCMP_ARCH_MIPSEL64" },
  { "ppc", "SCMP_ARCH_PPC" },         { "mipsel64n32", "SCMP_ARCH_MIPSEL64N32" },
  { "ppc64", "SCMP_ARCH_PPC64" },     { "ppc64le", "SCMP_ARCH_PPC64LE" },
  { "s390", "SCMP_ARCH_S390" },       { "s390x", "SCMP_ARCH_S390X" },
  { "parisc", "SCMP_ARCH_PARISC" },   { "parisc64", "SCMP_ARCH_PARISC64" },
  { "riscv64", "SCMP_ARCH_RISCV64" }, { "loongarch64", "SCMP_ARCH_LOONGARCH64" },
  { "m68k", "SCMP_ARCH_M68K" },       { "sh", "SCMP_ARCH_SH" },
  { "sheb", "SCMP_ARCH_SHEB" },
};
#define ARCH_WORDS (sizeof arch_words / sizeof *arch_words)

const struct profile_reader profile_reader_husk = { .name = "husk",
                                                    .conditions = true,
                                                    .min_kernel = true,
                                                    .errno_words = true,
                                                    .errno_numbers = true,
                                                    .single_name = true,
                                                    .arch_map = true,
                                                    .strict = true };

struct resolver
{
  const struct profile_reader *reader;
  const struct json_document *document;
  const struct profile_target *target;
  struct arena *arena;
  struct report *report;
};

/* ---- words of the target ------------------------------------------------------------------------------------------
 */

/* Two numbers, as in minKernel. The rest of a release is ignored. */
int
profile_kernel_read (const char *text, bool whole, uint32_t *out)
{
  unsigned long numbers[2];
  for (int i = 0; i < 2; i++)
    {
      char *end;
      if (*text < '0' || *text > '9')
        return -1;
      errno = 0;
      numbers[i] = strtoul (text, &end, 10);
      if (errno || numbers[i] > 255 || (i == 0 && *end != '.') || (i == 1 && whole && *end))
        return -1;
      text = end + 1;
    }
  *out = LINUX (numbers[0], numbers[1]);
  return *out ? 0 : -1;
}

const char *
profile_arch_of_word (const char *word)
{
  for (size_t i = 0; i < ARCH_WORDS; i++)
    if (strcmp (arch_words[i].word, word) == 0)
      return arch_words[i].name;
  return NULL;
}

/* ---- the conditions of a rule ------------------------------------------------------------------------------------ */

static const char *
nearest_arch (const char *word)
{
  struct json_name words[ARCH_WORDS + 1] = { { NULL, 0 } };
  for (size_t i = 0; i < ARCH_WORDS; i++)
    {
      if (strcasecmp (word, arch_words[i].name + strlen ("SCMP_ARCH_")) == 0 || strcmp (word, arch_words[i].name) == 0)
        return arch_words[i].word;
      words[i].text = arch_words[i].word;
    }
  return json_nearest (word, words);
}

/* Warns about words that no container matches, because their rules would silently apply to none, or to all. */
static void
warn_of_words (struct resolver *resolver, const struct docker_filter *filter)
{
  char hint[96];
  for (uint32_t i = 0; resolver->reader->strict && i < filter->arches.count; i++)
    if (!profile_arch_of_word (filter->arches.items[i]))
      {
        const char *nearest = nearest_arch (filter->arches.items[i]);
        (void)snprintf (hint, sizeof hint, "did you mean \"%s\"?", nearest ? nearest : "");
        report_warning (resolver->report, resolver->document, json_element (resolver->document, filter->arches.node, i),
                        nearest ? hint : NULL, "\"%s\" is not an architecture in docker's format",
                        filter->arches.items[i]);
      }
  for (uint32_t i = 0; resolver->reader->strict && i < filter->caps.count; i++)
    if (spec_capability (filter->caps.items[i]) < 0)
      report_warning (resolver->report, resolver->document, json_element (resolver->document, filter->caps.node, i),
                      NULL, "\"%s\" is not a capability", filter->caps.items[i]);
}

/* An entry for no architecture is one for no machine, silently: its sub-architectures would be killed. */
static void
warn_of_arch (struct resolver *resolver, const struct docker_arch *entry)
{
  char hint[96];
  const char *nearest = profile_arch_of_word (entry->architecture.text);
  if (!resolver->reader->strict || arch_of_name (entry->architecture.text) || arch_is_newer (entry->architecture.text))
    return;
  if (!nearest)
    nearest = arch_nearest (entry->architecture.text);
  (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest ? nearest : "");
  report_warning (resolver->report, resolver->document, entry->architecture.node, nearest ? hint : NULL,
                  "\"%s\" is not an architecture", entry->architecture.text);
}

static bool
has_capability (const struct resolver *resolver, const char *name)
{
  int number = spec_capability (name);
  return number >= 0 && number < 64 && resolver->target->capabilities >> number & 1;
}

static bool
has_arch (const struct resolver *resolver, const struct json_strings *words)
{
  for (uint32_t i = 0; i < words->count; i++)
    {
      const char *name = profile_arch_of_word (words->items[i]);
      if (name && strcmp (name, resolver->target->arch) == 0)
        return true;
    }
  return false;
}

/* 1: the kernel is new enough; 0: it is not; -1: an error. */
static int
kernel_is_new_enough (struct resolver *resolver, const struct docker_filter *filter)
{
  uint32_t least;
  if (profile_kernel_read (filter->min_kernel.text, true, &least) < 0)
    return report_error (resolver->report, resolver->document, filter->min_kernel.node, "two numbers: \"4.8\"",
                         "\"%s\" is not a version of Linux", filter->min_kernel.text);
  return resolver->target->kernel >= least;
}

static bool
asks_kernel (const struct resolver *resolver, const struct docker_filter *filter)
{
  return resolver->reader->min_kernel && filter->min_kernel.text && filter->min_kernel.text[0];
}

/* excludes: a single match leaves the rule out. 1: it stays; 0: it does not; -1: an error. */
static int
not_excluded (struct resolver *resolver, const struct docker_filter *filter)
{
  int result = !(filter->arches.count && has_arch (resolver, &filter->arches));
  warn_of_words (resolver, filter);
  for (uint32_t i = 0; i < filter->caps.count; i++)
    if (has_capability (resolver, filter->caps.items[i]))
      result = 0;
  if (asks_kernel (resolver, filter))
    {
      int newer = kernel_is_new_enough (resolver, filter);
      if (newer)
        result = newer < 0 ? -1 : 0;
    }
  return result;
}

/* includes: all must match, including every capability, but only one of the architectures. */
static int
included (struct resolver *resolver, const struct docker_filter *filter)
{
  int result = !filter->arches.count || has_arch (resolver, &filter->arches);
  warn_of_words (resolver, filter);
  for (uint32_t i = 0; i < filter->caps.count; i++)
    if (!has_capability (resolver, filter->caps.items[i]))
      result = 0;
  if (asks_kernel (resolver, filter))
    {
      int newer = kernel_is_new_enough (resolver, filter);
      if (newer <= 0)
        result = newer;
    }
  return result;
}

static int
is_for_container (struct resolver *resolver, const struct docker_rule *rule)
{
  int stays = rule->excludes ? not_excluded (resolver, rule->excludes) : 1;
  int comes = rule->includes ? included (resolver, rule->includes) : 1;
  return stays < 0 || comes < 0 ? -1 : stays && comes;
}

/* ---- errno ------------------------------------------------------------------------------------------------------- */

int
profile_errno_read (const struct json_document *document, origin_t node, bool numbers, struct json_uint *out,
                    struct report *report)
{
  const struct json_node *value = json_node (document, node);
  char *end;
  if (value->kind != JSON_STRING && !(numbers && value->kind == JSON_NUMBER))
    return report_error (report, document, node, NULL, "expected %s, as in \"ENOSYS\" or \"38\"",
                         numbers ? "the name of an errno or a number" : "a string");
  errno = 0;
  unsigned long number = value->text[0] >= '0' && value->text[0] <= '9' ? strtoul (value->text, &end, 10) : 0;
  bool digits = value->text[0] >= '0' && value->text[0] <= '9' && !*end;
  if (digits && (errno || number > 4095))
    return report_error (report, document, node, NULL, "%s is out of range (0 to 4095)", value->text);
  int named = digits ? (int)number : errno_of_name (value->text);
  if (named < 0)
    {
      char hint[96];
      const char *nearest = json_nearest_errno (value->text);
      (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest ? nearest : "");
      return report_error (report, document, node, nearest ? hint : NULL, "\"%s\" is not an errno", value->text);
    }
  *out = (struct json_uint){ true, (uint64_t)named, node };
  return 0;
}

/* The word takes precedence over the number. */
static int
resolve_errno (struct resolver *resolver, const struct json_value *word, struct json_uint *number)
{
  if (!word->node || !resolver->reader->errno_words || json_is_empty (resolver->document, word->node))
    return 0;
  return profile_errno_read (resolver->document, word->node, resolver->reader->errno_numbers, number, resolver->report);
}

/* ---- rules and architectures --------------------------------------------------------------------------------------
 */

static int
resolve_names (struct resolver *resolver, const struct docker_rule *rule, struct json_strings *out)
{
  bool single = resolver->reader->single_name && rule->name.text && rule->name.text[0];
  *out = rule->names;
  if (single && rule->names.count)
    return report_error (resolver->report, resolver->document, rule->name.node, NULL,
                         "\"name\" beside \"names\": a rule has one of them");
  if (single)
    {
      const char **items = arena_array (resolver->arena, const char *, 2);
      items[0] = rule->name.text;
      *out = (struct json_strings){ items, 1, true, rule->name.node };
    }
  if (out->count == 0 && resolver->reader->strict)
    return report_error (resolver->report, resolver->document, rule->node, NULL,
                         "a rule in docker's format needs \"names\" or \"name\"");
  return 0;
}

static int
resolve_rule (struct resolver *resolver, const struct docker_rule *rule, struct spec_seccomp *out)
{
  struct spec_seccomp_rule *made = &out->syscalls.items[out->syscalls.count];
  int wanted = resolver->reader->conditions ? is_for_container (resolver, rule) : 1;
  *made = (struct spec_seccomp_rule){ .node = rule->node, .action = rule->action, .errno_ret = rule->errno_ret };
  made->args.items = rule->args.items;
  made->args.count = rule->args.count;
  made->args.set = rule->args.set;
  made->args.node = rule->args.node;
  if (rule->min_kernel.node && resolver->reader->strict)
    return report_error (resolver->report, resolver->document, rule->min_kernel.node, NULL,
                         "\"minKernel\" belongs in \"includes\" or \"excludes\"");
  if (wanted < 0 || resolve_names (resolver, rule, &made->names) < 0
      || resolve_errno (resolver, &rule->errno_value, &made->errno_ret) < 0)
    return -1;
  out->syscalls.count += wanted && made->names.count;
  return 0;
}

/* The machine's architecture, and those whose programs it also runs. */
static void
resolve_arch_map (struct resolver *resolver, const struct docker_profile *docker, struct spec_seccomp *out)
{
  const char *const *known = resolver->reader->mapped;
  while (known && *known && strcmp (*known, resolver->target->arch) != 0)
    known++;
  if (!resolver->reader->arch_map || (known && !*known))
    return;
  for (uint32_t i = 0; i < docker->arch_map.count; i++)
    warn_of_arch (resolver, &docker->arch_map.items[i]);
  for (uint32_t i = 0; i < docker->arch_map.count; i++)
    {
      const struct docker_arch *entry = &docker->arch_map.items[i];
      const struct json_strings *also = &entry->sub_architectures;
      if (strcmp (entry->architecture.text, resolver->target->arch) != 0)
        continue;
      const char **items = arena_array (resolver->arena, const char *, also->count + 2);
      items[0] = entry->architecture.text;
      for (uint32_t j = 0; j < also->count; j++)
        items[j + 1] = also->items[j];
      out->architectures = (struct json_strings){ items, also->count + 1, true, entry->node };
      return;
    }
}

int
profile_resolve_as (const struct profile_reader *reader, const struct json_document *document,
                    const struct docker_profile *docker, const struct profile_target *target, struct arena *arena,
                    struct spec_seccomp *out, struct report *report)
{
  struct resolver resolver = { reader, document, target, arena, report };
  int result = 0;
  *out = (struct spec_seccomp){ .node = docker->node,
                                .default_action = docker->default_action,
                                .default_errno_ret = docker->default_errno_ret,
                                .architectures = docker->architectures,
                                .flags = docker->flags,
                                .listener_path = docker->listener_path,
                                .listener_metadata = docker->listener_metadata };
  if (reader->arch_map && docker->architectures.count && docker->arch_map.count)
    result = report_error (report, document, docker->arch_map.node, NULL,
                           "\"archMap\" beside \"architectures\": a profile has one of them");
  if (!docker->architectures.count)
    resolve_arch_map (&resolver, docker, out);
  if (resolve_errno (&resolver, &docker->default_errno, &out->default_errno_ret) < 0)
    result = -1;
  out->syscalls.items = arena_array (arena, struct spec_seccomp_rule, docker->syscalls.count + 1);
  out->syscalls.set = docker->syscalls.set;
  out->syscalls.node = docker->syscalls.node;
  for (uint32_t i = 0; i < docker->syscalls.count; i++)
    if (resolve_rule (&resolver, &docker->syscalls.items[i], out) < 0)
      result = -1;
  return result < 0 ? -1 : spec_check_seccomp (document, out, report);
}
