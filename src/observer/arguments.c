/*
 * The table of arguments that are worth a condition. All are compared under a mask of 32 bits, which is what the kernel
 * looks at: libraries fill the upper half in different ways.
 */
#include "arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HALF 0xffffffffu
#define NAMESPACES 0x7e020000u /* of clone's flags: the others differ from thread to thread, and matter less */

static const struct
{
  const char *name;
  uint32_t index, mask;
} selectors[] = {
  { "socket", 0, HALF },      { "socketpair", 0, HALF }, { "ioctl", 1, HALF },  { "clone", 0, NAMESPACES },
  { "unshare", 0, HALF },     { "setns", 1, HALF },      { "prctl", 0, HALF },  { "arch_prctl", 0, HALF },
  { "personality", 0, HALF }, { "keyctl", 0, HALF },     { "ptrace", 0, HALF }, { "bpf", 0, HALF },
};
_Static_assert(sizeof selectors / sizeof *selectors <= SELECTORS_MAX, "room for what is seen of each");

int
arguments_selector_of (const char *name)
{
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
    if (strcmp (selectors[i].name, name) == 0)
      return (int)i;
  return -1;
}

int
arguments_selector (const struct seccomp_data *data, const char *name)
{
  char arch[24];
  /* there clone has its arguments in another order */
  if (!name || !seccomp_data_arch (data, arch) || strncmp (arch, "s390", 4) == 0)
    return -1;
  return arguments_selector_of (name);
}

const char *
arguments_name (int selector)
{
  return selectors[selector].name;
}

void
arguments_add (struct seen_arguments *arguments, uint32_t value)
{
  for (uint32_t i = 0; i < arguments->count; i++)
    if (arguments->values[i] == value)
      return;
  if (arguments->count < ARGUMENTS_MAX)
    arguments->values[arguments->count++] = value;
  else
    arguments->many = true;
}

int
arguments_note (struct sight *sight, int selector, const struct seccomp_data *data)
{
  if (!sight->arguments)
    sight->arguments = calloc (SELECTORS_MAX, sizeof *sight->arguments);
  if (!sight->arguments)
    return -1;
  arguments_add (&sight->arguments[selector],
                 (uint32_t)data->args[selectors[selector].index] & selectors[selector].mask);
  return 0;
}

struct spec_seccomp_arg
arguments_condition (int selector, uint32_t value)
{
  return (struct spec_seccomp_arg){ .index = { .set = true, .value = selectors[selector].index },
                                    .value = { .set = true, .value = selectors[selector].mask },
                                    .value_two = { .set = true, .value = value },
                                    .op = { .set = true, .value = SPEC_CMP_MASKED_EQ } };
}

bool
arguments_read (int selector, const struct spec_seccomp_arg *condition, uint32_t *out_value)
{
  *out_value = (uint32_t)condition->value_two.value;
  return condition->index.value == selectors[selector].index && condition->op.value == SPEC_CMP_MASKED_EQ
         && condition->value.value == selectors[selector].mask && condition->value_two.value <= HALF;
}
