/*
 * libFuzzer: any bytes as a seccomp profile, to the program that the kernel loads. The kernel must be able to take it
 * (seccomp_check_filter), it ends with a verdict for any call, and lint only prints.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "husk/calls.h"
#include "husk/profile.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
must (bool holds)
{
  if (!holds)
    abort ();
}

/* As kernel/seccomp.c and net/core/filter.c check it. */
static void
check_program (const struct seccomp_filter *filter)
{
  must (filter->length > 0 && filter->length <= 4096);
  for (uint32_t i = 0; i < filter->length; i++)
    {
      const struct sock_filter *at = &filter->program[i];
      uint32_t left = filter->length - i - 1;
      switch (at->code)
        {
        case BPF_LD | BPF_W | BPF_ABS:
          must (at->k % 4 == 0 && at->k < sizeof (struct seccomp_data));
          break;
        case BPF_JMP | BPF_JA:
          must (at->k < left);
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_K:
          must (at->jt < left && at->jf < left);
          break;
        case BPF_ALU | BPF_AND | BPF_K:
        case BPF_RET | BPF_K:
          break;
        default:
          abort ();
        }
    }
  must (filter->program[filter->length - 1].code == (BPF_RET | BPF_K));
}

static void
run_program (const struct seccomp_filter *filter, const uint8_t *bytes, size_t size)
{
  static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_S390X, 0 };
  for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
    for (int number = -1; number < 512; number += 19)
      {
        struct seccomp_data call = { .nr = number, .arch = archs[i] };
        memcpy (call.args, bytes, size < sizeof call.args ? size : sizeof call.args);
        (void)seccomp_interpret (filter->program, filter->length, &call);
      }
}

static void
compile (const uint8_t *data, size_t size, struct arena *arena)
{
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_seccomp profile;
  struct seccomp_filter filter;
  /* a resource may name itself as its base */
  struct json_document base;
  struct profile_bases bases = { &base, size % 3 > 0 };
  struct profile_target target = { "SCMP_ARCH_X86_64", LINUX (4, 8), size % 5 ? 0x5555555555555555 : 0 };
  int result = json_parse (arena_copy (arena, (const char *)data, size), size, "profile", arena, &document, &error);
  base = document;
  if (result == 0)
    result = profile_read (&document, &target, &bases, arena, &profile, &report);
  if (result == 0)
    result = seccomp_compile_as (&document, &profile, size % 2, arena, &filter, &report);
  must (result == 0 || error.set); /* a refusal must say why */
  if (result < 0)
    return;
  check_program (&filter);
  run_program (&filter, data, size);
  profile_lint (&document, &profile, &filter, &report);
  struct profile_side own = { &document, &profile, &filter };
  profile_compare_engines (&own, &target, size % 2, arena, &report);
  must (profile_json (&profile, arena, &error) != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct arena arena;
  must (arena_open (&arena, 1ul << 30) == 0);
  compile (data, size, &arena);
  arena_close (&arena);
  return 0;
}
