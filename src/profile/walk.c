/*
 * Symbolic execution of classic BPF. A path through the filters is a conjunction of comparisons of masked words with
 * constants. Words do not depend on each other, so a path is possible if each word has a value (values.c). All filters
 * first run as far as the number and the architecture decide, because few instructions remain then. After that, one
 * filter after the other tests the arguments. A path ends early if it can no longer lead to verdicts to report, or if
 * the rest of all filters is alike (tails.c).
 *
 * Every path is either followed or shown to be impossible. Unknown instructions and too many paths are errors.
 */
#include "walk.h"

#include <linux/bpf_common.h>
#include <stddef.h>
#include <string.h>

#define VERDICTS_MAX 64       /* more are not distinguished */
#define COMBINATIONS_MAX 4096 /* of verdicts, tried before a path is followed */

struct value /* of a register */
{
  bool constant;
  uint8_t word;
  uint32_t bits; /* the constant, or the mask of the word */
};
struct machine
{
  uint32_t pc, verdict;
  bool ended;
  struct value accumulator, memory[BPF_MEMWORDS];
};

/* Where a path branches: the other branch, for later. */
struct parting
{
  struct machine machines[WALK_FILTERS_MAX];
  uint32_t trail; /* how many comparisons held before */
  uint8_t word;
  struct comparison comparison;
};

struct course
{
  struct walk *walk;
  struct arena *arena;
  struct machine machines[WALK_FILTERS_MAX];
  struct comparison comparisons[WALK_WORDS][COMPARISONS_MAX];
  uint32_t counts[WALK_WORDS];
  uint8_t *trail; /* the word of each comparison, in order */
  uint32_t trail_count, trail_room;
  struct parting *partings;
  uint32_t parting_count, parting_room;
  uint32_t verdicts[VERDICTS_MAX], verdict_count; /* all verdicts that the filters return */
  uint64_t *reachable[WALK_FILTERS_MAX];          /* from each instruction: a bit for each verdict */
  struct tails tails;
};

/* ---- the budget ------------------------------------------------------------------------------------------------- */

#define BRANCH_WORK 64   /* besides the comparisons: machines are copied */
#define REPORT_WORK 1024 /* of what is called for a set of calls */

static void
spend (struct course *course, uint64_t work)
{
  uint64_t *left = &course->walk->steps;
  *left -= work < *left ? work : *left;
}

static int
check_budget (const struct course *course, struct error *error)
{
  return course->walk->steps ? 0 : error_set (error, 0, "there are too many combinations of conditions");
}

/* ---- verdicts that can still be reached ------------------------------------------------------------------------ */

static uint64_t
verdict_bit (struct course *course, uint32_t verdict)
{
  uint32_t at = 0;
  while (at < course->verdict_count && course->verdicts[at] != verdict)
    at++;
  if (at == VERDICTS_MAX)
    return 0;
  course->verdicts[at] = verdict;
  if (at == course->verdict_count)
    course->verdict_count++;
  return 1ull << at;
}

/* Works backwards, because jumps only lead forward. 0 is "any": a verdict that is calculated or not distinguished. */
static void
note_reachable (struct course *course, uint32_t index)
{
  const struct seccomp_filter *filter = course->walk->filters[index];
  uint64_t *reachable = course->reachable[index] = arena_array (course->arena, uint64_t, filter->length + 1);
  for (uint32_t pc = filter->length; pc-- > 0;)
    {
      const struct sock_filter *at = &filter->program[pc];
      uint32_t targets[2] = { pc + 1, pc + 1 };
      if (BPF_CLASS (at->code) == BPF_RET)
        {
          reachable[pc] = BPF_RVAL (at->code) == BPF_K ? verdict_bit (course, at->k) : 0;
          continue;
        }
      if (BPF_CLASS (at->code) == BPF_JMP)
        {
          targets[0] += BPF_OP (at->code) == BPF_JA ? at->k : at->jt;
          targets[1] += BPF_OP (at->code) == BPF_JA ? at->k : at->jf;
        }
      bool inside = targets[0] < filter->length && targets[1] < filter->length;
      if (inside && reachable[targets[0]] && reachable[targets[1]])
        reachable[pc] = reachable[targets[0]] | reachable[targets[1]];
    }
}

/* The verdicts that a filter can still return. 0: any. */
static uint32_t
list_verdicts (const struct course *course, uint32_t index, uint32_t out[VERDICTS_MAX])
{
  const struct machine *machine = &course->machines[index];
  uint32_t count = 0;
  if (machine->ended)
    {
      out[0] = machine->verdict;
      return 1;
    }
  for (uint32_t i = 0; i < course->verdict_count; i++)
    if (course->reachable[index][machine->pc] >> i & 1)
      out[count++] = course->verdicts[i];
  return count;
}

