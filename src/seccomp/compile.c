/*
 * Compiles a profile. Adjacent system call numbers mostly have the same verdict, so each architecture's numbers are
 * divided into ranges, and the filter finds the range of a call by binary search. The kernel's bitmap of calls that are
 * always allowed works with such a filter too.
 */
#include "filter.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 65536u /* instructions that are written; any beyond are only counted */

/* A range of numbers, up to the start of the next one. */
struct range
{
  uint32_t start;
  uint32_t action;
  const struct verdict *conditions; /* or NULL: action alone */
  uint32_t condition_count;
};

/* ---- ranges ---------------------------------------------------------------------------------------------------------
 */

struct ranges
{
  struct arena *arena;
  struct range *items;
  uint32_t count, room;
};

static void
add_range (struct ranges *ranges, struct range range)
{
  struct range *last = ranges->count ? &ranges->items[ranges->count - 1] : NULL;
  if (last && last->start == range.start)
    ranges->count--, last = ranges->count ? last - 1 : NULL;
  if (last && !last->conditions && !range.conditions && last->action == range.action)
    return;
  ranges->items = arena_more (ranges->arena, ranges->items, ranges->count, &ranges->room, 128, sizeof range);
  ranges->items[ranges->count++] = range;
}

/* No argument is tested, except the one that selects the call of a multiplexer. */
static bool
verdict_is_unconditional (const struct verdict *verdict)
{
  for (uint32_t i = 0; verdict->rule && i < verdict->rule->args.count; i++)
    if (verdict->condition < 0 || verdict->condition == (int32_t)i)
      if (!verdict->multiplexed || verdict->rule->args.items[i].index.value != 0)
        return false;
  return true;
}

/* If a multiplexed call has a rule without conditions, keeps only that rule for it. Returns how many are left. */
static uint32_t
keep_deciding (struct verdict *verdicts, uint32_t count)
{
  uint32_t deciding[MULTIPLEXED_MAX + 1] = { 0 }, kept = 0;
  for (uint32_t i = 0; i < count; i++)
    if (verdict_is_unconditional (&verdicts[i]) && !deciding[verdicts[i].multiplexed])
      deciding[verdicts[i].multiplexed] = i + 1;
  for (uint32_t i = 0; i < count; i++)
    {
      uint32_t only = deciding[verdicts[i].multiplexed];
      if (!only || only == i + 1)
        verdicts[kept++] = verdicts[i];
    }
  return kept;
}

/* The first rule without conditions decides alone; without one, the conditions are tried in the profile's order. */
static struct range
decide (const struct compiler *compiler, const struct ruling *ruling)
{
  struct range range = { .start = ruling->number, .action = compiler->default_action };
  if (ruling->plain)
    {
      range.action = plain_action (compiler, ruling->plain);
      return range;
    }
  for (uint32_t i = 0; i < ruling->count; i++)
    if (!ruling->verdicts[i].rule && !ruling->verdicts[i].multiplexed)
      {
        range.action = ruling->verdicts[i].action;
        return range;
      }
  range.conditions = ruling->verdicts;
  range.condition_count = keep_deciding (ruling->verdicts, ruling->count);
  return range;
}

static bool
has_x32 (const struct group *group)
{
  for (uint32_t i = 0; i < group->arch_count; i++)
    if (group->archs[i]->abi == ABI_X32)
      return true;
  return false;
}

/* Numbers between rules, of one architecture: they get the default action, or ENOSYS from the first unknown number on.
 */
static void
add_part (struct ranges *ranges, const struct compiler *compiler, const struct group *group, uint32_t from, uint32_t to)
{
  const uint32_t missing = SECCOMP_RET_ERRNO | ENOSYS;
  struct range rest = { .start = from, .action = compiler->default_action };
  for (uint32_t a = 0; a < group->arch_count; a++)
    {
      uint32_t beyond = group->beyond[a], end = beyond < X32_BIT ? X32_BIT : UINT32_MAX;
      if (beyond && beyond <= from && from < end)
        rest.action = missing;
    }
  add_range (ranges, rest);
  for (uint32_t a = 0; a < group->arch_count; a++)
    if (group->beyond[a] > from && group->beyond[a] < to)
      add_range (ranges, (struct range){ .start = group->beyond[a], .action = missing });
}

/* A gap between rules. What is unknown to x86_64 ends where the numbers of x32 begin. */
static void
add_rest (struct ranges *ranges, const struct compiler *compiler, const struct group *group, uint32_t from, uint32_t to)
{
  uint32_t middle = has_x32 (group) && from < X32_BIT && X32_BIT < to ? X32_BIT : from;
  if (middle > from)
    add_part (ranges, compiler, group, from, middle);
  add_part (ranges, compiler, group, middle, to);
}

