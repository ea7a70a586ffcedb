/*
 * A profile passed to libseccomp as other runtimes do, and the filter that libseccomp generates.
 */
#ifndef HUSK_TESTS_LIBRARY_H
#define HUSK_TESTS_LIBRARY_H

#include <byteswap.h>
#include <sys/mman.h>
#include <unistd.h>

#include "meaning.h"

struct library_filter
{
  struct sock_filter *program; /* to be freed; NULL: libseccomp does not take this profile */
  uint32_t length;
};

static inline enum scmp_compare
library_operator (int op)
{
  static const enum scmp_compare operators[] = { [SPEC_CMP_NE] = SCMP_CMP_NE,
                                                 [SPEC_CMP_LT] = SCMP_CMP_LT,
                                                 [SPEC_CMP_LE] = SCMP_CMP_LE,
                                                 [SPEC_CMP_EQ] = SCMP_CMP_EQ,
                                                 [SPEC_CMP_GE] = SCMP_CMP_GE,
                                                 [SPEC_CMP_GT] = SCMP_CMP_GT,
                                                 [SPEC_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ };
  return operators[op];
}

/* SCMP_ACT_* are the kernel's SECCOMP_RET_*: meaning_action serves both. */
_Static_assert(SCMP_ACT_KILL_PROCESS == SECCOMP_RET_KILL_PROCESS && SCMP_ACT_ERRNO (7) == (SECCOMP_RET_ERRNO | 7)
                   && SCMP_ACT_TRACE (7) == (SECCOMP_RET_TRACE | 7),
               "actions");

/* A rule that libseccomp refuses for one architecture (-EEXIST: of two rules for a call) is lost for all of them. */
static inline bool
library_add_rule (scmp_filter_ctx context, uint32_t action, const struct spec_seccomp_rule *rule, int number)
{
  struct scmp_arg_cmp conditions[64];
  uint32_t seen = 0;
  bool repeated = false, taken = true;
  if (rule->args.count > 64)
    return false;
  for (uint32_t c = 0; c < rule->args.count; c++)
    {
      const struct spec_seccomp_arg *arg = &rule->args.items[c];
      conditions[c] = (struct scmp_arg_cmp){ (unsigned)arg->index.value, library_operator (arg->op.value),
                                             arg->value.value, arg->value_two.value };
      repeated |= seen >> arg->index.value & 1;
      seen |= 1u << arg->index.value;
    }
  if (!repeated)
    return seccomp_rule_add_array (context, action, number, rule->args.count, conditions) == 0;
  for (uint32_t c = 0; c < rule->args.count; c++) /* libseccomp refuses these rules: each condition is added alone */
    taken &= seccomp_rule_add_array (context, action, number, 1, &conditions[c]) == 0;
  return taken;
}

static inline bool
library_add_rules (scmp_filter_ctx context, const struct spec_seccomp *profile, uint32_t standard)
{
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      uint32_t action = meaning_action (&rule->action, &rule->errno_ret);
      for (uint32_t n = 0; n < rule->names.count && action != standard; n++)
        {
          int number = seccomp_syscall_resolve_name (rule->names.items[n]);
          char *back = seccomp_syscall_resolve_num_arch (SCMP_ARCH_NATIVE, number);
          bool same = !back || strcmp (back, rule->names.items[n]) == 0; /* two names have one pseudo number in 2.5 */
          free (back);
          if (number != __NR_SCMP_ERROR && (!same || !library_add_rule (context, action, rule, number)))
            return false;
        }
    }
  return true;
}

static inline bool
machine_big_endian (const struct machine *machine)
{
  return !(machine->token & __AUDIT_ARCH_LE);
}

/* The data of libseccomp's returns: only an errno. */
static inline bool
library_returns (uint32_t word)
{
  uint32_t action = word & SECCOMP_RET_ACTION_FULL, data = word & SECCOMP_RET_DATA;
  if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
    return data <= 4095;
  return data == 0
         && (action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD || action == SECCOMP_RET_TRAP
             || action == SECCOMP_RET_USER_NOTIF || action == SECCOMP_RET_LOG || action == SECCOMP_RET_ALLOW);
}

/* From the other byte order to this machine's. The actions of some returns are in this machine's already. */
static inline void
library_swap (struct library_filter *filter)
{
  for (uint32_t i = 0; i < filter->length; i++)
    {
      struct sock_filter *at = &filter->program[i];
      at->code = bswap_16 (at->code);
      if (at->code != (BPF_RET | BPF_K) || library_returns (bswap_32 (at->k)))
        at->k = bswap_32 (at->k);
    }
}