/* Whether the path can still lead to verdicts to report. */
static bool
promising (struct course *course)
{
  struct walk *walk = course->walk;
  uint32_t lists[WALK_FILTERS_MAX][VERDICTS_MAX], counts[WALK_FILTERS_MAX] = { 0 }, verdicts[WALK_FILTERS_MAX] = { 0 };
  unsigned long combinations = 1;
  for (uint32_t f = 0; f < walk->filter_count; f++)
    {
      counts[f] = list_verdicts (course, f, lists[f]);
      combinations *= counts[f];
      if (combinations == 0 || combinations > COMBINATIONS_MAX)
        return true;
    }
  spend (course, combinations);
  for (unsigned long c = 0; c < combinations; c++)
    {
      unsigned long rest = c;
      for (uint32_t f = 0; f < walk->filter_count; f++)
        {
          verdicts[f] = lists[f][rest % counts[f]];
          rest /= counts[f];
        }
      if (walk->wanted (verdicts))
        return true;
    }
  return false;
}

/* All filters do the same from here on, and equal verdicts are not to be reported. */
static bool
all_alike (const struct course *course)
{
  const struct walk *walk = course->walk;
  uint32_t verdicts[VERDICTS_MAX], count = list_verdicts (course, 0, verdicts);
  for (uint32_t f = 0; f < walk->filter_count; f++)
    if (course->machines[f].ended
        || course->tails.classes[f][course->machines[f].pc] != course->tails.classes[0][course->machines[0].pc])
      return false;
  for (uint32_t i = 0; i < count; i++)
    {
      uint32_t same[WALK_FILTERS_MAX] = { verdicts[i], verdicts[i], verdicts[i] };
      if (walk->wanted (same))
        return false;
    }
  return count > 0;
}

/* ---- comparisons ----------------------------------------------------------------------------------------------- */

static int
assume (struct course *course, uint8_t word, struct comparison comparison, struct error *error)
{
  if (course->counts[word] == COMPARISONS_MAX)
    return error_set (error, 0, "more than %d conditions on one argument", COMPARISONS_MAX);
  course->trail = arena_more (course->arena, course->trail, course->trail_count, &course->trail_room, 1024, 1);
  course->trail[course->trail_count++] = word;
  course->comparisons[word][course->counts[word]++] = comparison;
  return 0;
}

static void
forget (struct course *course, uint32_t trail)
{
  while (course->trail_count > trail)
    course->counts[course->trail[--course->trail_count]]--;
}

/* Whether the word has a value for which all assumptions and this comparison hold. 1, 0, or -1. */
static int
can_hold (struct course *course, uint8_t word, struct comparison comparison, struct error *error)
{
  uint32_t count = course->counts[word];
  if (count == COMPARISONS_MAX)
    return error_set (error, 0, "more than %d conditions on one argument", COMPARISONS_MAX);
  course->comparisons[word][count] = comparison;
  uint64_t work = 0;
  enum values values = values_find (course->comparisons[word], count + 1, 32, NULL, &work);
  spend (course, work);
  if (values == VALUES_UNKNOWN)
    return error_set (error, 0, "the conditions on one argument are too complex");
  return values == VALUES_SOME;
}

/* ---- instructions ---------------------------------------------------------------------------------------------- */

static int
not_known (const struct course *course, uint32_t index, struct error *error)
{
  return error_set (error, 0, "instruction %u of filter %u is not one that husk understands",
                    course->machines[index].pc, index + 1);
}

static int
course_load (struct course *course, uint32_t index, const struct sock_filter *at, struct error *error)
{
  struct machine *machine = &course->machines[index];
  if (BPF_MODE (at->code) == BPF_MEM)
    machine->accumulator = machine->memory[at->k % BPF_MEMWORDS];
  else if (BPF_MODE (at->code) == BPF_ABS && at->k % 4 == 0 && at->k / 4 < WALK_WORDS)
    machine->accumulator = (struct value){ false, (uint8_t)(at->k / 4), UINT32_MAX };
  else
    return not_known (course, index, error);
  machine->pc++;
  return 0;
}

static int
course_calculate (struct course *course, uint32_t index, const struct sock_filter *at, struct error *error)
{
  struct machine *machine = &course->machines[index];
  struct value *value = &machine->accumulator;
  if (BPF_SRC (at->code) != BPF_K)
    return not_known (course, index, error);
  if (BPF_OP (at->code) == BPF_AND)
    value->bits &= at->k;
  else if (BPF_OP (at->code) == BPF_OR && value->constant)
    value->bits |= at->k;
  else if (BPF_OP (at->code) == BPF_ADD && value->constant)
    value->bits += at->k;
  else
    return not_known (course, index, error);
  machine->pc++;
  return 0;
}

