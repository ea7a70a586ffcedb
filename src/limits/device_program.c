/*
 * Compiles device rules to a BPF program for cgroup v2: devices.c calls it, device_load.c loads the result. Rules are
 * compiled from last to first, and the register ACCESS holds the bits that no rule has decided yet. Only neighbouring
 * rules that allow are reordered, to save comparisons; reordering others would change what the list means. The kernel
 * refuses unreachable instructions, so none may be emitted.
 */
#include "device_program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum /* registers */
{
  RESULT = BPF_REG_0,
  CONTEXT = BPF_REG_1,
  ACCESS = BPF_REG_2, /* the bits that are still undecided */
  TYPE = BPF_REG_3,
  MAJOR = BPF_REG_4,
  MINOR = BPF_REG_5,
};

enum /* placeholder offsets for jump targets that emit_end resolves */
{
  TO_ALLOW = 32000,
  TO_DENY = 32001,
};

struct emitter
{
  struct arena *arena;
  struct device_program *program;
};

static void
emit_instruction (struct emitter *emitter, uint8_t code, uint8_t destination, uint8_t source, int16_t offset,
                  int32_t immediate)
{
  struct device_program *program = emitter->program;
  program->instructions = arena_more (emitter->arena, program->instructions, program->count, &program->room, 64,
                                      sizeof *program->instructions);
  program->instructions[program->count++]
      = (struct bpf_insn){ .code = code, .dst_reg = destination, .src_reg = source, .off = offset, .imm = immediate };
}

static void
jump_if (struct emitter *emitter, uint8_t operation, uint8_t reg, int64_t value, int16_t offset)
{
  emit_instruction (emitter, BPF_JMP | operation | BPF_K, reg, 0, offset, (int32_t)value);
}

/* Makes the jump at index go to the next instruction. */
static void
land (struct emitter *emitter, uint32_t index)
{
  emitter->program->instructions[index].off = (int16_t)(emitter->program->count - index - 1);
}

