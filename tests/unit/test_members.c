/*
 * Every member of every table, and every value of whole configs, as null, true, 0, "", [] and {}: from the text to the
 * plan, as in check and plan and as in create. It is accepted, or refused with one line and its place.
 */
#include "compiled.h"

#include "husk/seccomp.h"

#include "../../src/spec/types.h"

static const char *const values[]
    = { "null", "true", "0", "\"\"", "[]", "{}", "-1", "\"/\"", "[null]", "{\"k\":null}" };
#define VALUE_COUNT (sizeof values / sizeof values[0])

static const char *top_directory;
static FILE *text_file;
static uint32_t document_count;

/* ---- one document ------------------------------------------------------------------------------------------------ */

static void
ignore (struct report *report, enum severity severity, const struct error *finding)
{
  (void)report;
  (void)severity;
  (void)finding;
}

enum way
{
  WAY_CONFIG,
  WAY_PROCESS,
  WAY_RESOURCES,
  WAY_SECCOMP,
  WAY_COUNT,
};

static int
go (enum way way, const struct json_document *document, struct arena *arena, struct arena *plan_arena,
    struct report *report)
{
  struct plan_options options = { .id = "c1", .bundle = "/bundle" };
  struct compilation compilation;
  struct spec_process process;
  struct spec_resources resources;
  struct spec_seccomp seccomp;
  struct seccomp_filter filter;
  switch (way)
    {
    case WAY_PROCESS:
      return spec_decode_process (document, arena, &process, report);
    case WAY_RESOURCES:
      return spec_decode_resources (document, arena, &resources, report);
    case WAY_SECCOMP:
      return spec_decode_seccomp (document, arena, &seccomp, report) < 0
                 ? -1
                 : seccomp_compile (document, &seccomp, arena, &filter, report);
    default:
      return compile_document (document, &hosts[document_count % 3], CGROUP_MANAGER_CGROUPFS, &options, arena,
                               plan_arena, &compilation, report, report->error);
    }
}

/* Both ways to report: check and create collect all errors, readers of a saved config the first. */
static void
try_document (enum way way, const char *text)
{
  for (int all = 0; all < 2; all++)
    {
      struct arena arena, plan_arena;
      struct json_document document;
      struct error error = { 0 };
      struct report report = { .error = &error, .each = all ? ignore : NULL };
      assert_int_equal (arena_open (&arena, 1ul << 28), 0);
      assert_int_equal (arena_open (&plan_arena, PLAN_SIZE_MAX), 0);
      if (json_parse (arena_string (&arena, text), strlen (text), "config.json", &arena, &document, &error) < 0)
        fail_msg ("%s\n  %s", text, error.text);
      if (go (way, &document, &arena, &plan_arena, &report) < 0 && !(error.set && error.text[0]))
        fail_msg ("refused without a word: %s", text);
      document_count++;
      arena_close (&arena);
      arena_close (&plan_arena);
    }
}

/* ---- every row of the tables ------------------------------------------------------------------------------------- */

/* A path through the tables: the field that is taken at each depth; the last one gets the value. */
static const struct json_field *path[16];
static uint32_t path_length;

static void put_object (const struct json_type *type, uint32_t depth, const char *value);

/* A value that a field of this kind accepts. */
static void
put_sample (const struct json_field *field, uint32_t depth)
{
  switch (field->kind)
    {
    case JSON_FIELD_BOOL:
      (void)fputs ("true", text_file);
      break;
    case JSON_FIELD_INT:
    case JSON_FIELD_UINT:
      (void)fputs ("1", text_file);
      break;
    case JSON_FIELD_TEXT:
      (void)fputs (strcmp (field->key, "ociVersion") == 0 ? "\"1.2.0\"" : "\"/x\"", text_file);
      break;
    case JSON_FIELD_ENUM:
      (void)fprintf (text_file, "\"%s\"", field->names[0].text);
      break;
    case JSON_FIELD_OBJECT:
      if (strcmp (field->key, "linux") == 0)
        (void)fputs ("{\"namespaces\":[{\"type\":\"mount\"}]}", text_file);
      else
        put_object (field->type, depth, NULL);
      break;
    default:
      (void)fputs ("[\"x\"]", text_file);
      break;
    }
}

