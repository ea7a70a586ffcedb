/*
 * Prints a plan for `husk plan`: one line per step, or JSON. The golden tests compare the lines with tests/plan. Both
 * forms use the words of step_describe and step_word, and neither contains the value of an environment variable unless
 * the caller asks for secrets.
 */
#include <stdlib.h>

#include "husk/compile.h"

#include "husk/descriptor.h"
#include "husk/text.h"

#define DESCRIPTION_MAX 65536

int
plan_print (const struct plan *plan, const struct json_document *document, bool secrets, FILE *out)
{
  auto_free char *text = malloc (DESCRIPTION_MAX);
  if (!text)
    return -1;
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      struct error place = { .origin = plan->steps[i].origin };
      json_place (document, &place);
      if (i == plan->start)
        (void)fprintf (out, "--- start\n");
      step_describe (&plan->steps[i], secrets, text, DESCRIPTION_MAX);
      (void)text_line (out, "%3u  %-18s %-56s %s", i, step_word (plan->steps[i].kind), text, place.place);
    }
  return fflush (out) == 0 ? 0 : -1;
}

int
plan_print_json (const struct plan *plan, const struct json_document *document, bool secrets, FILE *out)
{
  struct json_writer writer;
  auto_free char *text = malloc (DESCRIPTION_MAX);
  if (!text || json_write_open (&writer, true) < 0)
    return -1;
  json_write_object (&writer, NULL);
  json_write_array (&writer, "steps");
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      const struct step *step = &plan->steps[i];
      uint32_t line, column;
      char pointer[512];
      step_describe (step, secrets, text, DESCRIPTION_MAX);
      json_write_object (&writer, NULL);
      json_write_uint (&writer, "index", i);
      json_write_string (&writer, "step", step_word (step->kind));
      json_write_string (&writer, "what", text);
      json_write_string (&writer, "stage", i < plan->start ? "create" : "start");
      if (step->origin)
        {
          json_position (document, step->origin, &line, &column);
          json_pointer (document, step->origin, pointer, sizeof pointer);
          json_write_string (&writer, "pointer", pointer);
          json_write_uint (&writer, "line", line);
          json_write_uint (&writer, "column", column);
        }
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  return json_write_print (&writer, out) == 0 && fflush (out) == 0 ? 0 : -1;
}
