/*
 * The instructions of a filter, which compile.c writes from the last to the first: a label is the distance from the
 * end, so that every target is known when the jump to it is written. A conditional jump reaches 255 instructions, so
 * emit_jump must write nothing between its last check of the distances and the jump itself. Instructions beyond the
 * buffer are only counted, and compile.c refuses the filter.
 */
#include "filter.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>

#define REACH 255 /* a conditional jump's offset has 8 bits */

label_t
emit (struct emitter *emitter, uint16_t code, uint32_t k)
{
  if (emitter->count < emitter->room)
    emitter->buffer[emitter->room - 1 - emitter->count] = (struct sock_filter){ code, 0, 0, k };
  return ++emitter->count;
}

/* A label within reach of the next instruction: the target itself, or a long jump to it. */
static label_t
near (struct emitter *emitter, label_t target, uint32_t slack)
{
  if (emitter->count - target + slack <= REACH)
    return target;
  return emit (emitter, BPF_JMP | BPF_JA, emitter->count - target);
}

label_t
emit_jump (struct emitter *emitter, uint16_t comparison, uint32_t k, label_t then, label_t otherwise)
{
  /* a long jump for one target pushes the other away by one instruction */
  then = near (emitter, then, 1);
  otherwise = near (emitter, otherwise, 0);
  label_t label = emit (emitter, BPF_JMP | comparison | BPF_K, k);
  if (label <= emitter->room)
    {
      struct sock_filter *made = &emitter->buffer[emitter->room - label];
      made->jt = (uint8_t)(label - 1 - then);
      made->jf = (uint8_t)(label - 1 - otherwise);
    }
  return label;
}

label_t
emit_return (struct emitter *emitter, uint32_t action)
{
  uint32_t i = 0;
  while (i < emitter->return_count && emitter->returns[i].action != action)
    i++;
  if (i < emitter->return_count && emitter->count - emitter->returns[i].label + 2 <= REACH)
    return emitter->returns[i].label;
  label_t label = emit (emitter, BPF_RET | BPF_K, action);
  if (i == emitter->return_count && i < sizeof emitter->returns / sizeof emitter->returns[0])
    emitter->returns[emitter->return_count++].action = action;
  if (i < emitter->return_count)
    emitter->returns[i].label = label;
  return label;
}

/* ---- conditions ----------------------------------------------------------------------------------------------------
 */

static label_t
load_half (struct emitter *emitter, const struct verdict *verdict, uint32_t index, bool high)
{
  uint32_t offset = (uint32_t)offsetof (struct seccomp_data, args) + 8 * index;
  return emit (emitter, BPF_LD | BPF_W | BPF_ABS, offset + (high != verdict->big_endian ? 4 : 0));
}

static label_t
compare_equal (struct emitter *emitter, const struct verdict *verdict, uint32_t index, uint64_t mask, uint64_t value,
               label_t match, label_t fail)
{
  uint32_t high_mask = (uint32_t)(mask >> 32), low_mask = (uint32_t)mask;
  (void)emit_jump (emitter, BPF_JEQ, (uint32_t)value, match, fail);
  if (low_mask != UINT32_MAX)
    (void)emit (emitter, BPF_ALU | BPF_AND | BPF_K, low_mask);
  label_t low = load_half (emitter, verdict, index, false);
  if (!verdict->wide || high_mask == 0)
    return low;
  (void)emit_jump (emitter, BPF_JEQ, (uint32_t)(value >> 32), low, fail);
  if (high_mask != UINT32_MAX)
    (void)emit (emitter, BPF_ALU | BPF_AND | BPF_K, high_mask);
  return load_half (emitter, verdict, index, true);
}

/* argument > value, or >= with BPF_JGE; 64 bits are compared as two words. */
static label_t
compare_order (struct emitter *emitter, const struct verdict *verdict, uint32_t index, uint16_t comparison,
               uint64_t value, label_t match, label_t fail)
{
  (void)emit_jump (emitter, comparison, (uint32_t)value, match, fail);
  label_t low = load_half (emitter, verdict, index, false);
  if (!verdict->wide)
    return low;
  label_t equal = emit_jump (emitter, BPF_JEQ, (uint32_t)(value >> 32), low, fail);
  (void)emit_jump (emitter, BPF_JGT, (uint32_t)(value >> 32), match, equal);
  return load_half (emitter, verdict, index, true);
}

static label_t
emit_condition (struct emitter *emitter, const struct verdict *verdict, const struct spec_seccomp_arg *arg,
                label_t match, label_t fail)
{
  uint32_t index = (uint32_t)arg->index.value;
  uint64_t value = arg->value.value;
  switch (arg->op.value)
    {
    case SPEC_CMP_EQ:
      return compare_equal (emitter, verdict, index, UINT64_MAX, value, match, fail);
    case SPEC_CMP_NE:
      return compare_equal (emitter, verdict, index, UINT64_MAX, value, fail, match);
    case SPEC_CMP_MASKED_EQ:
      return compare_equal (emitter, verdict, index, value, arg->value_two.value & value, match, fail);
    case SPEC_CMP_GT:
      return compare_order (emitter, verdict, index, BPF_JGT, value, match, fail);
    case SPEC_CMP_GE:
      return compare_order (emitter, verdict, index, BPF_JGE, value, match, fail);
    case SPEC_CMP_LE:
      return compare_order (emitter, verdict, index, BPF_JGT, value, fail, match);
    default: /* SPEC_CMP_LT */
      return compare_order (emitter, verdict, index, BPF_JGE, value, fail, match);
    }
}

label_t
emit_conditions (struct emitter *emitter, const struct verdict *verdict, label_t match, label_t fail)
{
  label_t next = match;
  const struct spec_seccomp_rule *rule = verdict->rule;
  for (uint32_t i = rule ? rule->args.count : 0; i-- > 0;)
    {
      const struct spec_seccomp_arg *arg = &rule->args.items[i];
      if (verdict->condition >= 0 && verdict->condition != (int32_t)i)
        continue;
      if (verdict->multiplexed && arg->index.value == 0)
        continue; /* argument 0 of the multiplexer selects the call */
      next = emit_condition (emitter, verdict, arg, next, fail);
    }
  if (verdict->multiplexed)
    next = compare_equal (emitter, verdict, 0, UINT64_MAX, verdict->multiplexed, next, fail);
  return next;
}