static void
emit_begin (struct emitter *emitter)
{
  emit_instruction (emitter, BPF_LDX | BPF_MEM | BPF_W, ACCESS, CONTEXT,
                    offsetof (struct bpf_cgroup_dev_ctx, access_type), 0);
  emit_instruction (emitter, BPF_ALU64 | BPF_MOV | BPF_X, TYPE, ACCESS, 0, 0);
  emit_instruction (emitter, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
  emit_instruction (emitter, BPF_ALU64 | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
  emit_instruction (emitter, BPF_LDX | BPF_MEM | BPF_W, MAJOR, CONTEXT, offsetof (struct bpf_cgroup_dev_ctx, major), 0);
  emit_instruction (emitter, BPF_LDX | BPF_MEM | BPF_W, MINOR, CONTEXT, offsetof (struct bpf_cgroup_dev_ctx, minor), 0);
}

/* Emits a rule's decision for a device that matches. left: the bits that may still be undecided. */
static void
emit_verdict (struct emitter *emitter, const struct limits_device *device, uint32_t left)
{
  bool whole = (device->access & left) == left;
  if (!device->allow && whole)
    emit_instruction (emitter, BPF_JMP | BPF_JA, 0, 0, TO_DENY, 0);
  else if (!device->allow)
    jump_if (emitter, BPF_JSET, ACCESS, device->access, TO_DENY);
  else if (whole)
    emit_instruction (emitter, BPF_JMP | BPF_JA, 0, 0, TO_ALLOW, 0);
  else
    {
      emit_instruction (emitter, BPF_ALU64 | BPF_AND | BPF_K, ACCESS, 0, 0, (int32_t)(left & ~device->access));
      jump_if (emitter, BPF_JEQ, ACCESS, 0, TO_ALLOW);
    }
}

bool
device_is_every (const struct limits_device *device)
{
  return device->type == 'a' && device->major < 0 && device->minor < 0;
}

static int32_t
type_number (char type)
{
  return type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

/* Emits a rule whose type and major number have matched. */
static void
emit_minor (struct emitter *emitter, const struct limits_device *device, uint32_t left)
{
  uint32_t skip = emitter->program->count;
  bool whole = device->allow && (device->access & left) == left;
  if (device->minor >= 0 && whole)
    {
      jump_if (emitter, BPF_JEQ, MINOR, device->minor, TO_ALLOW);
      return;
    }
  if (device->minor >= 0)
    jump_if (emitter, BPF_JNE, MINOR, device->minor, 0);
  emit_verdict (emitter, device, left);
  if (device->minor >= 0)
    land (emitter, skip);
}

/* Emits the rules that share a type and a major number, with one comparison for both. All of them allow, so their order
 * does not matter. */
static uint32_t
emit_major (struct emitter *emitter, const struct limits_device *devices, uint32_t count, uint32_t left)
{
  uint32_t same = 1, skip = emitter->program->count;
  while (same < count && devices[same].type == devices[0].type && devices[same].major == devices[0].major)
    same++;
  if (devices[0].major >= 0)
    jump_if (emitter, BPF_JNE, MAJOR, devices[0].major, 0);
  for (uint32_t i = 0; i < same; i++)
    emit_minor (emitter, &devices[i], left);
  if (devices[0].major >= 0)
    land (emitter, skip);
  return same;
}

static void
emit_types (struct emitter *emitter, const struct limits_device *devices, uint32_t count, uint32_t *left)
{
  for (uint32_t i = 0; i < count;)
    {
      char type = devices[i].type;
      uint32_t skip = emitter->program->count;
      if (type != 'a')
        jump_if (emitter, BPF_JNE, TYPE, type_number (type), 0);
      while (i < count && devices[i].type == type)
        {
          bool all = device_is_every (&devices[i]);
          uint32_t taken = emit_major (emitter, devices + i, count - i, *left);
          *left &= all ? ~devices[i].access : LIMITS_DEVICE_ALL;
          i += taken;
        }
      if (type != 'a')
        land (emitter, skip);
    }
}

static int
by_number (const void *a, const void *b)
{
  const struct limits_device *x = a, *y = b;
  if (x->type != y->type)
    return x->type < y->type ? -1 : 1;
  if (x->major != y->major)
    return x->major < y->major ? -1 : 1;
  return x->minor < y->minor ? -1 : x->minor > y->minor;
}

/* The bits that some rule denies; others need not be checked. */
static uint32_t
denied_bits (const struct limits_device *devices, uint32_t count)
{
  uint32_t bits = 0;
  for (uint32_t i = 0; i < count; i++)
    bits |= devices[i].allow ? 0 : devices[i].access;
  return bits;
}

/* Emits the rules from last to first. left: the bits that no rule for every device has decided. Returns whether the
 * rest is denied. */
static bool
emit_rules (struct emitter *emitter, struct limits_device *devices, uint32_t count)
{
  uint32_t left = denied_bits (devices, count);
  if (left != LIMITS_DEVICE_ALL)
    {
      emit_instruction (emitter, BPF_ALU64 | BPF_AND | BPF_K, ACCESS, 0, 0, (int32_t)left);
      jump_if (emitter, BPF_JEQ, ACCESS, 0, TO_ALLOW);
    }
  while (count > 0)
    {
      uint32_t first = count - 1;
      if (!devices[first].allow && device_is_every (&devices[first]) && (devices[first].access & left) == left)
        return true;
      while (devices[count - 1].allow && first > 0 && devices[first - 1].allow)
        first--;
      qsort (devices + first, count - first, sizeof *devices, by_number);
      emit_types (emitter, devices + first, count - first, &left);
      count = first;
    }
  return false;
}

static uint32_t
emit_return (struct emitter *emitter, int32_t result)
{
  uint32_t at = emitter->program->count;
  emit_instruction (emitter, BPF_ALU64 | BPF_MOV | BPF_K, RESULT, 0, 0, result);
  emit_instruction (emitter, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  return at;
}

static bool
jumps_to (const struct bpf_insn *instruction, int16_t target)
{
  return BPF_CLASS (instruction->code) == BPF_JMP && instruction->off == target;
}

/* Emits the end and resolves the jumps. The second return is emitted only if some jump needs it, because the kernel
 * refuses unreachable instructions. */
static void
emit_end (struct emitter *emitter, bool rest_denied)
{
  struct device_program *program = emitter->program;
  uint32_t end = program->count, other = 0;
  int16_t target = rest_denied ? TO_ALLOW : TO_DENY;
  uint32_t rest = emit_return (emitter, !rest_denied);
  for (uint32_t i = 0; i < end; i++)
    {
      struct bpf_insn *instruction = &program->instructions[i];
      if (jumps_to (instruction, target) && !other)
        other = emit_return (emitter, rest_denied);
      instruction = &program->instructions[i]; /* the array may have moved */
      if (jumps_to (instruction, TO_ALLOW) || jumps_to (instruction, TO_DENY))
        instruction->off = (int16_t)((jumps_to (instruction, target) ? other : rest) - i - 1);
    }
}

int
device_program_compile (const struct limits_device *devices, uint32_t count, struct arena *arena,
                        struct device_program *out, struct error *error)
{
  struct emitter emitter = { arena, out };
  struct limits_device *own = arena_array (arena, struct limits_device, count + 1);
  *out = (struct device_program){ NULL, 0, 0 };
  if (count)
    memcpy (own, devices, count * sizeof *own);
  emit_begin (&emitter);
  emit_end (&emitter, emit_rules (&emitter, own, count));
  if (out->count > BPF_MAXINSNS) /* kernels accept more from callers with CAP_BPF */
    return error_set (error, E2BIG, "the device rules need %u instructions, but the kernel allows %u", out->count,
                      BPF_MAXINSNS);
  return 0;
}
