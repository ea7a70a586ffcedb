/*
 * Proves for all calls that a profile is not looser than another: walk.c follows both filters at once. "Looser" is
 * defined by the kernel's order of actions (docs/seccomp.md).
 */
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"
#include "walk.h"

/* Like the kernel, which compares actions as signed numbers, and kills the process for an unknown one. An errno of 0
 * ranks above the others: the caller takes the call for made. */
int
verdict_rank (uint32_t verdict)
{
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  switch (action)
    {
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_TRAP:
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_USER_NOTIF:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW:
      return (int)(action >> 16) + (verdict == SECCOMP_RET_ERRNO);
    default:
      return -1;
    }
}

static bool
is_looser (const uint32_t *verdicts)
{
  return verdict_rank (verdicts[1]) > verdict_rank (verdicts[0]);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

#define NUMBERS_MAX 1100
struct proof
{
  struct arena *arena;
  const struct arch *arch;
  bool listed;                    /* whether the next three are filled in */
  const char *names[NUMBERS_MAX]; /* of the architecture's calls; NULL: a number without a name */
  int numbers[NUMBERS_MAX];
  uint32_t number_count;
  uint32_t items[NUMBERS_MAX]; /* 1 + the index of each call's item, or 0 */
  struct profile_proof *out;
};

/* Called only when needed: not for two profiles without a difference. */
static void
list_numbers (struct proof *proof)
{
  const struct arch *arch = proof->arch;
  struct call_span span;
  proof->listed = true;
  proof->number_count = 0;
  memset (proof->items, 0, sizeof proof->items);
  for (uint32_t i = 0; arch && (span = arch_span (arch, i)).end; i++)
    for (int number = span.start; number < span.end && proof->number_count < NUMBERS_MAX; number++)
      {
        auto_free char *name = call_name (arch, number);
        proof->names[proof->number_count] = arena_string (proof->arena, name);
        proof->numbers[proof->number_count++] = number;
      }
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

static bool
let_through (const struct profile_looseness *item)
{
  return verdict_runs (item->other) && !verdict_runs (item->base);
}

static struct profile_looseness *
new_item (struct proof *proof)
{
  struct profile_proof *out = proof->out;
  out->items = arena_more (proof->arena, out->items, out->count, &out->room, 256, sizeof *out->items);
  return &out->items[out->count++];
}

static void
fill_item (struct proof *proof, const struct walk_place *place, int number, const char *name,
           struct profile_looseness *item)
{
  struct seccomp_data made = { .nr = number, .arch = place->call.arch }; /* -1 is not x32's */
  const struct arch *arch = proof->arch ? arch_of_data (&made) : NULL;
  *item = (struct profile_looseness){ .arch = arch ? arch->name : NULL,
                                      .name = name ? name : arena_format (proof->arena, "%d", number),
                                      .number = number,
                                      .unnamed = !name,
                                      .base = place->verdicts[0],
                                      .other = place->verdicts[1] };
  uint64_t arguments[6];
  memcpy (arguments, place->call.args, sizeof arguments);
  /* arch_call swaps the halves if the architecture's byte order differs, which also undoes it */
  struct seccomp_data call = arch ? arch_call (arch, number, arguments) : place->call;
  for (uint32_t i = 0; i < 6; i++)
    {
      item->arguments[i] = call.args[i];
      if (place->conditions >> (WORD_ARGUMENTS + 2 * i) & 3)
        item->conditions |= 1u << i;
    }
}

/* Calls without a name and with the same verdicts share one item. */
static void
note_unnamed (struct proof *proof, const struct walk_place *place, int number)
{
  for (uint32_t i = 0; i < proof->out->count; i++)
    {
      const struct profile_looseness *item = &proof->out->items[i];
      const char *arch = proof->arch ? proof->arch->name : NULL;
      if (item->unnamed && item->arch == arch && item->base == place->verdicts[0] && item->other == place->verdicts[1])
        return;
    }
  fill_item (proof, place, number, NULL, new_item (proof));
}

/* If a call is looser in several ways, keeps the worst one: it is denied, and the other profile lets it run. */
static void
note_call (struct proof *proof, const struct walk_place *place, uint32_t index)
{
  struct profile_looseness item;
  fill_item (proof, place, proof->numbers[index], proof->names[index], &item);
  if (!proof->items[index])
    {
      *new_item (proof) = item;
      proof->items[index] = proof->out->count;
    }
  else if (let_through (&item) && !let_through (&proof->out->items[proof->items[index] - 1]))
    proof->out->items[proof->items[index] - 1] = item;
}

/* Notes each call of this place that has a name, and one of those without. */
static bool
note_place (void *context, const struct walk_place *place)
{
  struct proof *proof = context;
  bool any = false, unnamed = false;
  if (!proof->listed)
    list_numbers (proof);
  for (uint32_t n = 0; n < proof->number_count; n++)
    {
      bool fits = true;
      for (uint32_t i = 0; fits && i < place->number_count; i++)
        fits = comparison_holds (&place->numbers[i], (uint32_t)proof->numbers[n]);
      any |= fits;
      if (fits && proof->names[n])
        note_call (proof, place, n);
      else if (fits && !unnamed)
        {
          unnamed = true;
          note_unnamed (proof, place, proof->numbers[n]);
        }
    }
  if (!any)
    note_unnamed (proof, place, place->call.nr);
  return false;
}

/* Calls that one profile denies and the other lets run come first; otherwise the order stays. */
static void
sort_items (struct profile_proof *out, struct arena *arena)
{
  struct profile_looseness *sorted = arena_array (arena, struct profile_looseness, out->count + 1);
  uint32_t count = 0;
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < out->count; i++)
      if (let_through (&out->items[i]) == (pass == 0))
        sorted[count++] = out->items[i];
  out->items = sorted;
}

/* ---- the proof -------------------------------------------------------------------------------------------------- */

static void
prove_arch (struct proof *proof, const struct profile_side *base, const struct profile_side *other,
            const struct arch *arch)
{
  struct error error = { 0 };
  struct walk walk = { .filters = { base->filter, other->filter },
                       .filter_count = 2,
                       .wanted = is_looser,
                       .found = note_place,
                       .context = proof,
                       .steps = WALK_STEPS };
  proof->arch = arch;
  proof->listed = false;
  if (walk_filters (&walk, arch, proof->arena, &error) == 0 || proof->out->undecided)
    return;
  proof->out->undecided = true;
  (void)snprintf (proof->out->reason, sizeof proof->out->reason, "on %s: %.120s",
                  arch ? arch_short_name (arch, proof->arena) : "unknown architectures", error.text);
}

int
profile_prove (const struct profile_side *base, const struct profile_side *other, const char *arch_name,
               struct arena *arena, struct profile_proof *out, struct error *error)
{
  struct proof *proof = arena_new (arena, struct proof);
  const struct arch *native = arch_find (arch_name, error), *arch = native;
  *out = (struct profile_proof){ 0 };
  proof->arena = arena;
  proof->out = out;
  if (!native)
    return -1;
  prove_arch (proof, base, other, native);
  for (uint32_t i = 0; !arch_name && arch; i++)
    {
      arch = arch_at (i); /* NULL after the last: all unknown architectures */
      if (arch != native)
        prove_arch (proof, base, other, arch);
    }
  sort_items (out, arena);
  return 0;
}
