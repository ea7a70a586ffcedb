/*
 * Names and numbers of system calls, for all code that compiles, explains or records. Only this file asks libseccomp
 * for them. libseccomp may be years older than the kernel and the profiles: newer calls are in husk's own table, which
 * calls.py makes from calls.csv.
 */
#include "filter.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CALL_UNKNOWN == __NR_SCMP_ERROR, "CALL_UNKNOWN");

static bool
has_number (const struct arch *arch, const struct call_introduction *call)
{
  return call->number && introduced_abis[call->abis] >> arch->abi & 1;
}

const struct call_introduction *
introduced_find (const char *name)
{
  for (uint32_t low = 0, high = introduced_count; low < high;)
    {
      uint32_t middle = (low + high) / 2, at = introduced_by_name[middle];
      const char *known = introduced_name (at);
      int order = *name - *known; /* decides most steps */
      if (order == 0)
        order = strcmp (name, known);
      if (order == 0)
        return &introduced[at];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

/* The table is asked first: libseccomp takes longer, and may believe that the architecture lacks the call. */
int
call_number_with (const struct arch *arch, const char *name, const struct call_introduction *call)
{
  if (call && has_number (arch, call))
    return arch_base (arch) + call->number;
  int number = seccomp_syscall_resolve_name_arch (arch->token, name);
  return number == CALL_UNKNOWN && call && call->number ? INT32_MIN : number;
}

int
call_number (const struct arch *arch, const char *name)
{
  return call_number_with (arch, name, introduced_find (name));
}

char *
call_name (const struct arch *arch, int number)
{
  if (number < 0) /* libseccomp's own numbers for multiplexed calls: no kernel has them */
    return NULL;
  char *name = seccomp_syscall_resolve_num_arch (arch->token, number);
  for (uint32_t i = 0; !name && i < introduced_count; i++)
    if (has_number (arch, &introduced[i]) && arch_base (arch) + introduced[i].number == number)
      name = strdup (introduced_name (i));
  return name;
}

char *
call_nearest (const struct arch *arch, const char *text)
{
  struct json_name names[1024] = { { NULL, 0 } };
  uint32_t count = 0;
  for (int number = 0; number < 600 && count < 1023; number++)
    {
      char *known = call_name (arch, arch_base (arch) + number);
      if (known)
        names[count++].text = known;
    }
  const char *nearest = json_nearest (text, names);
  char *copy = nearest ? strdup (nearest) : NULL;
  for (uint32_t i = 0; i < count; i++)
    free ((void *)names[i].text);
  return copy;
}

char *
seccomp_data_name (const struct seccomp_data *data)
{
  const struct arch *arch = arch_of_data (data);
  return arch ? call_name (arch, data->nr) : NULL;
}
