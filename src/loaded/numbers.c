/*
 * Which numbers of an architecture must be tried so that one side is known, or two are compared, on all of them. Those
 * that the kernel could have are tried one by one (compare.c). Beyond them filters treat alike what is between two
 * constants that they compare the number with: a pass over each program finds these constants. It follows where the
 * number may be in the accumulator, on any path; a filter that does anything else with it than compare it, or compares
 * it with thousands of constants, makes the list incomplete.
 */
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#include "loaded.h"

/* Ten times what an engine's filter has: one that is made to be slow must not take minutes. */
#define BORDERS_MAX 32768
#define UPPER 0xc0000000u /* x32's bit and the sign: masks may clear them, and JSET may ask for them */

struct borders
{
  uint32_t *items;
  uint32_t count, room;
  struct arena *arena;
  bool incomplete;
};

static void
add_border (struct borders *borders, uint32_t number)
{
  borders->items = arena_more (borders->arena, borders->items, borders->count, &borders->room, 2048, sizeof number);
  borders->items[borders->count++] = number;
}

/* A number, whatever its upper bits are. */
static void
add_constant (struct borders *borders, uint32_t number)
{
  borders->incomplete |= borders->count >= BORDERS_MAX;
  if (borders->count >= BORDERS_MAX)
    return;
  for (uint32_t upper = 0; upper < 4; upper++)
    {
      add_border (borders, (number & ~UPPER) | upper << 30);
      add_border (borders, ((number & ~UPPER) | upper << 30) + 1);
    }
}

/* What an instruction does with a number in the accumulator; returns whether it is still there. */
static bool
follow_number (struct borders *borders, const struct sock_filter *at)
{
  bool constant = BPF_SRC (at->code) == BPF_K;
  switch (BPF_CLASS (at->code))
    {
    case BPF_LD:
      return false;
    case BPF_LDX:
      return true;
    case BPF_ALU:
      borders->incomplete |= BPF_OP (at->code) != BPF_AND || !constant || (at->k | UPPER) != UINT32_MAX;
      return true;
    case BPF_JMP:
      if (BPF_OP (at->code) == BPF_JA)
        return true;
      borders->incomplete |= !constant || (BPF_OP (at->code) == BPF_JSET && (at->k & ~UPPER) != 0);
      add_constant (borders, at->k);
      return true;
    case BPF_RET:
      borders->incomplete |= BPF_RVAL (at->code) == BPF_A;
      return false;
    case BPF_MISC:
      borders->incomplete |= BPF_MISCOP (at->code) == BPF_TAX; /* X has it, too */
      return BPF_MISCOP (at->code) == BPF_TAX;
    default: /* ST keeps a copy of it; STX does not */
      borders->incomplete |= BPF_CLASS (at->code) == BPF_ST;
      return true;
    }
}

static void
scan_program (struct borders *borders, const struct seccomp_filter *filter)
{
  bool *holds
      = arena_array (borders->arena, bool, filter->length + 1ul); /* before each instruction; jumps go forward */
  for (uint32_t pc = 0; pc < filter->length; pc++)
    {
      const struct sock_filter *at = &filter->program[pc];
      bool stays = holds[pc] && follow_number (borders, at);
      if (at->code == (BPF_LD | BPF_W | BPF_ABS) && at->k == offsetof (struct seccomp_data, nr))
        stays = true;
      bool jump = BPF_CLASS (at->code) == BPF_JMP, always = jump && BPF_OP (at->code) == BPF_JA;
      uint64_t next[2] = { pc + 1ul, pc + 1ul };
      if (jump)
        {
          next[0] += always ? at->k : at->jt;
          next[1] += always ? at->k : at->jf;
        }
      for (int i = 0; i < 2; i++)
        if (stays && next[i] < filter->length)
          holds[next[i]] = true;
    }
}

static int
compare_borders (const void *one, const void *two)
{
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
  return a < b ? -1 : a > b;
}

void
loaded_list_numbers (const struct loaded_filters *const sides[2], const struct arch *arch, struct arena *arena,
                     struct loaded_numbers *out)
{
  struct borders borders = { .arena = arena };
  struct call_span private = arch_span (arch, 1);
  for (uint32_t i = 0; i <= LOADED_NUMBERS; i++)
    add_border (&borders, (uint32_t)arch_base (arch) + i);
  for (int number = private.start; number <= private.end; number++)
    add_border (&borders, (uint32_t)number);
  add_constant (&borders, UINT32_MAX); /* 0 and the upper bits' borders too: what follows the last number */
  for (int side = 0; side < 2 && sides[side]; side++)
    for (uint32_t i = 0; i < sides[side]->count; i++)
      scan_program (&borders, &sides[side]->filters[i]);
  qsort (borders.items, borders.count, sizeof *borders.items, compare_borders);
  *out = (struct loaded_numbers){ arena_array (arena, struct loaded_range, borders.count), 0, borders.incomplete };
  for (uint32_t i = 0; i < borders.count; i++)
    {
      uint32_t first = borders.items[i], last = i + 1 < borders.count ? borders.items[i + 1] - 1 : UINT32_MAX;
      struct seccomp_data data = { .nr = (int)first, .arch = arch->audit };
      if (last + 1 != first && arch_of_data (&data) == arch)
        out->items[out->count++] = (struct loaded_range){ (int)first, (int)last };
    }
}
