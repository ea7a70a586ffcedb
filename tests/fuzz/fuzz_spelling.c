/*
 * libFuzzer: two spellings of one config compile to equal plans, or both are refused. The other spelling: members the
 * other way round, space between all tokens, every character of a string escaped that may be, paths (destinations, the
 * root's, the working directory's, masked and read-only ones) with empty and "." components, lists of numbers with
 * space in them.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/dump.h"

static struct host_hierarchy hierarchies[] = { { "/sys/fs/cgroup", "", "", "/", true } };

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static bool
is_one_of (const char *word, const char *const *words)
{
  for (; word && *words; words++)
    if (strcmp (word, *words) == 0)
      return true;
  return false;
}

/* ---- the other spelling ------------------------------------------------------------------------------------------ */

static void
put_text (const char *text, FILE *out)
{
  for (; *text; text++)
    if ((unsigned char)*text < 0x80)
      (void)fprintf (out, "\\u%04x", (unsigned)*text);
    else
      (void)fputc (*text, out);
}

/* holder: the key of the object or list that it is in. */
static void
put_string (const char *holder, const char *key, const char *text, FILE *out)
{
  static const char *const lists[] = { "maskedPaths", "readonlyPaths", NULL };
  static const char *const paths[] = { "destination", "cwd", NULL };
  static const char *const numbers[] = { "cpus", "mems", "nodes", "initial", "final", NULL };
  bool root = is_one_of (holder, (const char *const[]){ "root", NULL })
              && is_one_of (key, (const char *const[]){ "path", NULL });
  bool listed = (!key || !*key) && is_one_of (holder, lists);
  bool short_enough = text[0] && strlen (text) < 1000;
  bool absolute = (is_one_of (key, paths) || root || listed) && text[0] == '/' && short_enough;
  bool relative = root && text[0] != '/' && short_enough;
  bool list = is_one_of (key, numbers) && text[0];
  (void)fputc ('"', out);
  put_text (absolute ? "//./" : relative ? ".//" : list ? " " : "", out);
  put_text (text, out);
  put_text (absolute || relative ? "/." : list ? " " : "", out);
  (void)fputc ('"', out);
}

static void put_value (const struct json_document *document, origin_t node, const char *holder, FILE *out);

/* In the order of the document, which is that of their steps, stay lists, and maps of the user's keys. */
static void
put_members (const struct json_document *document, origin_t node, FILE *out)
{
  static const char *const maps[] = { "annotations", "sysctl", "timeOffsets", "rdma", "unified", "netDevices", NULL };
  const struct json_node *nodes = document->nodes;
  uint32_t count = nodes[node].count, at = 0;
  origin_t *members = calloc (count + 1, sizeof *members);
  bool turned = nodes[node].kind == JSON_OBJECT && !is_one_of (nodes[node].key, maps);
  for (origin_t member = nodes[node].first; member; member = nodes[member].next, at++)
    members[turned ? count - 1 - at : at] = member;
  for (at = 0; at < count; at++)
    {
      (void)fputs (at ? " ,\t" : "\n", out);
      if (nodes[node].kind == JSON_OBJECT)
        {
          (void)fputc ('"', out);
          put_text (nodes[members[at]].key, out);
          (void)fputs ("\" : ", out);
        }
      put_value (document, members[at], nodes[node].key, out);
    }
  free (members);
}

static void
put_value (const struct json_document *document, origin_t node, const char *holder, FILE *out)
{
  const struct json_node *value = &document->nodes[node];
  bool object = value->kind == JSON_OBJECT;
  switch (value->kind)
    {
    case JSON_STRING:
      put_string (holder, value->key, value->text, out);
      break;
    case JSON_NUMBER:
      (void)fputs (value->text, out);
      break;
    case JSON_BOOL:
      (void)fputs (value->truth ? "true" : "false", out);
      break;
    case JSON_NULL:
      (void)fputs ("null", out);
      break;
    default:
      (void)fputs (object ? "{" : "[", out);
      put_members (document, node, out);
      (void)fputs (object ? "}" : "]", out);
      break;
    }
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

/* The plan as text, or NULL when the config is refused; the document too where out_document says so. */
static char *
compile (char *bytes, size_t size, struct arena *arena, struct json_document *out_document, bool *out_parsed)
{
  struct arena plan_arena;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct compilation compilation;
  const struct host host = { .can_mount = true,
                             .permitted = ~0ull,
                             .bounding = ~0ull,
                             .known_capabilities = (1ull << 41) - 1,
                             .cgroup_layout = CGROUP_V2,
                             .v2_controllers = "cpuset cpu io memory pids",
                             .hierarchies = hierarchies,
                             .hierarchy_count = 1 };
  const struct plan_options options = { .id = "c1", .bundle = "/bundle", .run = true };
  char *dumped = NULL;
  *out_parsed = json_parse (bytes, size, "config.json", arena, out_document, &error) == 0;
  if (!*out_parsed)
    return NULL;
  if (arena_open (&plan_arena, PLAN_SIZE_MAX) < 0)
    abort ();
  if (compile_document (out_document, &host, CGROUP_MANAGER_CGROUPFS, &options, arena, &plan_arena, &compilation,
                        &report, &error)
      == 0)
    dumped = dump_plan (compilation.plan, out_document);
  arena_close (&plan_arena);
  return dumped;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct arena arena;
  struct json_document document, second;
  bool parsed, again;
  char *text = NULL;
  size_t length = 0;
  if (arena_open (&arena, 1ul << 30) < 0)
    abort ();
  char *one = compile (arena_copy (&arena, (const char *)data, size), size, &arena, &document, &parsed);
  if (parsed)
    {
      FILE *out = open_memstream (&text, &length);
      put_value (&document, JSON_ROOT, NULL, out);
      (void)fclose (out);
      char *other = length > JSON_MAX_SIZE
                        ? NULL
                        : compile (arena_copy (&arena, text, length), length, &arena, &second, &again);
      if (length <= JSON_MAX_SIZE && (!again || !one != !other || (one && strcmp (one, other) != 0)))
        {
          (void)fprintf (stderr, "%s\n%s\n%s\n", text, one ? one : "refused", other ? other : "refused");
          abort ();
        }
      free (other);
      free (text);
    }
  free (one);
  arena_close (&arena);
  return 0;
}
