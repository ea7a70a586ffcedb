/*
 * Names and numbers of system calls, for all code that compiles, explains or records. husk's own table, which calls.py
 * makes from calls.csv, is asked first: it has every name, and the numbers on the architectures whose programs this
 * kernel may run. Only this file asks libseccomp, for other architectures and for names that the table lacks.
 */
#include "filter.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CALL_UNKNOWN == __NR_SCMP_ERROR, "CALL_UNKNOWN"); /* NOLINT: two numbers of one value */

/* ---- names ---------------------------------------------------------------------------------------------------------
 */

/* A place in the table. */
struct reader
{
  const char *rest; /* what follows the name */
  uint32_t call;
  char name[32];
};

static void
read_next (struct reader *reader)
{
  const char *from = reader->rest;
  char *to = reader->name + *from++;
  while (*from >= ' ')
    *to++ = *from++;
  *to = '\0';
  reader->rest = from;
  reader->call++;
}

static void
read_block (struct reader *reader, uint32_t block)
{
  reader->rest = call_names + call_blocks[block];
  reader->call = block * CALLS_IN_BLOCK - 1;
  read_next (reader);
}

/* Goes over what the name and the entry have in common. < 0: the entry is before the name, 0: it is the name. */
static int
match (const char **entry, const char **name)
{
  while (**entry >= ' ' && **entry == **name)
    ++*entry, ++*name;
  return (**entry < ' ' ? 0 : **entry) - **name;
}

/* The last block that does not start after this name. */
static uint32_t
find_block (const char *name)
{
  uint32_t low = 0, high = call_block_count;
  while (high - low > 1)
    {
      uint32_t middle = (low + high) / 2;
      const char *entry = call_names + call_blocks[middle] + 1, *rest = name;
      if (match (&entry, &rest) > 0)
        high = middle;
      else
        low = middle;
    }
  return low;
}

/* An entry that shares more with the one before than the name does is before the name too, and one that shares less is
 * behind it: nothing is compared twice. */
uint32_t
call_find (const char *name)
{
  uint32_t block = find_block (name), end = (block + 1) * CALLS_IN_BLOCK;
  const char *entry = call_names + call_blocks[block], *rest = name;
  for (uint32_t call = block * CALLS_IN_BLOCK; call < end && call < call_count; call++)
    {
      int order = *entry++ - (int)(rest - name);
      if (order == 0)
        {
          order = match (&entry, &rest);
          if (order == 0)
            return call;
          order = -order;
        }
      if (order < 0)
        break;
      while (*entry >= ' ')
        entry++;
    }
  return CALL_NONE;
}

uint32_t
introduced_version (const char *name)
{
  return call_version (call_find (name));
}

uint32_t
seccomp_newest_call (void)
{
  uint32_t newest = 0;
  for (uint32_t call = 0; call < call_count; call++)
    if (call_version (call) > newest)
      newest = call_version (call);
  return newest;
}

/* ---- numbers -------------------------------------------------------------------------------------------------------
 */

static const struct call_shared *
find_shared (uint32_t call)
{
  for (uint32_t i = 0; i < call_shared_count; i++)
    if (call_shared[i].call == call)
      return &call_shared[i];
  return NULL;
}

/* CALL_UNKNOWN: the table does not say. */
static int
own_number (const struct arch *arch, uint32_t call)
{
  uint32_t column = call_columns[arch->abi], word = call_numbers[call];
  if (column)
    {
      uint32_t number = word >> CALL_NUMBER_BITS * (column - 1) & CALL_ABSENT;
      if (word & CALL_BEHIND && (number == CALL_ABSENT || arch->socketcall >= 0))
        return CALL_MULTIPLEXED;
      return number == CALL_ABSENT ? INT32_MIN : number == CALL_ASK ? CALL_UNKNOWN : arch_base (arch) + (int)number;
    }
  const struct call_shared *shared = find_shared (call);
  return shared && shared->abis >> arch->abi & 1 ? arch_base (arch) + shared->number : CALL_UNKNOWN;
}

int
call_number_with (const struct arch *arch, const char *name, uint32_t call)
{
  int number = call == CALL_NONE ? CALL_UNKNOWN : own_number (arch, call);
  if (number != CALL_UNKNOWN)
    return number;
  number = seccomp_syscall_resolve_name_arch (arch->token, name);
  return number == CALL_UNKNOWN && call != CALL_NONE && find_shared (call) ? INT32_MIN : number;
}

int
call_number_at (const struct arch *arch, uint32_t call)
{
  struct reader reader;
  int number = own_number (arch, call);
  if (number != CALL_UNKNOWN)
    return number;
  for (read_block (&reader, call / CALLS_IN_BLOCK); reader.call < call;)
    read_next (&reader);
  return call_number_with (arch, reader.name, call);
}

int
call_number (const struct arch *arch, const char *name)
{
  return call_number_with (arch, name, call_find (name));
}

char *
call_name (const struct arch *arch, int number)
{
  if (number < 0) /* the numbers of multiplexed calls: no kernel has them */
    return NULL;
  char *name = seccomp_syscall_resolve_num_arch (arch->token, number);
  if (name)
    return name;
  struct reader reader;
  for (read_block (&reader, 0);; read_next (&reader))
    if (own_number (arch, reader.call) == number)
      return strdup (reader.name);
    else if (reader.call + 1 == call_count)
      return NULL;
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
