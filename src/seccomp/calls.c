/*
 * Names and numbers of system calls, for all that compiles, explains or records: here alone libseccomp is asked for
 * them. It may be years older than the kernel and the profiles: what it has not heard of is in the table of
 * introduced.c.
 */
#include "filter.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CALL_UNKNOWN == __NR_SCMP_ERROR, "CALL_UNKNOWN");

static int
shared_number (const struct arch *arch, const char *name)
{
  for (const struct call_introduction *call = introduced; call->name; call++)
    if (call->number && strcmp (call->name, name) == 0)
      {
        if (call->only && call->only != arch->token)
          return INT32_MIN;
        return arch_base (arch) + call->number;
      }
  return CALL_UNKNOWN;
}

int
call_number (const struct arch *arch, const char *name)
{
  int number = seccomp_syscall_resolve_name_arch (arch->token, name);
  return number == __NR_SCMP_ERROR ? shared_number (arch, name) : number;
}

/* A name that libseccomp knows is not given to a number that it does not: the architecture lacks the call. */
char *
call_name (const struct arch *arch, int number)
{
  if (number < 0) /* libseccomp's own numbers of multiplexed calls, which mean nothing to a kernel */
    return NULL;
  char *name = seccomp_syscall_resolve_num_arch (arch->token, number);
  for (const struct call_introduction *call = introduced; !name && call->name; call++)
    if (call->number && arch_base (arch) + call->number == number && call_number (arch, call->name) == number)
      name = strdup (call->name);
  return name;
}

char *
seccomp_data_name (const struct seccomp_data *data)
{
  const struct arch *arch = arch_of_data (data);
  return arch ? call_name (arch, data->nr) : NULL;
}
