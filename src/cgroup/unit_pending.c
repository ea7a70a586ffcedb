#include "husk/unit.h"
int
unit_locate (const struct json_document *document, const struct json_string *path, const char *id, bool user,
             struct arena *arena, struct unit *out, struct report *report)
{
  return report_error (report, document, path->node, NULL, "no systemd yet");
}
const char *
unit_path (const struct unit *unit, struct arena *arena)
{
  return "";
}
int
unit_properties (const struct spec_resources *resources, const struct json_document *document, bool v2,
                 struct arena *arena, struct unit_properties *out, struct report *report)
{
  return 0;
}
int
unit_annotations (const struct json_pairs *annotations, const struct json_document *document, struct arena *arena,
                  struct unit_properties *out, struct report *report)
{
  return 0;
}
int
unit_start (const struct unit *unit, const struct unit_properties *properties, pid_t pid, char **out_cgroup,
            struct error *error)
{
  return error_set (error, 0, "no systemd");
}
int
unit_set (const struct unit *unit, const struct unit_properties *properties, struct error *error)
{
  return 0;
}
int
unit_attach (const struct unit *unit, const char *below, pid_t pid, struct error *error)
{
  return 0;
}
int
unit_stop (const struct unit *unit, struct error *error)
{
  return 0;
}
