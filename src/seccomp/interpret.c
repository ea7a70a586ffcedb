/*
 * An interpreter for classic BPF: what a filter returns for a call. explain.c and diff.c of src/profile and table.c use
 * it, src/plan finds out with it whether execve is denied, src/loaded runs the filters of processes, which anybody may
 * have written, and unit tests depend on it. It knows every instruction that the kernel admits in a filter, and
 * calculates as the kernel does. Whatever the kernel would refuse to load kills, so that it is never taken for a
 * permission.
 */
#include "husk/seccomp.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

/* A register or word of memory, and which argument it comes from. */
struct value
{
  uint32_t word;
  uint32_t offset; /* in struct seccomp_data, of an argument's half; 0: it comes from none */
  uint32_t mask;   /* the bits of it that are left; 0: it was calculated with in another way */
};

struct machine
{
  struct value a, x, memory[BPF_MEMWORDS];
  const struct seccomp_watch *watch;
};

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

/* false: a division by zero, which ends a program with 0, or an instruction that the kernel does not admit. */
static bool
calculate (uint16_t code, uint32_t *a, uint32_t k)
{
  switch (BPF_OP (code))
    {
    case BPF_ADD:
      *a += k;
      return true;
    case BPF_SUB:
      *a -= k;
      return true;
    case BPF_MUL:
      *a *= k;
      return true;
    case BPF_DIV:
      *a = k ? *a / k : 0;
      return k != 0;
    case BPF_OR:
      *a |= k;
      return true;
    case BPF_AND:
      *a &= k;
      return true;
    case BPF_XOR:
      *a ^= k;
      return true;
    case BPF_LSH: /* the kernel takes five bits of a distance in X, and admits no constant above them */
      *a <<= k & 31;
      return true;
    case BPF_RSH:
      *a >>= k & 31;
      return true;
    case BPF_NEG:
      *a = -*a;
      return true;
    default:
      return false;
    }
}

/* The result depends on this value in a way that no comparison shows. */
static void
note_use (const struct machine *machine, uint32_t offset)
{
  if (machine->watch && offset)
    machine->watch->compared (offset, 0, BPF_JEQ, 0, machine->watch->data);
}

static bool
run_alu (struct machine *machine, const struct sock_filter *at)
{
  bool by_x = BPF_SRC (at->code) == BPF_X && BPF_OP (at->code) != BPF_NEG;
  uint32_t k = by_x ? machine->x.word : at->k;
  struct value *a = &machine->a;
  bool masks = BPF_OP (at->code) == BPF_AND && a->mask != 0 && !(by_x && machine->x.offset);
  if (masks && (a->mask & k) == 0)
    a->offset = 0; /* nothing is left of the argument */
  else if (a->offset)
    a->mask = masks ? a->mask & k : 0;
  else if (by_x && machine->x.offset)
    *a = (struct value){ .word = a->word, .offset = machine->x.offset };
  if (by_x && BPF_OP (at->code) == BPF_DIV) /* by 0: the program ends */
    note_use (machine, machine->x.offset);
  return calculate (at->code, &machine->a.word, k);
}

static uint32_t
run_jump (struct machine *machine, const struct sock_filter *at)
{
  if (BPF_OP (at->code) == BPF_JA)
    return at->k;
  bool by_x = BPF_SRC (at->code) == BPF_X;
  uint32_t k = by_x ? machine->x.word : at->k;
  if (machine->watch && machine->a.offset)
    machine->watch->compared (machine->a.offset, by_x && machine->x.offset ? 0 : machine->a.mask, BPF_OP (at->code), k,
                              machine->watch->data);
  else if (machine->watch && by_x && machine->x.offset)
    machine->watch->compared (machine->x.offset, machine->x.mask, BPF_OP (at->code), machine->a.word,
                              machine->watch->data);
  return jumps (at->code, machine->a.word, k) ? at->jt : at->jf;
}

/* LD and LDX. */
static bool
run_load (struct value *out, const struct machine *machine, const struct sock_filter *at,
          const struct seccomp_data *data)
{
  switch (BPF_MODE (at->code))
    {
    case BPF_IMM:
      *out = (struct value){ .word = at->k };
      return true;
    case BPF_LEN:
      *out = (struct value){ .word = sizeof *data };
      return true;
    case BPF_MEM:
      *out = machine->memory[at->k % BPF_MEMWORDS];
      return true;
    case BPF_ABS:
      if (BPF_CLASS (at->code) != BPF_LD || BPF_SIZE (at->code) != BPF_W || at->k > sizeof *data - 4 || at->k % 4)
        return false;
      *out = (struct value){ .offset = at->k >= offsetof (struct seccomp_data, args) ? at->k : 0, .mask = UINT32_MAX };
      if (!out->offset && at->k >= offsetof (struct seccomp_data, instruction_pointer))
        note_use (machine, at->k);
      memcpy (&out->word, (const char *)data + at->k, 4);
      return true;
    default:
      return false;
    }
}

uint32_t
seccomp_interpret_watched (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data,
                           const struct seccomp_watch *watch)
{
  struct machine machine = { .watch = watch };
  /* jumps only go forward: it ends */
  for (uint64_t pc = 0; pc < length; pc++)
    {
      const struct sock_filter *at = &program[pc];
      bool fine = true;
      switch (BPF_CLASS (at->code))
        {
        case BPF_LD:
          fine = run_load (&machine.a, &machine, at, data);
          break;
        case BPF_LDX:
          fine = run_load (&machine.x, &machine, at, data);
          break;
        case BPF_ST:
          machine.memory[at->k % BPF_MEMWORDS] = machine.a;
          break;
        case BPF_STX:
          machine.memory[at->k % BPF_MEMWORDS] = machine.x;
          break;
        case BPF_ALU:
          fine = run_alu (&machine, at);
          break;
        case BPF_JMP:
          pc += run_jump (&machine, at);
          break;
        case BPF_RET:
          if (BPF_RVAL (at->code) == BPF_A)
            note_use (&machine, machine.a.offset);
          return BPF_RVAL (at->code) == BPF_A ? machine.a.word : at->k;
        default: /* MISC: TAX and TXA */
          if (BPF_MISCOP (at->code) == BPF_TXA)
            machine.a = machine.x;
          else
            machine.x = machine.a;
        }
      if (!fine)
        return SECCOMP_RET_KILL_THREAD;
    }
  return SECCOMP_RET_KILL_THREAD;
}

uint32_t
seccomp_interpret (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data)
{
  return seccomp_interpret_watched (program, length, data, NULL);
}