/* One filter of libseccomp's has architectures of one byte order only, and its words are in that order. */
static inline struct library_filter
library_compile (const struct spec_seccomp *profile, bool big_endian, uint32_t optimize)
{
  struct library_filter filter = { 0 };
  uint32_t standard = meaning_action (&profile->default_action, &profile->default_errno_ret);
  bool here = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, taken = true;
  scmp_filter_ctx context = seccomp_init (standard);
  if (!context)
    return filter;
  if (big_endian != here)
    assert_int_equal (seccomp_arch_remove (context, SCMP_ARCH_NATIVE), 0);
  for (size_t m = 0; m < MACHINE_COUNT; m++)
    if (machine_big_endian (&machines[m]) == big_endian && machine_listed (profile, &machines[m]))
      {
        int result = seccomp_arch_add (context, machines[m].token);
        taken &= result == 0 || result == -EEXIST; /* the native one is there */
      }
  if (optimize) /* 2: a tree of numbers */
    (void)seccomp_attr_set (context, SCMP_FLTATR_CTL_OPTIMIZE, optimize);
  int fd = memfd_create ("bpf", 0);
  if (taken && library_add_rules (context, profile, standard) && seccomp_export_bpf (context, fd) == 0)
    {
      size_t size = (size_t)lseek (fd, 0, SEEK_END);
      filter.program = malloc (size);
      assert_int_equal (pread (fd, filter.program, size, 0), size);
      filter.length = (uint32_t)(size / sizeof *filter.program);
    }
  (void)close (fd);
  seccomp_release (context);
  if (big_endian != here)
    library_swap (&filter);
  return filter;
}

/* Whether the program looks at the number of a call of that architecture: libseccomp 2.5 makes some that compare the
 * architecture's value with the numbers instead. Only the path to the first return is walked. */
static inline bool
library_loads_number (const struct library_filter *filter, uint32_t audit)
{
  for (uint32_t pc = 0; pc < filter->length; pc++)
    {
      const struct sock_filter *at = &filter->program[pc];
      if (BPF_CLASS (at->code) == BPF_RET)
        return false;
      if (at->code == (BPF_LD | BPF_W | BPF_ABS) && at->k == offsetof (struct seccomp_data, nr))
        return true;
      if (at->code == (BPF_JMP | BPF_JA))
        pc += at->k;
      else if (BPF_CLASS (at->code) == BPF_JMP)
        pc += at->k == audit ? at->jt : at->jf;
    }
  return false;
}

/* Whether libseccomp's verdicts on a number can be held against a profile's meaning. Not where it is too old for the
 * call. Not where rules with different
 * actions meet: it does not keep their order and drops some. Nor, of several rules, where one compares by order or has
 * several conditions: when a condition has failed libseccomp 2.5 does not try all other rules, or tries them on the
 * wrong word of an argument. */
static inline bool
library_decides (const struct meaning *meaning, uint32_t number)
{
  const struct spec_seccomp_rule *first = NULL;
  uint32_t alternatives = 0;
  bool intricate = false;
  for (uint32_t m = 0; m < meaning->count; m++)
    {
      const struct spec_seccomp_rule *rule = meaning->mentions[m].rule;
      uint32_t seen = 0, conditions = meaning->mentions[m].call != 0;
      if (meaning->mentions[m].number != number)
        continue;
      if (meaning->mentions[m].recent)
        return false;
      if (first
          && meaning_action (&first->action, &first->errno_ret) != meaning_action (&rule->action, &rule->errno_ret))
        return false;
      first = rule;
      alternatives++;
      for (uint32_t i = 0; i < rule->args.count; i++)
        {
          const struct spec_seccomp_arg *arg = &rule->args.items[i];
          intricate |= arg->op.value == SPEC_CMP_LT || arg->op.value == SPEC_CMP_LE || arg->op.value == SPEC_CMP_GE
                       || arg->op.value == SPEC_CMP_GT;
          conditions += !meaning->mentions[m].call || arg->index.value != 0;
          alternatives += seen >> arg->index.value & 1;
          seen |= 1u << arg->index.value;
        }
      intricate |= conditions > 1;
    }
  return !intricate || alternatives == 1;
}

#endif