static struct ranges
make_ranges (const struct compiler *compiler, const struct group *group)
{
  struct ranges ranges = { .arena = compiler->arena };
  uint32_t from = group->archs[0]->abi == ABI_X32 ? X32_BIT : 0, first = from;
  if (from) /* x86_64 is not in the profile, nor what husk runs on */
    add_range (&ranges, (struct range){ .start = 0, .action = SECCOMP_RET_KILL_THREAD });
  for (struct ruling ruling = { 0 }; group_next (group, &ruling); from = ruling.end)
    {
      if (from < ruling.number || from == first)
        add_rest (&ranges, compiler, group, from, ruling.number);
      add_range (&ranges, decide (compiler, &ruling));
    }
  add_rest (&ranges, compiler, group, from, UINT32_MAX);
  if (group->archs[0]->audit == 0xC000003E && !has_x32 (group)) /* AUDIT_ARCH_X86_64 */
    {
      /* x32 is not in the profile, so its calls, which have a bit set in their number, belong to a foreign
       * architecture. -1 is a call that a tracer has skipped, and belongs to none. */
      add_range (&ranges, (struct range){ .start = X32_BIT, .action = SECCOMP_RET_KILL_THREAD });
      add_range (&ranges, (struct range){ .start = UINT32_MAX, .action = compiler->default_action });
    }
  return ranges;
}

/* ---- instructions
 * ---------------------------------------------------------------------------------------------------- */

static label_t
emit_leaf (struct compiler *compiler, struct emitter *emitter, const struct range *range)
{
  label_t fail;
  if (!range->conditions)
    return emit_return (emitter, range->action);
  fail = emit_return (emitter, range->action);
  for (uint32_t i = range->condition_count; i-- > 0;)
    {
      uint32_t before = emitter->count;
      label_t match = emit_return (emitter, range->conditions[i].action);
      fail = emit_conditions (emitter, &range->conditions[i], match, fail);
      if (range->conditions[i].order < compiler->profile->syscalls.count)
        compiler->cost[range->conditions[i].order] += emitter->count - before;
    }
  return fail;
}

static label_t
emit_tree (struct compiler *compiler, struct emitter *emitter, const struct range *ranges, uint32_t count)
{
  if (count == 1)
    return emit_leaf (compiler, emitter, ranges);
  uint32_t half = count / 2;
  label_t upper = emit_tree (compiler, emitter, ranges + half, count - half);
  label_t lower = emit_tree (compiler, emitter, ranges, half);
  return emit_jump (emitter, BPF_JGE, ranges[half].start, upper, lower);
}

static void
emit_program (struct compiler *compiler, struct emitter *emitter)
{
  label_t other = emit_return (emitter, SECCOMP_RET_KILL_THREAD); /* an architecture that is not in the profile */
  for (uint32_t g = compiler->group_count; g-- > 0;)
    {
      struct ranges ranges = make_ranges (compiler, &compiler->groups[g]);
      label_t tree = emit_tree (compiler, emitter, ranges.items, ranges.count);
      if (tree != emitter->count) /* a single range may be a return that was emitted earlier */
        (void)emit (emitter, BPF_JMP | BPF_JA, emitter->count - tree);
      label_t group = emit (emitter, BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
      other = emit_jump (emitter, BPF_JEQ, compiler->groups[g].archs[0]->audit, group, other);
    }
  (void)emit (emitter, BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch));
}

/* ---- the profile
 * ------------------------------------------------------------------------------------------------------ */

static void
add_arch (struct compiler *compiler, const struct arch *arch)
{
  uint32_t g = 0;
  while (g < compiler->group_count && compiler->groups[g].archs[0]->audit != arch->audit)
    g++;
  struct group *group = &compiler->groups[g];
  for (uint32_t a = 0; a < group->arch_count; a++)
    if (group->archs[a] == arch)
      return;
  compiler->group_count += g == compiler->group_count;
  group_add_arch (compiler, group, arch);
}

