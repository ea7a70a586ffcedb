/*
 * Small profiles by chance, and all that can be asked of them: they name few calls and compare with few values, so that
 * the arguments of all_values have one of each kind that their conditions tell apart, whatever these are.
 */
#ifndef HUSK_TESTS_SMALL_H
#define HUSK_TESTS_SMALL_H

#include "generate.h"

static const char *const small_names[]
    = { "read", "socket", "shmget", "socketcall", "personality", "statmount", "no_such_call", "write" };
#define SMALL_NAMES (sizeof small_names / sizeof *small_names)
static const char *const small_actions[]
    = { "KILL_PROCESS", "KILL", "TRAP", "ERRNO", "NOTIFY", "TRACE", "LOG", "ALLOW" };
#define SMALL_ACTIONS (sizeof small_actions / sizeof *small_actions)
static const char *const small_operators[] = { "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ" };
static const char *const small_archs[] = { "X86_64", "X86", "X32", "S390X", "AARCH64" };
#define SMALL_ARCHS (sizeof small_archs / sizeof *small_archs)

struct small_condition
{
  uint32_t index, operator;
  uint64_t value, second;
};
struct small_rule
{
  uint32_t name, action, code, count;
  struct small_condition conditions[3];
};
struct small
{
  uint32_t archs; /* 1 << index */
  uint32_t standard, code, count;
  struct small_rule rules[8];
};

/* Below 4, or all bits: beside bits 0 and 1 the others are told apart only together; in the upper half but for bit 32.
 */
static inline uint64_t
small_value (struct chance *chance, bool wide)
{
  uint64_t low = chance_below (chance, 8) ? chance_below (chance, 4) : UINT32_MAX;
  return wide && chance_below (chance, 3) == 0 ? low | 1ull << 32 : low;
}

static inline uint64_t
small_mask (struct chance *chance, bool wide)
{
  static const uint64_t masks[] = { 1, 2, 3, UINT32_MAX, UINT64_MAX, 1ull << 32, 0xFFFFFFFF00000000, 0x100000003 };
  return masks[chance_below (chance, wide ? 8 : 5)];
}

static inline void
small_make_rule (struct small_rule *rule, struct chance *chance, uint32_t actions, bool wide)
{
  rule->name = chance_below (chance, SMALL_NAMES);
  rule->action = chance_below (chance, actions) ? SMALL_ACTIONS - 1 - chance_below (chance, actions) : 3;
  rule->code = chance_below (chance, 3);
  rule->count = chance_below (chance, 4) ? 1 + (chance_below (chance, 3) == 0) : chance_below (chance, 2) * 3;
  for (uint32_t c = 0; c < rule->count; c++)
    {
      struct small_condition *condition = &rule->conditions[c];
      condition->operator= chance_below (chance, 7);
      condition->index = chance_below (chance, 2);
      bool masked = condition->operator== 6;
      condition->value = masked ? small_mask (chance, wide) : small_value (chance, wide);
      condition->second = small_value (chance, wide) & (masked ? condition->value : UINT64_MAX);
    }
}

/* actions: from ALLOW down, so many; 2 is what most profiles of the wild have. */
static inline void
small_make (struct small *small, struct chance *chance, uint32_t actions, bool wide)
{
  small->archs = 1u << chance_below (chance, SMALL_ARCHS) | chance_below (chance, 1u << SMALL_ARCHS);
  small->standard = chance_below (chance, 4) ? 3 : SMALL_ACTIONS - 1 - chance_below (chance, actions);
  small->code = 0;
  small->count = chance_below (chance, 6);
  for (uint32_t r = 0; r < small->count; r++)
    small_make_rule (&small->rules[r], chance, actions, wide);
}

/* Another that is much the same. */
static inline void
small_change (struct small *small, struct chance *chance, uint32_t actions, bool wide)
{
  struct small_rule *rule = &small->rules[small->count ? chance_below (chance, small->count) : 0];
  switch (chance_below (chance, 6))
    {
    case 0:
      small->archs ^= 1u << chance_below (chance, SMALL_ARCHS);
      break;
    case 1:
      if (small->count)
        *rule = small->rules[--small->count];
      break;
    case 2:
      if (small->count < 8)
        small_make_rule (&small->rules[small->count++], chance, actions, wide);
      break;
    case 3:
      if (small->count && rule->count && rule->conditions[0].operator!= 6) /* a mask is not one of the values */
        rule->conditions[0].operator= chance_below (chance, 6);
      break;
    case 4:
      if (small->count && rule->count)
        rule->conditions[0].value = small_value (chance, wide);
      break;
    default:
      if (small->count)
        rule->action = 3;
    }
}

static inline void
small_write_action (const char *key, const char *code_key, uint32_t action, uint32_t code, struct generated *to)
{
  generated_add (to, "\"%s\":\"SCMP_ACT_%s\"", key, small_actions[action]);
  if ((action == 3 || action == 5) && code)
    generated_add (to, ",\"%s\":%u", code_key, code);
}

