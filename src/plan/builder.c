/*
 * Builds the plan: appends steps, copies strings and id maps, and has the words of STEP_KINDS. All of src/plan uses it;
 * src/launch uses the words in its messages. Whatever a step points to must be in the plan's arena: any other pointer
 * means nothing in husk-init. builder_step moves the array of steps when it is full, so a pointer to a step is valid
 * until the next call. What the step points to does not move.
 */
#include "builder.h"

#include <stdio.h>
#include <string.h>

struct step *
builder_step (struct builder *builder, enum step_kind kind, origin_t origin)
{
  struct plan *plan = builder->plan;
  if (plan->step_count == builder->capacity)
    {
      struct step *more = arena_array (builder->arena, struct step, builder->capacity * 2);
      memcpy (more, plan->steps, sizeof *more * builder->capacity);
      plan->steps = more;
      builder->capacity *= 2;
    }
  struct step *step = &plan->steps[plan->step_count++];
  step->kind = (uint16_t)kind;
  step->origin = origin;
  return step;
}

char **
builder_strings (struct builder *builder, const struct json_strings *strings, uint32_t extra)
{
  char **copy = arena_array (builder->arena, char *, strings->count + extra + 1);
  for (uint32_t i = 0; i < strings->count; i++)
    copy[i] = keep (builder, strings->items[i]);
  return copy;
}

origin_t
builder_element (const struct builder *builder, const struct json_strings *strings, uint32_t index)
{
  return json_element (builder->document, strings->node, index);
}

const char *
builder_id_map (struct builder *builder, const spec_id_mappings *mappings)
{
  size_t size = 40 * (size_t)mappings->count + 1, used = 0;
  char *text = arena_alloc (builder->arena, size);
  for (uint32_t i = 0; i < mappings->count; i++)
    used += (size_t)snprintf (
        text + used, size - used, "%llu %llu %llu\n", (unsigned long long)mappings->items[i].container_id.value,
        (unsigned long long)mappings->items[i].host_id.value, (unsigned long long)mappings->items[i].size.value);
  return text;
}

const char *
step_word (uint16_t kind)
{
  static const char *const words[] = {
#define STEP_KIND_WORD(name, function, data, ask, proc, traits, word, text) word,
    STEP_KINDS (STEP_KIND_WORD)
#undef STEP_KIND_WORD
  };
  return kind < STEP_KIND_COUNT ? words[kind] : "unknown";
}

const char *
step_text (uint16_t kind)
{
  static const char *const texts[] = {
#define STEP_KIND_TEXT(name, function, data, ask, proc, traits, word, text) text,
    STEP_KINDS (STEP_KIND_TEXT)
#undef STEP_KIND_TEXT
  };
  return kind < STEP_KIND_COUNT ? texts[kind] : "unknown";
}