/* The native architecture comes first, listed or not: the container's own calls must never count as foreign. */
int
compiler_add_archs (struct compiler *compiler)
{
  const struct json_strings *names = &compiler->profile->architectures;
  add_arch (compiler, arch_native ());
  for (uint32_t i = 0; i < names->count; i++)
    {
      const struct arch *arch = arch_of_name (names->items[i]);
      char hint[96] = "";
      if (!arch && arch_is_newer (names->items[i]))
        {
          report_warning (compiler->report, compiler->document, json_element (compiler->document, names->node, i), NULL,
                          "libseccomp does not know %s: its calls have no rules", names->items[i]);
          continue;
        }
      const char *nearest = arch ? NULL : arch_nearest (names->items[i]);
      if (nearest)
        (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest);
      if (!arch)
        return report_error (compiler->report, compiler->document, json_element (compiler->document, names->node, i),
                             nearest ? hint : NULL, "\"%s\" is not an architecture", names->items[i]);
      add_arch (compiler, arch);
    }
  return 0;
}

static const struct json_name known_flags[] = {
  { "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
  { "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
  { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
  { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
  { NULL, 0 },
};

const char *
seccomp_flag_name (uint32_t index)
{
  return known_flags[index].text;
}

uint32_t
flag_word (const char *text)
{
  const struct json_name *name = known_flags;
  while (name->text && strcmp (name->text, text) != 0)
    name++;
  return (uint32_t)name->value;
}

static int
read_flags (struct compiler *compiler, uint32_t *out)
{
  const struct json_strings *flags = &compiler->profile->flags;
  *out = flags->set ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW; /* by default, a filter must not slow every program down by
                                                             mitigations that it would not have without one */
  for (uint32_t i = 0; i < flags->count; i++)
    {
      uint32_t flag = flag_word (flags->items[i]);
      const char *nearest = flag ? NULL : json_nearest (flags->items[i], known_flags);
      char hint[96];
      (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest ? nearest : "");
      if (!flag)
        return report_error (compiler->report, compiler->document, json_element (compiler->document, flags->node, i),
                             nearest ? hint : NULL, "\"%s\" is not a seccomp filter flag", flags->items[i]);
      *out |= flag;
    }
  return 0;
}

/* Names the rules with the most instructions. Only conditions count: a rule without them just adds ranges. */
static int
refuse_size (struct compiler *compiler, uint32_t count)
{
  const struct spec_seccomp *profile = compiler->profile;
  char text[160] = "";
  origin_t costliest = profile->node;
  for (int place = 0; place < 3; place++)
    {
      uint32_t most = 0;
      size_t used = strlen (text);
      for (uint32_t r = 1; r < profile->syscalls.count; r++)
        if (compiler->cost[r] > compiler->cost[most])
          most = r;
      if (profile->syscalls.count == 0 || compiler->cost[most] == 0)
        break;
      if (place == 0)
        costliest = profile->syscalls.items[most].node;
      (void)snprintf (text + used, sizeof text - used, "%s%u for syscalls/%u",
                      place ? ", " : "; the largest rules: ", compiler->cost[most], most);
      compiler->cost[most] = 0;
    }
  return report_error (compiler->report, compiler->document, costliest, NULL,
                       "the filter needs %u instructions, but the kernel allows %d%s", count, BPF_MAXINSNS, text);
}

int
seccomp_compile (const struct json_document *document, const struct spec_seccomp *profile, struct arena *arena,
                 struct seccomp_filter *out, struct report *report)
{
  return seccomp_compile_as (document, profile, false, arena, out, report);
}

int
seccomp_compile_as (const struct json_document *document, const struct spec_seccomp *profile, bool errno_for_newer,
                    struct arena *arena, struct seccomp_filter *out, struct report *report)
{
  struct compiler *compiler = arena_new (arena, struct compiler);
  struct emitter *emitter = arena_new (arena, struct emitter);
  memset (out, 0, sizeof *out);
  *compiler = (struct compiler){ .document = document,
                                 .profile = profile,
                                 .arena = arena,
                                 .report = report,
                                 .default_action = action_word (&profile->default_action, &profile->default_errno_ret),
                                 .notify = profile->default_action.value == SPEC_ACT_NOTIFY };
  compiler->ages = !errno_for_newer && compiler->default_action == (SECCOMP_RET_ERRNO | EPERM);
  if (compiler_add_archs (compiler) < 0 || read_flags (compiler, &out->flags) < 0 || rules_expand (compiler) < 0)
    return -1;
  compiler->cost = arena_array (arena, uint32_t, profile->syscalls.count + 1);
  emitter->room = ROOM;
  emitter->buffer = arena_array (arena, struct sock_filter, ROOM);
  emit_program (compiler, emitter);
  if (emitter->count > BPF_MAXINSNS)
    return refuse_size (compiler, emitter->count);
  out->program = emitter->buffer + (emitter->room - emitter->count);
  out->length = emitter->count;
  out->notify = compiler->notify;
  out->ages = compiler->ages;
  out->age = compiler->ages ? compiler->age : 0;
  return 0;
}
