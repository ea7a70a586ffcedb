/*
 * The list of findings, and what several examinations ask for.
 */
#include "examine.h"

#include <stdlib.h>

#include "husk/descriptor.h"
#include "husk/program.h"

const char *
doctor_word (enum doctor_state state)
{
  return state == DOCTOR_OK ? "ok" : state == DOCTOR_LIMITED ? "limited" : "missing";
}

void
finding_add (struct doctor *doctor, struct doctor_finding finding)
{
  doctor->items
      = arena_more (doctor->arena, doctor->items, doctor->count, &doctor->room, 32, sizeof (struct doctor_finding));
  doctor->items[doctor->count++] = finding;
  doctor->limited += finding.state == DOCTOR_LIMITED;
  doctor->missing += finding.state == DOCTOR_MISSING;
}

const char *
finding_program (struct doctor *doctor, const char *name)
{
  char found[4352];
  const char *path = getenv ("PATH");
  if ((path && program_search (name, path, found, sizeof found))
      || program_search (name, SEARCH_PATH, found, sizeof found))
    return arena_string (doctor->arena, found);
  return NULL;
}

long
finding_sysctl (const char *path, long otherwise)
{
  char text[32], *end;
  if (read_small (path, text, sizeof text) <= 0)
    return otherwise;
  long number = strtol (text, &end, 10);
  return end == text ? otherwise : number;
}
