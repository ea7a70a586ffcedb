/*
 * An interpreter for classic BPF: what a compiled filter returns for a call. explain.c and diff.c of src/profile and
 * table.c use it, src/plan finds out with it whether execve is denied, and unit tests depend on it. It runs husk's own
 * filters and, in tests, libseccomp's. It does not repeat the kernel's checks, so it must not be given a program from
 * anywhere else.
 */
#include "husk/seccomp.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <string.h>

static bool
jumps (uint16_t code, uint32_t a, uint32_t k)
{
  switch (BPF_OP (code))
    {
    case BPF_JEQ:
      return a == k;
    case BPF_JGT:
      return a > k;
    case BPF_JGE:
      return a >= k;
    default:
      return (a & k) != 0;
    }
}

static bool
calculate (uint16_t code, uint32_t *a, uint32_t k)
{
  switch (BPF_OP (code))
    {
    case BPF_AND:
      *a &= k;
      return true;
    case BPF_OR:
      *a |= k;
      return true;
    case BPF_ADD:
      *a += k;
      return true;
    default:
      return false;
    }
}

/* Knows the instructions that husk and libseccomp write. Any other one kills, so that it is never taken for a
 * permission: the kernel might refuse to load it. */
uint32_t
seccomp_interpret (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data)
{
  uint32_t a = 0, memory[BPF_MEMWORDS] = { 0 };
  for (uint32_t pc = 0; pc < length; pc++)
    {
      const struct sock_filter *at = &program[pc];
      switch (BPF_CLASS (at->code))
        {
        case BPF_LD:
          if (BPF_MODE (at->code) == BPF_MEM)
            a = memory[at->k % BPF_MEMWORDS];
          else if (at->k > sizeof *data - 4)
            return SECCOMP_RET_KILL_THREAD;
          else
            memcpy (&a, (const char *)data + at->k, 4);
          break;
        case BPF_ST:
          memory[at->k % BPF_MEMWORDS] = a;
          break;
        case BPF_ALU:
          if (!calculate (at->code, &a, at->k))
            return SECCOMP_RET_KILL_THREAD;
          break;
        case BPF_JMP:
          pc += BPF_OP (at->code) == BPF_JA ? at->k : jumps (at->code, a, at->k) ? at->jt : at->jf;
          break;
        case BPF_RET:
          return BPF_RVAL (at->code) == BPF_A ? a : at->k;
        default:
          return SECCOMP_RET_KILL_THREAD;
        }
    }
  return SECCOMP_RET_KILL_THREAD;
}