static void
put_taken (const struct json_field *field, uint32_t depth, const char *value)
{
  bool list = field->kind == JSON_FIELD_ARRAY, map = field->kind == JSON_FIELD_MAP;
  if (depth + 1 == path_length)
    {
      (void)fputs (value, text_file);
      return;
    }
  (void)fputs (list ? "[" : map ? "{\"k\":" : "", text_file);
  put_object (field->type, depth + 1, value);
  (void)fputs (list ? "]" : map ? "}" : "", text_file);
}

/* value NULL: an object beside the path, with what it must have. */
static void
put_object (const struct json_type *type, uint32_t depth, const char *value)
{
  bool first = true;
  (void)fputc ('{', text_file);
  for (const struct json_field *field = type->fields; field->key; field++)
    {
      bool taken = value && field == path[depth];
      if (!taken && !field->required)
        continue;
      (void)fprintf (text_file, "%s\"%s\":", first ? "" : ",", field->key);
      first = false;
      if (taken)
        put_taken (field, depth, value);
      else
        put_sample (field, depth);
    }
  (void)fputc ('}', text_file);
}

static void
walk_type (enum way way, const struct json_type *top, const struct json_type *type)
{
  uint32_t depth = path_length++;
  for (const struct json_field *field = type->fields; field->key; field++)
    {
      path[depth] = field;
      for (size_t i = 0; i < VALUE_COUNT; i++)
        {
          char *text = NULL;
          size_t size = 0;
          text_file = open_memstream (&text, &size);
          put_object (top, 0, values[i]);
          (void)fclose (text_file);
          try_document (way, text);
          free (text);
        }
      if (field->type)
        walk_type (way, top, field->type);
    }
  path_length--;
}

static void
test_tables (void **state)
{
  const struct json_type *const tops[WAY_COUNT]
      = { &spec_type, &spec_process_type, &spec_resources_type, &spec_seccomp_type };
  document_count = 0;
  for (int way = 0; way < WAY_COUNT; way++)
    {
      for (size_t i = 0; i < VALUE_COUNT; i++)
        try_document ((enum way)way, values[i]);
      walk_type ((enum way)way, tops[way], tops[way]);
    }
  assert_true (document_count > 4000);
  (void)state;
}

/* ---- every value of whole configs -------------------------------------------------------------------------------- */

static void
put_string (const char *text)
{
  (void)fputc ('"', text_file);
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == '"' || *text == '\\')
      (void)fprintf (text_file, "\\u%04x", (unsigned)*text);
    else
      (void)fputc (*text, text_file);
  (void)fputc ('"', text_file);
}

/* The document with the value in place of one node; of long lists only the beginning. */
static void
put_node (const struct json_document *document, origin_t node, origin_t replaced, const char *value)
{
  const struct json_node *nodes = document->nodes;
  static const char *const begin[] = { [JSON_NULL] = "null", [JSON_ARRAY] = "[", [JSON_OBJECT] = "{" };
  uint8_t kind = nodes[node].kind;
  uint32_t count = 0;
  if (node == replaced)
    (void)fputs (value, text_file);
  else if (kind == JSON_STRING)
    put_string (nodes[node].text);
  else if (kind == JSON_NUMBER || kind == JSON_BOOL)
    (void)fputs (kind == JSON_NUMBER ? nodes[node].text : nodes[node].truth ? "true" : "false", text_file);
  else
    {
      (void)fputs (begin[kind], text_file);
      for (origin_t at = nodes[node].first; at && count < 24; at = nodes[at].next)
        {
          (void)fputs (count++ ? "," : "", text_file);
          if (kind == JSON_OBJECT)
            {
              put_string (nodes[at].key);
              (void)fputc (':', text_file);
            }
          put_node (document, at, replaced, value);
        }
      (void)fputs (kind == JSON_ARRAY ? "]" : kind == JSON_OBJECT ? "}" : "", text_file);
    }
}

