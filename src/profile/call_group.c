/*
 * Which group of husk's own profile a call belongs to, for pages that list calls by what they are for.
 */
#include "default.h"

#include <string.h>

#include "husk/profile.h"

/* Calls whose rules have conditions are grouped with the calls that they are like. */
static const char *
group_peer (const char *name)
{
  if (strcmp (name, "socket") == 0)
    return "socketpair";
  return strcmp (name, "clone") == 0 || strcmp (name, "clone3") == 0 || strcmp (name, "personality") == 0 ? "fork"
                                                                                                          : name;
}

const char *
profile_call_group (const char *name, uint32_t *out_index)
{
  const char *peer = group_peer (name);
  size_t length = strlen (peer);
  for (uint32_t i = 0; length && default_groups[i].names; i++)
    for (const char *at = default_groups[i].names; (at = strstr (at, peer)); at += length)
      if ((at == default_groups[i].names || at[-1] == ' ') && (!at[length] || at[length] == ' '))
        {
          *out_index = i;
          return default_groups[i].reason;
        }
  *out_index = UINT32_MAX;
  return NULL;
}
