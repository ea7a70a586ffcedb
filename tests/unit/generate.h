/*
 * Random profiles, as text: everything that a profile may contain about calls.
 */
#ifndef HUSK_TESTS_GENERATE_H
#define HUSK_TESTS_GENERATE_H

#include "boundaries.h"

struct generated
{
  char text[65536];
  size_t used;
};

static inline void generated_add (struct generated *to, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
static inline void
generated_add (struct generated *to, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  to->used += (size_t)vsnprintf (to->text + to->used, sizeof to->text - to->used, format, arguments);
  va_end (arguments);
  assert_true (to->used < sizeof to->text);
}

static inline void
generate_action (struct generated *to, struct chance *chance, const char *action, const char *code)
{
  static const char *const actions[]
      = { "ALLOW", "ERRNO", "ERRNO", "KILL", "KILL_THREAD", "KILL_PROCESS", "TRAP", "TRACE", "LOG", "NOTIFY" };
  const char *word = actions[chance_below (chance, 10)];
  generated_add (to, "\"%s\":\"SCMP_ACT_%s\"", action, word);
  if ((strcmp (word, "ERRNO") == 0 || strcmp (word, "TRACE") == 0) && chance_below (chance, 2))
    generated_add (to, ",\"%s\":%u", code,
                   chance_below (chance, 4) ? chance_below (chance, 40) : chance_below (chance, 4096));
}

static inline uint64_t
generate_value (struct chance *chance)
{
  static const uint64_t values[] = { 0,
                                     1,
                                     2,
                                     40,
                                     0x7FFFFFFF,
                                     0x80000000,
                                     0xFFFFFFFF,
                                     0x100000000,
                                     0x100000005,
                                     0x7E020000,
                                     0x7FFFFFFFFFFFFFFF,
                                     0x8000000000000000,
                                     0xFFFFFFFF00000000,
                                     UINT64_MAX };
  switch (chance_below (chance, 4))
    {
    case 0:
      return chance_below (chance, 32);
    case 1:
      return chance_word (chance);
    case 2:
      return chance_word (chance) >> chance_below (chance, 64);
    default:
      return values[chance_below (chance, sizeof values / sizeof *values)];
    }
}

/* One that came with Linux 5.12 or later, which libseccomp may not know. */
static inline const char *
generate_new_name (struct chance *chance)
{
  const struct call_line *line;
  read_calls ();
  do
    line = &call_lines[chance_below (chance, call_line_count)];
  while (line->since < LINUX (5, 12));
  return line->name;
}

/* A name from any architecture; those that are multiplexed or on few architectures come more often. */
static inline void
generate_name (struct generated *to, struct chance *chance)
{
  static const char *const special[] = { "socket",
                                         "accept",
                                         "accept4",
                                         "sendto",
                                         "recvmmsg",
                                         "sendmmsg",
                                         "shmget",
                                         "shmat",
                                         "semop",
                                         "semtimedop",
                                         "msgrcv",
                                         "ipc",
                                         "socketcall",
                                         "send",
                                         "recv",
                                         "mmap2",
                                         "_llseek",
                                         "cacheflush",
                                         "set_tls",
                                         "breakpoint",
                                         "personality",
                                         "clone",
                                         "ioctl",
                                         "execve",
                                         "s390_runtime_instr",
                                         "riscv_flush_icache",
                                         "sysmips",
                                         "no_such_call",
                                         "read",
                                         "write",
                                         "openat",
                                         "prctl" };
  static const uint32_t bases[] = { 0, 0, 0, 4000, 5000, 6000, 0x40000000 };
  char *found = NULL;
  if (chance_below (chance, 8) == 0)
    {
      generated_add (to, "\"%s\"", generate_new_name (chance));
      return;
    }
  for (int attempt = 0; !found && attempt < 4 && chance_below (chance, 3); attempt++)
    found = seccomp_syscall_resolve_num_arch (machines[chance_below (chance, MACHINE_COUNT)].token,
                                              (int)(bases[chance_below (chance, 7)] + chance_below (chance, 460)));
  generated_add (to, "\"%s\"", found ? found : special[chance_below (chance, sizeof special / sizeof *special)]);
  free (found);
}

static inline void
generate_conditions (struct generated *to, struct chance *chance)
{
  static const char *const operators[] = { "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ" };
  uint32_t count = chance_below (chance, 8) ? chance_below (chance, 4) : chance_below (chance, 7);
  uint32_t first = chance_below (chance, 6), repeat = chance_below (chance, 8) == 0;
  for (uint32_t c = 0; c < count; c++)
    {
      uint32_t index = repeat ? chance_below (chance, 3) : (first + c) % 6;
      const char *operator= operators[chance_below (chance, 7)];
      uint64_t value = generate_value (chance), second = generate_value (chance);
      if (chance_below (chance, 2)) /* else bits outside of the mask */
        second &= value;
      generated_add (to, "%s{\"index\":%u,\"value\":%llu,\"op\":\"SCMP_CMP_%s\"", c ? "," : "", index,
                     (unsigned long long)value, operator);
      if (operator[0] == 'M' || chance_below (chance, 4) == 0)
        generated_add (to, ",\"valueTwo\":%llu", (unsigned long long)second);
      generated_add (to, "}");
    }
}

static inline void
generate_rule (struct generated *to, struct chance *chance, const char *again, char *name)
{
  uint32_t names = again ? 1 : chance_below (chance, 10) ? 1 + chance_below (chance, 3) : 1 + chance_below (chance, 60);
  generated_add (to, "{\"names\":[");
  size_t start = to->used;
  if (again)
    generated_add (to, "%s", again);
  for (uint32_t n = 0; !again && n < names; n++)
    {
      generated_add (to, "%s", n ? "," : "");
      start = to->used;
      generate_name (to, chance);
    }
  (void)snprintf (name, 64, "%s", to->text + start);
  generated_add (to, "],");
  generate_action (to, chance, "action", "errnoRet");
  generated_add (to, ",\"args\":[");
  if (chance_below (chance, 3))
    generate_conditions (to, chance);
  generated_add (to, "]}");
}

static inline void
generate_profile (struct generated *to, struct chance *chance)
{
  uint32_t rules = chance_below (chance, 20) ? chance_below (chance, 10) : chance_below (chance, 60);
  uint32_t share = 2 + chance_below (chance, 10); /* of the architectures one in so many */
  char name[64] = "";
  to->used = 0;
  generated_add (to, "{");
  generate_action (to, chance, "defaultAction", "defaultErrnoRet");
  generated_add (to, ",\"listenerPath\":\"/agent\",\"architectures\":[");
  for (size_t m = 0, count = 0; m < MACHINE_COUNT; m++)
    if (chance_below (chance, m < 3 ? 2 : share) == 0)
      generated_add (to, "%s\"%s\"", count++ ? "," : "", machines[m].name);
  generated_add (to, "],\"syscalls\":[");
  for (uint32_t r = 0; r < rules; r++)
    {
      generated_add (to, "%s", r ? "," : "");
      generate_rule (to, chance, r && chance_below (chance, 3) == 0 ? name : NULL, name);
    }
  generated_add (to, "]}");
}

#endif