static struct comparison
jump_comparison (const struct sock_filter *at, uint32_t mask)
{
  switch (BPF_OP (at->code))
    {
    case BPF_JEQ:
      return (struct comparison){ mask, at->k, RELATION_EQ };
    case BPF_JGT:
      return (struct comparison){ mask, at->k, RELATION_GT };
    case BPF_JGE:
      return (struct comparison){ mask, at->k, RELATION_GE };
    default:
      return (struct comparison){ mask & at->k, 0, RELATION_NE };
    }
}

/* Takes one branch of the jump and, if both are possible, stores the other one for later. */
static int
part (struct course *course, uint32_t index, const struct sock_filter *at, struct error *error)
{
  struct machine *machine = &course->machines[index];
  uint8_t word = machine->accumulator.word;
  uint32_t then = machine->pc + 1 + at->jt, otherwise = machine->pc + 1 + at->jf;
  struct comparison comparison = jump_comparison (at, machine->accumulator.bits);
  int holds = can_hold (course, word, comparison, error);
  int fails = holds < 0 ? -1 : can_hold (course, word, comparison_opposite (comparison), error);
  spend (course, BRANCH_WORK);
  if (holds < 0 || fails < 0 || check_budget (course, error) < 0)
    return -1;
  if (holds && fails)
    {
      machine->pc = otherwise;
      course->partings = arena_more (course->arena, course->partings, course->parting_count, &course->parting_room, 64,
                                     sizeof *course->partings);
      struct parting *parting = &course->partings[course->parting_count++];
      memcpy (parting->machines, course->machines, sizeof parting->machines);
      parting->trail = course->trail_count;
      parting->word = word;
      parting->comparison = comparison_opposite (comparison);
      if (assume (course, word, comparison, error) < 0)
        return -1;
    }
  machine->pc = holds ? then : otherwise;
  return 0;
}

static int
jump (struct course *course, uint32_t index, const struct sock_filter *at, struct error *error)
{
  struct machine *machine = &course->machines[index];
  if (BPF_OP (at->code) == BPF_JA)
    {
      machine->pc += 1 + at->k;
      return 0;
    }
  if (BPF_SRC (at->code) != BPF_K
      || (BPF_OP (at->code) != BPF_JEQ && BPF_OP (at->code) != BPF_JGT && BPF_OP (at->code) != BPF_JGE
          && BPF_OP (at->code) != BPF_JSET))
    return not_known (course, index, error);
  if (!machine->accumulator.constant)
    return part (course, index, at, error);
  struct comparison comparison = jump_comparison (at, UINT32_MAX);
  machine->pc += 1u + (comparison_holds (&comparison, machine->accumulator.bits) ? at->jt : at->jf);
  return 0;
}

static int
step (struct course *course, uint32_t index, struct error *error)
{
  struct machine *machine = &course->machines[index];
  const struct seccomp_filter *filter = course->walk->filters[index];
  const struct sock_filter *at = &filter->program[machine->pc];
  if (machine->pc >= filter->length)
    return not_known (course, index, error);
  switch (BPF_CLASS (at->code))
    {
    case BPF_LD:
      return course_load (course, index, at, error);
    case BPF_ST:
      machine->memory[at->k % BPF_MEMWORDS] = machine->accumulator;
      machine->pc++;
      return 0;
    case BPF_ALU:
      return course_calculate (course, index, at, error);
    case BPF_JMP:
      return jump (course, index, at, error);
    case BPF_RET:
      if (BPF_RVAL (at->code) != BPF_K && !machine->accumulator.constant)
        return not_known (course, index, error);
      machine->verdict = BPF_RVAL (at->code) == BPF_K ? at->k : machine->accumulator.bits;
      machine->ended = true;
      return 0;
    default:
      return not_known (course, index, error);
    }
}

/* ---- paths ------------------------------------------------------------------------------------------------------ */

static bool
at_argument (const struct course *course, uint32_t index)
{
  const struct machine *machine = &course->machines[index];
  const struct sock_filter *at = &course->walk->filters[index]->program[machine->pc];
  return machine->pc < course->walk->filters[index]->length && BPF_CLASS (at->code) == BPF_LD
         && BPF_MODE (at->code) == BPF_ABS && at->k / 4 >= WORD_ARGUMENTS;
}

