/*
 * Equal tails of filters, for walk.c: rules that two profiles have in common need not be followed. Instructions are
 * classified from the last to the first, by what they do and by the classes of the instructions that may come next.
 * Jumps only lead forward, so those are already known.
 */
#include "tails.h"

#include <linux/bpf_common.h>

struct tail
{
  uint32_t code, k, then, otherwise;
  uint32_t class; /* 0: this slot of the table is free */
};
struct table
{
  struct tail *tails;
  uint32_t size, count; /* size is a power of two, and more than twice the number of entries */
};

static uint32_t
hash (const struct tail *tail)
{
  uint32_t hash = tail->code;
  hash = (hash ^ tail->k) * 0x9E3779B1u;
  hash = (hash ^ tail->then ^ hash >> 15) * 0x85EBCA77u;
  hash = (hash ^ tail->otherwise ^ hash >> 13) * 0xC2B2AE3Du;
  return hash ^ hash >> 16;
}

static uint32_t
find_class (struct table *table, struct tail tail)
{
  uint32_t at = hash (&tail) & (table->size - 1);
  for (; table->tails[at].class; at = (at + 1) & (table->size - 1))
    {
      const struct tail *known = &table->tails[at];
      if (known->code == tail.code && known->k == tail.k && known->then == tail.then
          && known->otherwise == tail.otherwise)
        return known->class;
    }
  tail.class = ++table->count;
  table->tails[at] = tail;
  return tail.class;
}

/* Only a jump out of the filter has class 0. */
static uint32_t
class_at (const uint32_t *classes, uint32_t length, uint64_t pc)
{
  return pc < length ? classes[pc] : 0;
}

static void
classify (const struct seccomp_filter *filter, struct table *table, uint32_t *classes)
{
  for (uint32_t pc = filter->length; pc-- > 0;)
    {
      const struct sock_filter *at = &filter->program[pc];
      struct tail tail = { .code = at->code, .k = at->k };
      bool jump = BPF_CLASS (at->code) == BPF_JMP, far = jump && BPF_OP (at->code) == BPF_JA;
      if (far)
        {
          classes[pc] = class_at (classes, filter->length, (uint64_t)pc + 1 + at->k);
          continue;
        }
      if (BPF_CLASS (at->code) != BPF_RET)
        {
          tail.then = class_at (classes, filter->length, (uint64_t)pc + 1 + (jump ? at->jt : 0));
          tail.otherwise = jump ? class_at (classes, filter->length, (uint64_t)pc + 1 + at->jf) : 0;
        }
      /* the contents of the filter's memory are unknown here, so every such load is different */
      bool kept = BPF_CLASS (at->code) == BPF_LD && BPF_MODE (at->code) == BPF_MEM;
      classes[pc] = kept ? ++table->count : find_class (table, tail);
    }
}

void
tails_find (const struct seccomp_filter *const *filters, uint32_t count, struct arena *arena, struct tails *out)
{
  struct table table = { .size = 64 };
  uint32_t total = 0;
  for (uint32_t f = 0; f < count; f++)
    total += filters[f]->length;
  while (table.size <= 2 * total)
    table.size *= 2;
  table.tails = arena_array (arena, struct tail, table.size);
  for (uint32_t f = 0; f < count; f++)
    {
      out->classes[f] = arena_array (arena, uint32_t, filters[f]->length + 1);
      classify (filters[f], &table, out->classes[f]);
    }
}
