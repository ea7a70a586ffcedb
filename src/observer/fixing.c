/*
 * The end of a run with --seccomp-fix: writes the profile that also allows what was denied (profile/fix.c), and prints
 * a line for each change, because the user has to decide whether they want it.
 */
#include "sight.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile_file.h"

struct changes
{
  const struct profile_fixed *fixed;
  enum profile_change_kind kind;
  uint32_t next;
};

static const char *
next_subject (void *data)
{
  struct changes *changes = data;
  while (changes->next < changes->fixed->count)
    {
      const struct profile_change *change = &changes->fixed->changes[changes->next++];
      if (change->kind == changes->kind)
        return change->subject;
    }
  return NULL;
}

static void
print_subjects (struct sight *sight, const struct profile_fixed *fixed, enum profile_change_kind kind, const char *head)
{
  sight_print_words (sight, head, " ", next_subject, &(struct changes){ fixed, kind, 0 });
}

static void
print_change (struct sight *sight, const struct profile_change *change)
{
  char text[SIGHT_LINE];
  struct error place = { .origin = change->rule };
  const char *risk
      = change->kind == CHANGE_ALLOW || change->kind == CHANGE_VALUES ? profile_call_risk (change->subject) : NULL;
  switch (change->kind)
    {
    case CHANGE_DROP:
      json_place (sight->observer->document, &place);
      (void)snprintf (text, sizeof text, "fix: no longer denied by %s: %s", place.place, change->subject);
      sight_print (sight, text);
      break;
    case CHANGE_VALUES:
      (void)snprintf (text, sizeof text, "fix: allowed if %s: %s", change->text, change->subject);
      sight_print (sight, text);
      break;
    case CHANGE_MISSING:
      (void)snprintf (text, sizeof text, "fix: ERRNO 38 (function not implemented): %s: %s", change->subject,
                      change->text);
      sight_print (sight, text);
      break;
    case CHANGE_NONE:
      (void)snprintf (text, sizeof text, "fix: ERRNO 38 (function not implemented) already: %s: %s", change->subject,
                      change->text);
      sight_print (sight, text);
      break;
    default: /* the others are printed together */
      break;
    }
  if (risk)
    {
      (void)snprintf (text, sizeof text, "fix: %s deserves a look before it is allowed: it %s", change->subject, risk);
      sight_print (sight, text);
    }
}

static void
print_changes (struct sight *sight, const struct profile_fixed *fixed)
{
  char text[SIGHT_LINE];
  uint32_t changes = fixed->count;
  for (uint32_t i = 0; i < fixed->count; i++)
    changes -= fixed->changes[i].kind == CHANGE_NONE;
  print_subjects (sight, fixed, CHANGE_LIST, "fix: added to the architectures");
  print_subjects (sight, fixed, CHANGE_ALLOW, "fix: allowed");
  for (uint32_t i = 0; i < fixed->count; i++)
    print_change (sight, &fixed->changes[i]);
  print_subjects (sight, fixed, CHANGE_KEEP,
                  "fix: ERRNO 38 (function not implemented) as before, though the profile now knows newer calls");
  print_subjects (sight, fixed, CHANGE_NOTHING, "fix: no rule allows");
  if (sight->denied.crowded)
    sight_print (sight, "fix: more was denied than can be kept: the profile lacks some of it");
  (void)snprintf (text, sizeof text, "%s: %.2000s",
                  changes ? "the fixed profile" : "nothing had to be fixed, the profile is as it was",
                  sight->observer->profile_place.path);
  sight_print (sight, text);
}

static int
write_fixed (struct sight *sight, struct arena *arena, struct error *error)
{
  const struct observer *observer = sight->observer;
  struct profile_fixed fixed;
  if (profile_fix (observer->document, observer->profile, observer->errno_for_newer, &sight->denied, arena, &fixed,
                   error)
      < 0)
    return -1;
  const char *text = profile_json (&fixed.profile, arena, error);
  if (!text || profile_file_write (&observer->profile_place, text, strlen (text), error) < 0)
    return -1;
  print_changes (sight, &fixed);
  return 0;
}

int
sight_write_fixed (struct sight *sight, struct error *error)
{
  struct arena arena;
  if (arena_open (&arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  int result = write_fixed (sight, &arena, error);
  arena_close (&arena);
  free (sight->denied.items);
  sight->denied = (struct profile_denials){ 0 };
  return result;
}
