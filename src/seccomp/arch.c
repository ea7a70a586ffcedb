/*
 * The table of architectures for src/seccomp and src/profile, and the ways to find one: by the name in a profile, by
 * what a user writes, by a call that was made. x86_64 and x32 share one AUDIT_ARCH_*, and most searches take the first
 * entry, so x86_64 must come before x32. An architecture that an older libseccomp lacks needs its #ifdef in both
 * tables.
 */
#include "filter.h"

#include <ctype.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

/* The #ifdefs are for an older libseccomp. */
static const struct arch archs[] = {
  { "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, true, false, -1, -1, ABI_X86_64 },
  { "SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, false, false, 102, 117, ABI_X86 },
  { "SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, false, false, -1, -1, ABI_X32 },
  { "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, true, false, -1, -1, ABI_AARCH64 },
  { "SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, false, false, -1, -1, ABI_ARM },
  { "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, AUDIT_ARCH_MIPS, false, true, 4102, 4117, ABI_MIPS },
  { "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, AUDIT_ARCH_MIPS64, true, true, -1, -1, ABI_MIPS64 },
  { "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, AUDIT_ARCH_MIPS64N32, false, true, -1, -1, ABI_MIPS64N32 },
  { "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, AUDIT_ARCH_MIPSEL, false, false, 4102, 4117, ABI_MIPS },
  { "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL64, true, false, -1, -1, ABI_MIPS64 },
  { "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32, false, false, -1, -1, ABI_MIPS64N32 },
  { "SCMP_ARCH_PPC", SCMP_ARCH_PPC, AUDIT_ARCH_PPC, false, true, 102, 117, ABI_PPC },
  { "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, AUDIT_ARCH_PPC64, true, true, 102, 117, ABI_PPC64 },
  { "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE, true, false, 102, 117, ABI_PPC64 },
  { "SCMP_ARCH_S390", SCMP_ARCH_S390, AUDIT_ARCH_S390, false, true, 102, 117, ABI_S390 },
  { "SCMP_ARCH_S390X", SCMP_ARCH_S390X, AUDIT_ARCH_S390X, true, true, 102, 117, ABI_S390X },
  { "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC, AUDIT_ARCH_PARISC, false, true, -1, -1, ABI_PARISC },
  { "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64, AUDIT_ARCH_PARISC64, true, true, -1, -1, ABI_PARISC64 },
  { "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64, true, false, -1, -1, ABI_RISCV64 },
#ifdef SCMP_ARCH_LOONGARCH64
  { "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64, AUDIT_ARCH_LOONGARCH64, true, false, -1, -1, ABI_LOONGARCH64 },
#endif
#ifdef SCMP_ARCH_M68K
  { "SCMP_ARCH_M68K", SCMP_ARCH_M68K, AUDIT_ARCH_M68K, false, true, 102, 117, ABI_M68K },
#endif
#ifdef SCMP_ARCH_SH
  { "SCMP_ARCH_SH", SCMP_ARCH_SH, AUDIT_ARCH_SHEL, false, false, 102, 117, ABI_SH },
  { "SCMP_ARCH_SHEB", SCMP_ARCH_SHEB, AUDIT_ARCH_SH, false, true, 102, 117, ABI_SH },
#endif
};
#define ARCH_COUNT (sizeof archs / sizeof archs[0])

/* The architectures of the specification that this libseccomp is too old to know. */
static const char *const newer[] = {
#ifndef SCMP_ARCH_LOONGARCH64
  "SCMP_ARCH_LOONGARCH64",
#endif
#ifndef SCMP_ARCH_M68K
  "SCMP_ARCH_M68K",
#endif
#ifndef SCMP_ARCH_SH
  "SCMP_ARCH_SH",
  "SCMP_ARCH_SHEB",
#endif
  NULL,
};

bool
arch_is_newer (const char *name)
{
  for (size_t i = 0; newer[i]; i++)
    if (strcmp (newer[i], name) == 0)
      return true;
  return false;
}

const struct arch *
arch_of_name (const char *name)
{
  for (size_t i = 0; i < ARCH_COUNT; i++)
    if (strcmp (archs[i].name, name) == 0)
      return &archs[i];
  return NULL;
}

const char *
arch_nearest (const char *name)
{
  struct json_name names[ARCH_COUNT + 1] = { { NULL, 0 } };
  for (size_t i = 0; i < ARCH_COUNT; i++)
    names[i].text = archs[i].name;
  return json_nearest (name, names);
}

int
arch_base (const struct arch *arch)
{
  switch (arch->abi)
    {
    case ABI_X32:
      return X32_BIT;
    case ABI_MIPS:
      return 4000;
    case ABI_MIPS64:
      return 5000;
    case ABI_MIPS64N32:
      return 6000;
    default:
      return 0;
    }
}

/* ARM has calls of its own beyond. */
struct call_span
arch_span (const struct arch *arch, uint32_t index)
{
  int base = arch_base (arch);
  if (index == 0)
    return (struct call_span){ base, base + 1000 };
  if (index == 1 && strcmp (arch->name, "SCMP_ARCH_ARM") == 0)
    return (struct call_span){ 0xf0000, 0xf0010 };
  return (struct call_span){ 0, 0 };
}

uint32_t
seccomp_native_arch (void)
{
#if defined(__x86_64__)
  return AUDIT_ARCH_X86_64;
#elif defined(__i386__)
  return AUDIT_ARCH_I386;
#elif defined(__aarch64__)
  return AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
  return AUDIT_ARCH_ARM;
#elif defined(__riscv) && __riscv_xlen == 64
  return AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
  return AUDIT_ARCH_PPC64LE;
#elif defined(__s390x__)
  return AUDIT_ARCH_S390X;
#elif defined(__loongarch64)
  return AUDIT_ARCH_LOONGARCH64;
#else
#error "add this architecture to src/seccomp/arch.c"
#endif
}

const struct arch *
arch_native (void)
{
  for (size_t i = 0; i < ARCH_COUNT; i++)
    if (archs[i].audit == seccomp_native_arch ())
      return &archs[i];
  return &archs[0];
}

const struct arch *
arch_find (const char *name, struct error *error)
{
  char full[64];
  if (!name)
    return arch_native ();
  (void)snprintf (full, sizeof full, "%s%.40s", strncmp (name, "SCMP_ARCH_", 10) == 0 ? "" : "SCMP_ARCH_", name);
  for (char *letter = full; *letter; letter++)
    *letter = (char)toupper ((unsigned char)*letter);
  const struct arch *arch = arch_of_name (full);
  if (!arch && arch_is_newer (full))
    (void)error_set (error, 0, "libseccomp does not know %s", full);
  else if (!arch)
    {
      const char *nearest = arch_nearest (full);
      (void)error_set (error, 0, "\"%.40s\" is not an architecture", name);
      if (nearest)
        error_hint (error, "did you mean %s?", nearest);
    }
  return arch;
}

const struct arch *
arch_at (uint32_t index)
{
  return index < ARCH_COUNT ? &archs[index] : NULL;
}

const char *
seccomp_arch_name (uint32_t index)
{
  return index < ARCH_COUNT ? archs[index].name : NULL;
}

void
seccomp_library_version (char out[40])
{
  const struct scmp_version *version = seccomp_version ();
  out[0] = '\0';
  if (version)
    (void)snprintf (out, 40, "%u.%u.%u", version->major, version->minor, version->micro);
}

struct seccomp_data
arch_call (const struct arch *arch, int number, const uint64_t arguments[6])
{
  bool same = arch->big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
  struct seccomp_data data = { .nr = number, .arch = arch->audit };
  for (int i = 0; i < 6; i++)
    data.args[i] = same ? arguments[i] : arguments[i] << 32 | arguments[i] >> 32;
  return data;
}

const char *
arch_name_of_audit (uint32_t audit)
{
  for (size_t i = 0; i < ARCH_COUNT; i++)
    if (archs[i].audit == audit)
      return archs[i].name;
  return NULL;
}

const char *
arch_short_name (const struct arch *arch, struct arena *arena)
{
  char *name = arena_string (arena, arch->name + strlen ("SCMP_ARCH_"));
  for (char *letter = name; *letter; letter++)
    *letter = (char)tolower ((unsigned char)*letter);
  return name;
}

bool
arch_in_profile (const struct arch *arch, const struct spec_seccomp *profile)
{
  for (uint32_t i = 0; i < profile->architectures.count; i++)
    if (arch_of_name (profile->architectures.items[i]) == arch)
      return true;
  return arch == arch_native ();
}

const struct arch *
arch_of_data (const struct seccomp_data *data)
{
  /* as in the filter: all numbers from X32_BIT on, except the -1 of a call that a tracer has skipped */
  bool x32 = data->arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr >= X32_BIT && data->nr != -1;
  for (size_t i = 0; i < ARCH_COUNT; i++)
    if (archs[i].audit == data->arch && (strcmp (archs[i].name, "SCMP_ARCH_X32") == 0) == x32)
      return &archs[i];
  return NULL;
}

const char *
seccomp_data_arch (const struct seccomp_data *data, char out[24])
{
  const struct arch *arch = arch_of_data (data);
  if (!arch)
    return NULL;
  (void)snprintf (out, 24, "%s", arch->name + strlen ("SCMP_ARCH_"));
  for (char *letter = out; *letter; letter++)
    *letter = (char)tolower ((unsigned char)*letter);
  return out;
}
