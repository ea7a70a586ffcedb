#include "husk/seccomp.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

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

static void
print_one (const struct sock_filter *at, uint32_t pc, FILE *out)
{
  static const char *const tests[] = { "", "==", ">", ">=", "&" };
  char text[96];
  switch (BPF_CLASS (at->code))
    {
    case BPF_LD:
      (void)fprintf (out, "load %s\n", BPF_MODE (at->code) == BPF_MEM ? "memory" : field (at->k, text));
      return;
    case BPF_ALU:
      (void)fprintf (out, "and 0x%x\n", at->k);
      return;
    case BPF_JMP:
      if (BPF_OP (at->code) == BPF_JA)
        (void)fprintf (out, "goto %u\n", pc + 1 + at->k);
      else
        (void)fprintf (out, "if %s %u (0x%x) goto %u else %u\n", tests[(BPF_OP (at->code) >> 4) % 5], at->k, at->k,
                       pc + 1 + at->jt, pc + 1 + at->jf);
      return;
    case BPF_RET:
      seccomp_verdict_text (at->k, text);
      (void)fprintf (out, "return %s\n", text);
      return;
    default:
      (void)fprintf (out, "code 0x%x, %u, %u, 0x%x\n", at->code, at->jt, at->jf, at->k);
    }
}

void
seccomp_print (const struct seccomp_filter *filter, FILE *out)
{
  for (uint32_t pc = 0; pc < filter->length; pc++)
    {
      (void)fprintf (out, "%4u  ", pc);
      print_one (&filter->program[pc], pc, out);
    }
}
