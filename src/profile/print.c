/*
 * A filter in words, for `husk seccomp dump`: husk's own, and with --pid anybody's. A comparison or calculation whose
 * left side is not printed uses the accumulator; the other register is x. The target of a jump is the index of an
 * instruction, with which filter_print begins its line.
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include "husk/text.h"

static const char *
field (uint32_t offset, char out[40])
{
  if (offset == offsetof (struct seccomp_data, nr))
    return "number";
  if (offset == offsetof (struct seccomp_data, arch))
    return "architecture";
  const char *half = offset % 8 ? "second" : "first";
  if (offset < offsetof (struct seccomp_data, args))
    (void)snprintf (out, 40, "instruction pointer, %s half", half);
  else
    (void)snprintf (out, 40, "argument %u, %s half", (offset - 16) / 8, half);
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
  const char *test = tests[(BPF_OP (at->code) >> 4) % 5];
  const char *arch = compares_architectures (filter, pc) ? arch_name_of_audit (at->k) : NULL;
  if (BPF_OP (at->code) == BPF_JA)
    (void)snprintf (out, 128, "goto %u", pc + 1 + at->k);
  else if (BPF_SRC (at->code) == BPF_X)
    (void)snprintf (out, 128, "if %s x goto %u else %u", test, pc + 1 + at->jt, pc + 1 + at->jf);
  else if (arch && BPF_OP (at->code) == BPF_JEQ)
    (void)snprintf (out, 128, "if == %s (0x%x) goto %u else %u", arch, at->k, pc + 1 + at->jt, pc + 1 + at->jf);
  else
    (void)snprintf (out, 128, "if %s %u (0x%x) goto %u else %u", test, at->k, at->k, pc + 1 + at->jt, pc + 1 + at->jf);
}

/* What a load takes. */
static void
source_text (const struct sock_filter *at, char out[64])
{
  char text[40];
  switch (BPF_MODE (at->code))
    {
    case BPF_IMM:
      (void)snprintf (out, 64, "0x%x", at->k);
      return;
    case BPF_LEN:
      (void)snprintf (out, 64, "the size of struct seccomp_data");
      return;
    case BPF_MEM:
      (void)snprintf (out, 64, "memory %u", at->k);
      return;
    default:
      (void)snprintf (out, 64, "%s", field (at->k, text));
    }
}

static void
calculation_text (const struct sock_filter *at, char out[128])
{
  static const char *const words[]
      = { "add",           "subtract",       "multiply by", "divide by", "or",          "and",
          "shift left by", "shift right by", "negate",      "modulo",    "exclusive or" };
  size_t word = BPF_OP (at->code) >> 4;
  if (word >= sizeof words / sizeof *words)
    (void)snprintf (out, 128, "code 0x%x, %u, %u, 0x%x", at->code, at->jt, at->jf, at->k);
  else if (BPF_OP (at->code) == BPF_NEG)
    (void)snprintf (out, 128, "%s", words[word]);
  else if (BPF_SRC (at->code) == BPF_X)
    (void)snprintf (out, 128, "%s x", words[word]);
  else
    (void)snprintf (out, 128, "%s 0x%x", words[word], at->k);
}

void
instruction_text (const struct seccomp_filter *filter, uint32_t index, char out[128])
{
  const struct sock_filter *at = &filter->program[index];
  char text[96];
  switch (BPF_CLASS (at->code))
    {
    case BPF_LD:
    case BPF_LDX:
      source_text (at, text);
      (void)snprintf (out, 128, "%s%s", BPF_CLASS (at->code) == BPF_LD ? "load " : "x = ", text);
      return;
    case BPF_ST:
    case BPF_STX:
      (void)snprintf (out, 128, "memory %u = %s", at->k, BPF_CLASS (at->code) == BPF_ST ? "accumulator" : "x");
      return;
    case BPF_ALU:
      calculation_text (at, out);
      return;
    case BPF_JMP:
      jump_text (filter, index, out);
      return;
    case BPF_RET:
      verdict_text (at->k, text);
      (void)snprintf (out, 128, "return %s", BPF_RVAL (at->code) == BPF_A ? "accumulator" : text);
      return;
    default:
      (void)snprintf (out, 128, "%s", BPF_MISCOP (at->code) == BPF_TXA ? "accumulator = x" : "x = accumulator");
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
