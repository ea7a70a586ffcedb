/*
 * libFuzzer: any bytes as a profile in docker's format, resolved for three containers. What is resolved and printed in
 * the specification's format is read again, and the filters of both have the same verdict on every call; or there is
 * one error that says why. (fuzz_profile has the other formats, and what the kernel thinks of the program.)
 */
#include <string.h>

#include "husk/calls.h"
#include "husk/foreign.h"
#include "husk/profile.h"
#include "must.h"

static const struct profile_target targets[] = {
  { "SCMP_ARCH_X86_64", LINUX (6, 1), 0 },
  { "SCMP_ARCH_AARCH64", LINUX (4, 8), 0x00000000a80425fb },
  { "SCMP_ARCH_S390X", LINUX (3, 10), ~0ull },
};

static void
compare (const struct seccomp_filter *one, const struct seccomp_filter *other, const uint8_t *bytes, size_t size)
{
  struct seccomp_data call = { 0 };
  memcpy (call.args, bytes, size < sizeof call.args ? size : sizeof call.args);
  must (one->flags == other->flags && one->notify == other->notify);
  for (uint32_t i = 0; arch_at (i); i++)
    for (int number = 0; number < 480; number++)
      {
        call.arch = arch_at (i)->audit;
        call.nr = arch_base (arch_at (i)) + number;
        must (seccomp_interpret (one->program, one->length, &call)
              == seccomp_interpret (other->program, other->length, &call));
      }
}

static void
resolve (const uint8_t *data, size_t size, const struct profile_target *target, struct arena *arena)
{
  struct json_document document, printed;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_seccomp profile, again;
  struct seccomp_filter filter, second;
  if (json_parse (arena_copy (arena, (const char *)data, size), size, "profile", arena, &document, &error) < 0
      || foreign_format (&document) != PROFILE_DOCKER)
    return;
  int result = profile_read (&document, target, NULL, arena, &profile, &report);
  if (result == 0)
    result = seccomp_compile (&document, &profile, arena, &filter, &report);
  must (result == 0 || error.set);
  if (result < 0)
    return;
  char *text = profile_json (&profile, arena, &error);
  must (text != NULL);
  must (json_parse (text, strlen (text), "printed", arena, &printed, &error) == 0);
  must (foreign_format (&printed) == PROFILE_OCI);
  must (spec_decode_seccomp (&printed, arena, &again, &report) == 0);
  must (seccomp_compile (&printed, &again, arena, &second, &report) == 0);
  compare (&filter, &second, data, size);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
    {
      struct arena arena;
      must (arena_open (&arena, 1ul << 30) == 0);
      resolve (data, size, &targets[i], &arena);
      arena_close (&arena);
    }
  return 0;
}