/* The filter to run next, or the number of filters if all have ended. *out_arguments: the rest depends on arguments. */
static uint32_t
course_choose (const struct course *course, bool *out_arguments)
{
  uint32_t count = course->walk->filter_count, next = count;
  *out_arguments = false;
  for (uint32_t f = 0; f < count; f++)
    if (!course->machines[f].ended && !at_argument (course, f))
      return f;
  for (uint32_t f = count; f-- > 0;)
    if (!course->machines[f].ended)
      next = f;
  *out_arguments = true;
  return next;
}

/* Handles the end of a path. 1: stop, 0, or -1. */
static int
course_arrive (struct course *course, struct error *error)
{
  uint32_t verdicts[WALK_FILTERS_MAX], words[WALK_WORDS] = { 0 };
  struct walk_place place = { .verdicts = verdicts,
                              .numbers = course->comparisons[WORD_NUMBER],
                              .number_count = course->counts[WORD_NUMBER] };
  _Static_assert(sizeof words == sizeof place.call, "struct seccomp_data");
  for (uint32_t f = 0; f < course->walk->filter_count; f++)
    verdicts[f] = course->machines[f].verdict;
  if (!course->walk->wanted (verdicts))
    return 0;
  spend (course, REPORT_WORK);
  for (uint32_t word = 0; word < WALK_WORDS; word++)
    {
      uint64_t value = 0;
      if (values_find (course->comparisons[word], course->counts[word], 32, &value, NULL) != VALUES_SOME)
        return error_set (error, 0, "the conditions on one argument are too complex");
      words[word] = (uint32_t)value;
      place.conditions |= course->counts[word] ? 1u << word : 0;
    }
  memcpy (&place.call, words, sizeof place.call);
  for (uint32_t f = 0; f < course->walk->filter_count; f++)
    {
      const struct seccomp_filter *filter = course->walk->filters[f];
      if (seccomp_interpret (filter->program, filter->length, &place.call) != verdicts[f])
        return error_set (error, 0, "internal error: the proof and the interpreter disagree about filter %u", f + 1);
    }
  return course->walk->found (course->walk->context, &place);
}

/* Follows one path to its end. 1: stop, 0, or -1. */
static int
follow (struct course *course, struct error *error)
{
  for (;;)
    {
      bool arguments;
      uint32_t next = course_choose (course, &arguments);
      if (next == course->walk->filter_count)
        return course_arrive (course, error);
      if (arguments && (!promising (course) || all_alike (course)))
        return 0;
      if (step (course, next, error) < 0)
        return -1;
    }
}

/* The calls of x32 are the numbers from X32_BIT on. That includes -1, the number of a call that a tracer has skipped.
 */
static int
assume_arch (struct course *course, const struct arch *arch, struct error *error)
{
  const struct arch *x32 = arch_of_name ("SCMP_ARCH_X32");
  struct comparison comparison = { UINT32_MAX, 0, arch ? RELATION_EQ : RELATION_NE };
  const struct arch *known = arch;
  for (uint32_t i = 0; arch || (known = arch_at (i)); i++)
    {
      comparison.value = known->audit;
      if (assume (course, WORD_ARCH, comparison, error) < 0)
        return -1;
      if (arch)
        break;
    }
  if (!arch || arch->audit != x32->audit)
    return 0;
  comparison = (struct comparison){ UINT32_MAX, X32_BIT, arch == x32 ? RELATION_GE : RELATION_LT };
  return assume (course, WORD_NUMBER, comparison, error);
}

static int
assume_number (struct course *course, const int *number, struct error *error)
{
  if (!number)
    return 0;
  return assume (course, WORD_NUMBER, (struct comparison){ UINT32_MAX, (uint32_t)*number, RELATION_EQ }, error);
}

int
walk_filters (struct walk *walk, const struct arch *arch, struct arena *arena, struct error *error)
{
  struct course *course = arena_new (arena, struct course);
  course->walk = walk;
  course->arena = arena;
  tails_find (walk->filters, walk->filter_count, arena, &course->tails);
  for (uint32_t f = 0; f < walk->filter_count; f++)
    {
      note_reachable (course, f);
      course->machines[f].accumulator.constant = true;
      for (int i = 0; i < BPF_MEMWORDS; i++)
        course->machines[f].memory[i].constant = true;
    }
  if (assume_arch (course, arch, error) < 0 || assume_number (course, walk->number, error) < 0)
    return -1;
  for (int end = follow (course, error); end <= 0; end = follow (course, error))
    {
      if (end < 0)
        return -1;
      if (course->parting_count == 0)
        return 0;
      struct parting *parting = &course->partings[--course->parting_count];
      memcpy (course->machines, parting->machines, sizeof course->machines);
      forget (course, parting->trail);
      if (assume (course, parting->word, parting->comparison, error) < 0)
        return -1;
    }
  return 0;
}
