/*
 * A filter in words, for `husk seccomp dump`. It knows only the instructions that src/seccomp/emit.c writes: every
 * arithmetic instruction is taken for an AND, and other classes are printed as numbers. The target of a jump is the
 * index of an instruction, with which filter_print begins its line.
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include "husk/text.h"

static const char *
field (uint32_t offset, char out[32])
{
  if (offset == offsetof (struct seccomp_data, nr))
    return "number";
  if (offset == offsetof (struct seccomp_data, arch))
    return "architecture";
  (void)snprintf (out, 32, "argument %u, %s half", (offset - 16) / 8, offset % 8 ? "second" : "first");
  return out;
}

/* A comparison uses the value of the last load before it: these filters use no other register. */
static bool
compares_architectures (const struct seccomp_filter *filter, uint32_t index)
{
  while (index-- > 0)
    if (BPF_CLASS (filter->program[index].code) == BPF_LD)
      return BPF_MODE (filter->program[index].code) == BPF_ABS
             && filter->program[index].k == offsetof (struct seccomp_data, arch);
  return false;
}

static void
jump_text (const struct seccomp_filter *filter, uint32_t pc, char out[128])
{
  static const char *const tests[] = { "", "==", ">", ">=", "&" };
  const struct sock_filter *at = &filter->program[pc];
  const char *arch = compares_architectures (filter, pc) ? arch_name_of_audit (at->k) : NULL;
  if (BPF_OP (at->code) == BPF_JA)
    (void)snprintf (out, 128, "goto %u", pc + 1 + at->k);
  else if (arch)
    (void)snprintf (out, 128, "if == %s (0x%x) goto %u else %u", arch, at->k, pc + 1 + at->jt, pc + 1 + at->jf);
  else
    (void)snprintf (out, 128, "if %s %u (0x%x) goto %u else %u", tests[(BPF_OP (at->code) >> 4) % 5], at->k, at->k,
                    pc + 1 + at->jt, pc + 1 + at->jf);
}

void
instruction_text (const struct seccomp_filter *filter, uint32_t index, char out[128])
{
  const struct sock_filter *at = &filter->program[index];
  char text[96];
  switch (BPF_CLASS (at->code))
    {
    case BPF_LD:
      (void)snprintf (out, 128, "load %s", BPF_MODE (at->code) == BPF_MEM ? "memory" : field (at->k, text));
      return;
    case BPF_ALU:
      (void)snprintf (out, 128, "and 0x%x", at->k);
      return;
    case BPF_JMP:
      jump_text (filter, index, out);
      return;
    case BPF_RET:
      verdict_text (at->k, text);
      (void)snprintf (out, 128, "return %s", text);
      return;
    default:
      (void)snprintf (out, 128, "code 0x%x, %u, %u, 0x%x", at->code, at->jt, at->jf, at->k);
    }
}

void
filter_print (const struct seccomp_filter *filter, FILE *out)
{
  char text[128];
  for (uint32_t pc = 0; pc < filter->length; pc++)
    {
      instruction_text (filter, pc, text);
      (void)text_line (out, "%4u  %s", pc, text);
    }
}