static inline void
small_write (const struct small *small, struct generated *to)
{
  to->used = 0;
  generated_add (to, "{");
  small_write_action ("defaultAction", "defaultErrnoRet", small->standard, small->code, to);
  generated_add (to, ",\"listenerPath\":\"/agent\",\"architectures\":[");
  for (uint32_t a = 0, count = 0; a < SMALL_ARCHS; a++)
    if (small->archs >> a & 1)
      generated_add (to, "%s\"SCMP_ARCH_%s\"", count++ ? "," : "", small_archs[a]);
  generated_add (to, "],\"syscalls\":[");
  for (uint32_t r = 0; r < small->count; r++)
    {
      const struct small_rule *rule = &small->rules[r];
      generated_add (to, "%s{\"names\":[\"%s\"],", r ? "," : "", small_names[rule->name]);
      small_write_action ("action", "errnoRet", rule->action, rule->code, to);
      generated_add (to, ",\"args\":[");
      for (uint32_t c = 0; c < rule->count; c++)
        generated_add (to, "%s{\"index\":%u,\"value\":%llu,\"valueTwo\":%llu,\"op\":\"SCMP_CMP_%s\"}", c ? "," : "",
                       rule->conditions[c].index, (unsigned long long)rule->conditions[c].value,
                       (unsigned long long)rule->conditions[c].second, small_operators[rule->conditions[c].operator]);
      generated_add (to, "]}");
    }
  generated_add (to, "]}");
}

/* ---- all that can be asked -------------------------------------------------------------------------------------- */

/* One of each kind that small_value and small_mask tell apart, and those that socketcall and ipc ask for: values of
 * that many upper halves. */
static inline uint32_t
small_all_values (uint64_t halves, uint64_t out[64])
{
  static const uint32_t lows[]
      = { 0, 1, 2, 3, 4, 5, 6, 7, 23, UINT32_MAX - 3, UINT32_MAX - 2, UINT32_MAX - 1, UINT32_MAX };
  uint32_t count = 0;
  for (uint64_t high = 0; high < halves; high++)
    for (size_t i = 0; i < sizeof lows / sizeof *lows; i++)
      out[count++] = high << 32 | lows[i];
  return count;
}

typedef void small_visit (void *context, const struct machine *machine, uint32_t number, const uint64_t arguments[6]);

/* The numbers of one architecture: those of small_names, the multiplexing ones, and one that is none. */
static inline uint32_t
small_numbers (const struct machine *machine, uint32_t out[32])
{
  static const char *const more[] = { "ipc" };
  uint32_t count = 0, base = machine->token == SCMP_ARCH_X32 ? 0x40000000 : 0;
  for (size_t n = 0; n < SMALL_NAMES + 1; n++)
    {
      const char *name = n < SMALL_NAMES ? small_names[n] : more[0];
      int number = seccomp_syscall_resolve_name_arch (machine->token, name);
      if (number == __NR_SCMP_ERROR)
        number = machine_recent (machine, name);
      if (number < -1)
        number = machine_direct (machine, name);
      if (number >= 0)
        out[count++] = (uint32_t)number;
    }
  out[count++] = base + 700;
  return count;
}

/* Every call of small profiles on an architecture. Arguments are varied that some rule in either meaning looks at. */
static inline void
small_visit_machine (const struct meaning *one, const struct meaning *two, bool wide, small_visit *visit, void *context)
{
  uint64_t values[64], arguments[6] = { 0 };
  uint32_t numbers[32], number_count = small_numbers (one->machine, numbers);
  uint32_t count = small_all_values (!one->machine->wide ? 1 : wide ? 4 : 2, values);
  const struct meaning *both[] = { one, two };
  for (uint32_t n = 0; n < number_count; n++)
    {
      bool asked[2] = { false, false };
      for (int side = 0; side < 2; side++)
        for (uint32_t m = 0; m < both[side]->count; m++)
          {
            const struct mention *mention = &both[side]->mentions[m];
            asked[0] |= mention->number == numbers[n] && mention->call;
            for (uint32_t c = 0; mention->number == numbers[n] && c < mention->rule->args.count; c++)
              asked[mention->rule->args.items[c].index.value] = true;
          }
      for (uint32_t first = 0; first < (asked[0] ? count : 1); first++)
        for (uint32_t second = 0; second < (asked[1] ? count : 1); second++)
          {
            arguments[0] = values[first];
            arguments[1] = values[second];
            visit (context, one->machine, numbers[n], arguments);
          }
    }
}

/* ---- compiled --------------------------------------------------------------------------------------------------- */

struct small_side
{
  struct json_document document;
  struct spec_seccomp profile;
  struct seccomp_filter filter;
};

/* Without the age of profiles, of which meaning.h knows nothing (test_age.c). */
static inline void
small_compile (const char *text, struct arena *arena, struct small_side *out)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  memset (out, 0, sizeof *out);
  if (json_parse (arena_string (arena, text), strlen (text), "profile", arena, &out->document, &error) < 0
      || spec_decode_seccomp (&out->document, arena, &out->profile, &report) < 0
      || seccomp_compile_as (&out->document, &out->profile, true, arena, &out->filter, &report) < 0)
    fail_msg ("%s %s: %s", error.place, error.text, text);
}

static inline struct profile_side
small_side_of (const struct small_side *side)
{
  return (struct profile_side){ &side->document, &side->profile, &side->filter };
}

/* The kernel's order, from the strictest on, as seccomp(2) lists it, with success as the loosest errno. */
static inline int
action_rank (uint32_t verdict)
{
  static const uint32_t order[]
      = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
          SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,  SECCOMP_RET_ALLOW };
  int rank = 0;
  while (rank < 7 && order[rank] != (verdict & SECCOMP_RET_ACTION_FULL))
    rank++;
  return 2 * rank + (verdict == SECCOMP_RET_ERRNO);
}

static inline uint64_t
setting (const char *name, uint64_t otherwise)
{
  const char *text = getenv (name);
  return text && *text ? strtoull (text, NULL, 0) : otherwise;
}

#endif
