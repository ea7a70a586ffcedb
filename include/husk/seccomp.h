/*
 * From a seccomp profile to the program that the kernel loads. libseccomp gives names and numbers; the compiler is
 * husk's own: the verdicts are those of libseccomp, the program is smaller and made in microseconds.
 */
#ifndef HUSK_SECCOMP_H
#define HUSK_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "husk/arena.h"
#include "husk/spec.h"

struct seccomp_filter
{
  struct sock_filter *program; /* in the arena */
  uint32_t length;             /* instructions; at most 4096 (BPF_MAXINSNS) */
  uint32_t flags;              /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
  bool notify;                 /* some rule or the default notifies */
};

/* Compiles a decoded profile. Warnings (names that nobody knows, with the nearest one) and errors go to the report, at
 * their rules. 0 or -1. Pure: nothing is asked of the kernel. */
int seccomp_compile (const struct json_document *document, const struct spec_seccomp *profile, struct arena *arena,
                     struct seccomp_filter *out, struct report *report);

/* Runs a program as the kernel does (classic BPF over struct seccomp_data): for tests and `explain`. */
struct seccomp_data;
/* AUDIT_ARCH_* that this build's own system calls have. */
uint32_t seccomp_native_arch (void);
uint32_t seccomp_interpret (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data);

#endif