/* It is in the text that put_node writes, and does not repeat what has been seen three times: an element. */
static bool
is_tried (const struct json_document *document, origin_t node)
{
  for (; document->nodes[node].parent; node = document->nodes[node].parent)
    {
      origin_t parent = document->nodes[node].parent, at = document->nodes[parent].first;
      uint32_t index = 0, most = document->nodes[parent].kind == JSON_ARRAY ? 2 : 24;
      for (; at != node; at = document->nodes[at].next)
        index++;
      if (index >= most)
        return false;
    }
  return true;
}

static void
test_whole (void **state)
{
  static const char *const names[] = { "config.json.example", "tests/configs/docker.json", "tests/configs/podman.json",
                                       "tests/configs/crio.json", "tests/configs/containerd.json" };
  document_count = 0;
  for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
    {
      struct json_document document;
      struct error error;
      char *source = read_text (top_directory, names[n]);
      assert_non_null (source);
      assert_int_equal (parse (source, &document, &error), 0);
      for (origin_t node = JSON_ROOT; node < document.count; node++)
        for (size_t i = 0; is_tried (&document, node) && i < VALUE_COUNT; i++)
          {
            char *text = NULL;
            size_t size = 0;
            text_file = open_memstream (&text, &size);
            put_node (&document, JSON_ROOT, node, values[i]);
            (void)fclose (text_file);
            try_document (WAY_CONFIG, text);
            free (text);
          }
      free (source);
    }
  assert_true (document_count > 4000);
  (void)state;
}

/* What the decoder decides on null, for each of its kinds of presence. */
static void
test_null (void **state)
{
  static const struct
  {
    const char *text, *says;
  } rows[] = {
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":null}",
      "/linux: \"linux\" is missing: the program would run on the host" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"}}",
      "config.json:1:1: \"linux\" is missing: the program would run on the host" },
    { "{\"ociVersion\":null,\"root\":{\"path\":\"r\"},\"linux\":{}}", "/ociVersion: \"ociVersion\" is required" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":null,\"linux\":{}}", "/root: \"root\" is required in a config" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":null},\"linux\":{}}", "/root/path: \"path\" is required in root" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":null,\"windows\":{}}",
      "/windows: this config is for Windows" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{},\"windows\":null,\"process\":null,"
      "\"mounts\":null,\"hooks\":null,\"annotations\":null,\"hostname\":null,\"domainname\":null}",
      NULL },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"resources\":{\"rdma\":{\"m\":{"
      "\"hcaHandles\":null}}}}}",
      "/rdma/m: \"hcaHandles\" or \"hcaObjects\" is required" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/d\","
      "\"major\":null,\"minor\":1}]}}",
      "\"major\" and \"minor\" are required" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{},\"process\":{\"cwd\":\"/\",\"args\":null}}",
      "/process/args: \"args\" is required in process" },
    { "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{},\"mounts\":[null]}",
      "/mounts/0: expected an object, found null" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct spec spec;
      char line[ERROR_LINE_SIZE];
      struct report report = { .error = &error };
      assert_int_equal (parse (rows[i].text, &document, &error), 0);
      int result = spec_decode (&document, &test_arena, &spec, &report);
      error_line (&error, line, sizeof line);
      if ((result == 0) != (rows[i].says == NULL) || (rows[i].says && !strstr (line, rows[i].says)))
        fail_msg ("%s\n  expected: %s\n  found:    %s", rows[i].text, rows[i].says ? rows[i].says : "no error", line);
    }
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_null), cmocka_unit_test (test_tables), cmocka_unit_test (test_whole) };
  top_directory = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("members", tests, setup_arena, NULL);
}
