/*
 * Advice that works when it is followed to the letter. If the profile does not list a call's architecture, a rule does
 * not help. If a rule denies the call, a second rule does not help. A call without a name cannot be allowed at all.
 */
#include "advice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADVICE_MAX 600 /* more than there are named calls */

enum advice_kind
{
  ADVICE_LIST,     /* list an architecture */
  ADVICE_ALLOW,    /* allow a call that the default denies */
  ADVICE_DROP,     /* remove a call from the rule that denies it */
  ADVICE_NEWER,    /* a call that gets ENOSYS, on which most programs fall back */
  ADVICE_FALLBACK, /* nothing: a rule answers the call with ENOSYS, on which C libraries fall back */
  ADVICE_NOTHING   /* a number without a name */
};

struct advice
{
  enum advice_kind kind;
  char subject[64];
  origin_t rule; /* ADVICE_DROP: the rule that denies it */
  uint32_t order;
  uint64_t count;
};

static void
note_advice (struct sight *sight, enum advice_kind kind, const char *subject, origin_t rule)
{
  if (!sight->advice)
    sight->advice = calloc (ADVICE_MAX, sizeof *sight->advice);
  for (size_t i = 0; i < sight->advice_count; i++)
    {
      struct advice *advice = &sight->advice[i];
      if (advice->kind == kind && advice->rule == rule && strcmp (advice->subject, subject) == 0)
        {
          advice->count++;
          return;
        }
    }
  if (!sight->advice || sight->advice_count == ADVICE_MAX)
    return;
  struct advice *advice = &sight->advice[sight->advice_count];
  *advice = (struct advice){ .kind = kind, .rule = rule, .order = (uint32_t)sight->advice_count++, .count = 1 };
  (void)snprintf (advice->subject, sizeof advice->subject, "%s", subject);
}

/* The container can make up numbers without end, so only the first few are listed. */
static void
note_nothing (struct sight *sight, const struct profile_ruling *ruling, uint32_t audit)
{
  char subject[64];
  size_t count = 0;
  for (size_t i = 0; i < sight->advice_count; i++)
    count += sight->advice[i].kind == ADVICE_NOTHING;
  if (ruling->arch)
    (void)snprintf (subject, sizeof subject, "%d of %s", ruling->number, ruling->arch);
  else
    (void)snprintf (subject, sizeof subject, "%d of architecture 0x%x", ruling->number, audit);
  note_advice (sight, ADVICE_NOTHING, count < 20 ? subject : "and others", 0);
}

void
advice_note (struct sight *sight, const struct profile_ruling *ruling, uint32_t audit)
{
  const char *subject = ruling->single[0] ? ruling->single : ruling->name;
  bool denied = verdict_denies (ruling->listed) || !ruling->arch; /* even if the architecture were listed */
  if (ruling->foreign && ruling->arch && (ruling->named || !denied))
    note_advice (sight, ADVICE_LIST, ruling->arch, 0);
  if (!denied)
    return;
  if (!ruling->named)
    {
      note_nothing (sight, ruling, audit);
      return;
    }
  if (ruling->rule && ruling->listed == (SECCOMP_RET_ERRNO | ENOSYS) && profile_call_fallback (subject))
    {
      note_advice (sight, ADVICE_FALLBACK, subject, 0);
      return;
    }
  note_advice (sight, ruling->introduced ? ADVICE_NEWER : ADVICE_ALLOW, subject, 0);
  if (ruling->rule)
    note_advice (sight, ADVICE_DROP, subject, ruling->rule->node);
}

static int
compare_advice (const void *a, const void *b)
{
  const struct advice *one = a, *two = b;
  if (one->count != two->count)
    return one->count > two->count ? -1 : 1;
  return one->order < two->order ? -1 : one->order > two->order;
}

struct subjects
{
  const struct sight *sight;
  enum advice_kind kind;
  size_t next;
};

static const char *
next_subject (void *data)
{
  struct subjects *subjects = data;
  while (subjects->next < subjects->sight->advice_count)
    {
      const struct advice *advice = &subjects->sight->advice[subjects->next++];
      if (advice->kind == subjects->kind)
        return advice->subject;
    }
  return NULL;
}

static void
print_subjects (struct sight *sight, enum advice_kind kind, const char *head, const char *separator)
{
  sight_print_words (sight, head, separator, next_subject, &(struct subjects){ sight, kind, 0 });
}

static void
print_drops (struct sight *sight)
{
  char text[SIGHT_LINE];
  for (size_t i = 0; i < sight->advice_count; i++)
    {
      struct error place = { .origin = sight->advice[i].rule };
      if (sight->advice[i].kind != ADVICE_DROP)
        continue;
      json_place (sight->observer->document, &place);
      (void)snprintf (text, sizeof text, "the rule that denies %s and would have to drop it: %s",
                      sight->advice[i].subject, place.place);
      sight_print (sight, text);
    }
}

void
advice_print (struct sight *sight)
{
  if (sight->advice_count)
    qsort (sight->advice, sight->advice_count, sizeof *sight->advice, compare_advice);
  print_subjects (sight, ADVICE_LIST, "what the profile would have to list among its architectures", " ");
  print_subjects (sight, ADVICE_ALLOW, "what the profile would have to allow", " ");
  print_drops (sight);
  print_subjects (
      sight, ADVICE_NEWER,
      "newer than the profile, so programs get ENOSYS and fall back; what it would have to allow for one that cannot",
      " ");
  print_subjects (sight, ADVICE_FALLBACK,
                  "denied with ENOSYS, on which the C library falls back, so nothing has to change", " ");
  print_subjects (sight, ADVICE_NOTHING, "numbers without a name, which no profile can allow", ", ");
}
