/*
 * The JSON room: positions, invalid JSON, decoding by tables, writing.
 */
#include "document.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitized.h"

static const char *top_directory;

static void
test_positions (void **state)
{
  static const struct
  {
    const char *text, *path[4];
    uint32_t line, column;
  } table[] = {
    { "{}", { NULL }, 1, 1 },
    { "  {}", { NULL }, 1, 3 },
    { "{\"a\": 1}", { "a" }, 1, 7 },
    { "{\n  \"a\": {\n    \"b\": \"x\"\n  }\n}", { "a", "b" }, 3, 10 },
    { "{\"a\":[1, 22,\n  [true]]}", { "a" }, 1, 6 },
    { "{\"esc\\\"aped\" : \"q\\u00e9\", \"b\":true}", { "b" }, 1, 31 },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      struct json_document document;
      struct error error;
      uint32_t line, column;
      origin_t node = JSON_ROOT;
      assert_int_equal (parse (table[i].text, &document, &error), 0);
      for (int p = 0; p < 4 && table[i].path[p]; p++)
        node = json_member (&document, node, table[i].path[p]);
      assert_int_not_equal (node, 0);
      json_position (&document, node, &line, &column);
      assert_int_equal (line, table[i].line);
      assert_int_equal (column, table[i].column);
    }
  (void)state;
}

/* Elements by index are those that walking finds, whether their numbers follow each other or not. */
static void
test_elements_by_index (void **state)
{
  static const char *const texts[] = { "[]",        "[1]",         "[1,2,3]",        "[[1],2,3]",
                                       "[1,[2],3]", "[1,2,[3,4]]", "[{\"a\":1},{}]", "[[],[],[]]",
                                       "[\"x\",{}]" };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      struct json_document document;
      struct error error;
      char pointer[64], expected[64];
      uint32_t index = 0;
      assert_int_equal (parse (arena_format (&test_arena, "[%s,7]", texts[i]), &document, &error), 0);
      origin_t array = json_element (&document, JSON_ROOT, 0);
      for (origin_t one = json_node (&document, array)->first; one; one = json_node (&document, one)->next)
        {
          assert_int_equal (json_element (&document, array, index), one);
          json_pointer (&document, one, pointer, sizeof pointer);
          (void)snprintf (expected, sizeof expected, "/0/%u", index++);
          assert_string_equal (pointer, expected);
        }
      assert_int_equal (json_element (&document, array, index), 0);
      assert_int_equal (json_element (&document, array, UINT32_MAX), 0);
    }
  (void)state;
}

/* The place of element `index`, which is an object with an array, on line 2 + index, and of a value in it. */
static void
placed_on_its_line (const struct json_document *document, const char *key, uint32_t first_line, uint32_t index)
{
  uint32_t line, column;
  char pointer[64], expected[64];
  origin_t element = json_element (document, json_member (document, JSON_ROOT, key), index);
  origin_t inner = json_element (document, json_member (document, element, "in"), 1);
  assert_int_not_equal (inner, 0);
  json_position (document, inner, &line, &column);
  assert_int_equal (line, first_line + index);
  assert_int_equal (column, 13);
  json_pointer (document, inner, pointer, sizeof pointer);
  (void)snprintf (expected, sizeof expected, "/%s/%u/in/1", key, index);
  assert_string_equal (pointer, expected);
  assert_int_equal (document->bookmark->offset, json_node (document, inner)->offset); /* the next search starts here */
}

/* Places are right in any order of asking. */
static void
test_places_in_any_order (void **state)
{
  enum
  {
    LENGTH = 300
  };
  struct json_document document;
  struct error error;
  const char *list = "", *text;
  for (int i = 0; i < LENGTH; i++)
    list = arena_format (&test_arena, "%s%s\n{\"in\": [{}, [1]]}", list, i ? "," : "");
  text = arena_format (&test_arena, "{\"a\": [%s],\n\"b\": [%s]}", list, list);
  assert_int_equal (parse (text, &document, &error), 0);
  for (uint32_t i = 0; i < LENGTH; i++)
    placed_on_its_line (&document, "a", 2, i);
  for (uint32_t i = LENGTH; i-- > 0;)
    placed_on_its_line (&document, "b", LENGTH + 3, i);
  for (uint32_t i = 0; i < LENGTH; i++)
    {
      placed_on_its_line (&document, i % 2 ? "a" : "b", i % 2 ? 2 : LENGTH + 3, i * 7 % LENGTH);
      placed_on_its_line (&document, i % 2 ? "b" : "a", i % 2 ? LENGTH + 3 : 2, i * 11 % LENGTH);
    }
  (void)state;
}

/* A value somewhat before the last one is not looked for from the start of the text, which cannot be read here. */
static void
test_place_from_the_last (void **state)
{
  enum
  {
    PAGE = 65536
  };
  struct json_document document;
  struct error error;
  uint32_t line, column;
  char *filler = arena_alloc (&test_arena, PAGE);
  (void)state;
  memset (filler, '\n', PAGE - 1);
  filler[PAGE - 1] = '\0';
  assert_int_equal (parse (arena_format (&test_arena, "[%s%s1,\n  2, 3,\n4]", filler, filler), &document, &error), 0);
  char *bytes = mmap (NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal (bytes, MAP_FAILED);
  memcpy (bytes, document.bytes, document.size);
  document.bytes = bytes;
  json_position (&document, json_element (&document, JSON_ROOT, 3), &line, &column);
  assert_int_equal (line, 2 * (PAGE - 1) + 3);
  assert_int_equal (column, 1);
  assert_int_equal (mprotect (bytes, PAGE, PROT_NONE), 0);
  json_position (&document, json_element (&document, JSON_ROOT, 2), &line, &column);
  assert_int_equal (line, 2 * (PAGE - 1) + 2);
  assert_int_equal (column, 6);
  json_position (&document, json_element (&document, JSON_ROOT, 1), &line, &column);
  assert_int_equal (line, 2 * (PAGE - 1) + 2);
  assert_int_equal (column, 3);
  json_position (&document, json_element (&document, JSON_ROOT, 0), &line, &column);
  assert_int_equal (line, 2 * (PAGE - 1) + 1);
  assert_int_equal (column, 1);
  (void)munmap (bytes, 3 * PAGE);
}

/* What is open when the text ends has one byte a value. Nothing may be written beyond the nodes. */
static void
test_open_to_the_end (void **state)
{
  static const char *const ends[] = { "", "{", "{\"a\":{}}", "{\"a\":{}}\xb9", "1", "{\"a\":[" };
  for (size_t end = 0; end < sizeof ends / sizeof *ends; end++)
    for (size_t depth = 1; depth <= JSON_MAX_DEPTH + 2; depth++)
      {
        struct json_document document;
        struct error error;
        char text[JSON_MAX_DEPTH + 32];
        memset (text, '[', depth);
        (void)snprintf (text + depth, sizeof text - depth, "%s", ends[end]);
        assert_int_equal (parse (text, &document, &error), -1);
        assert_true (error.set);
        /* the next object in the arena follows them */
        assert_true (document.count < strlen (text) / 2 + JSON_MAX_DEPTH + 4);
      }
  (void)state;
}

/* To a caller that asks for a member, null is the same as absent. */
static void
test_null_is_none (void **state)
{
  struct json_document document;
  struct error error;
  assert_int_equal (parse ("{\"a\":null,\"b\":{\"a\":null}}", &document, &error), 0);
  assert_int_equal (json_member (&document, JSON_ROOT, "a"), 0);
  assert_int_equal (json_member (&document, json_member (&document, JSON_ROOT, "b"), "a"), 0);
  (void)state;
}

static void
test_elements_and_pointers (void **state)
{
  struct json_document document;
  struct error error;
  char pointer[64];
  assert_int_equal (parse ("{\"a\":[1, 22,\n  [true, \"x\"]], \"s/l~\": {\"k\": 5}}", &document, &error), 0);
  origin_t inner = json_element (&document, json_member (&document, JSON_ROOT, "a"), 2);
  json_pointer (&document, json_element (&document, inner, 1), pointer, sizeof pointer);
  assert_string_equal (pointer, "/a/2/1");
  assert_string_equal (json_node (&document, json_element (&document, inner, 1))->text, "x");
  assert_int_equal (json_element (&document, inner, 2), 0);
  json_pointer (&document, json_member (&document, json_member (&document, JSON_ROOT, "s/l~"), "k"), pointer,
                sizeof pointer);
  assert_string_equal (pointer, "/s~1l~0/k");
  (void)state;
}

static void
test_refused (void **state)
{
  static const struct
  {
    const char *text, *line;
  } table[] = {
    { "{\"a\": 1, \"b\": 2, \"a\": 3}", "config.json:1:23: /a: duplicate key \"a\"" },
    { "{\"a\": \"x\\u0000y\"}", "config.json:1:7: /a: the string contains a NUL" },
    { "{\"a\": tru}", "config.json:1:7: not valid JSON: tru is not a value (did you mean true?)" },
    { "{\"a\": 1} x",
      "config.json:1:10: not valid JSON: text after the end of the document (is there one \"}\" too many "
      "before it?)" },
    { "{\"a\": \"x\xc3\xa9\xed\xa0\x80\"}", "config.json:1:11: not valid UTF-8" },
    { "[1,]", "config.json:1:3: not valid JSON: a comma before \"]\" (remove the comma)" },
    { "{\"a\": \"x\xff\"}", "config.json:1:9: not valid UTF-8" },
    { "{\"a\": \"x\xff\",}", "config.json:1:9: not valid UTF-8" },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      struct json_document document;
      struct error error;
      assert_int_equal (parse (table[i].text, &document, &error), -1);
      expect_line (&error, table[i].line);
    }
  (void)state;
}

/* A text with one byte left out, changed or added, or cut off there, is either valid or refused in husk's own words:
 * what yajl refuses, syntax.c finds. */
static void
test_syntax_at_each_place (void **state)
{
  static const char whole[]
      = "{\"a\": [1, -2.5e+7, true, null],\n \"b\\n\\u00e9\": {\"c\": \"x\\\\\", \"d\": {}}, \"e\": []}\n";
  static const char bytes[] = "\"\\{}[],:01-.etn#'/ \n\t\x01\0";
  for (size_t place = 0; place < sizeof whole; place++)
    for (size_t change = 0; change < 2 + 2 * sizeof bytes; change++)
      {
        char text[sizeof whole + 1], line[ERROR_LINE_SIZE];
        struct json_document document;
        struct error error = { 0 };
        size_t added = change >= 2, kept = change % 2 ? place : place + 1, size = place;
        memcpy (text, whole, place);
        if (added)
          text[size++] = bytes[(change - 2) / 2];
        if (change != 1 && kept < sizeof whole - 1) /* 1: cut off */
          {
            memcpy (text + size, whole + kept, sizeof whole - 1 - kept);
            size += sizeof whole - 1 - kept;
          }
        char *copy = arena_copy (&test_arena, text, size);
        if (json_parse (copy, size, "config.json", &test_arena, &document, &error) == 0)
          continue;
        error_line (&error, line, sizeof line);
        if (strstr (line, "parse error") || strstr (line, "lexical error") || !strstr (line, "config.json:"))
          fail_msg ("%.*s: %s", (int)size, text, line);
      }
  (void)state;
}

/* Wherever a wrong byte, of those that yajl lets pass, is among words of eight and characters of several bytes, its own
 * place is reported. */
static void
test_encoding_at_each_place (void **state)
{
  for (int place = 0; place < 20 * 20 * 2; place++)
    {
      int before = place % 20, between = place / 20 % 20;
      char text[80], line[64];
      struct json_document document;
      struct error error;
      const char *wide = place < 400 ? "\xc3\xa9" : "";
      int at = sprintf (text, "\"%.*s%s%.*s", before, "aaaaaaaaaaaaaaaaaaaa", wide, between, "bbbbbbbbbbbbbbbbbbbb");
      (void)strcpy (text + at, "\"");
      assert_int_equal (parse (text, &document, &error), 0);
      (void)strcpy (text + at, "\xed\xa0\x80\"");
      assert_int_equal (parse (text, &document, &error), -1);
      (void)sprintf (line, "config.json:1:%d: not valid UTF-8", at + 1);
      expect_line (&error, line);
    }
  (void)state;
}

static void
test_depth (void **state)
{
  struct json_document document;
  struct error error;
  char *text = malloc (300001);
  memset (text, '[', 100000);
  memset (text + 100000, ']', 100000);
  text[200000] = '\0';
  assert_int_equal (parse (text, &document, &error), -1);
  assert_non_null (strstr (error.text, "nested deeper than 128 levels"));
  memmove (text, text + 100000 - 128, 256);
  text[256] = '\0';
  assert_int_equal (parse (text, &document, &error), 0);
  free (text);
  (void)state;
}

/* BI-03: a config that ends anywhere too early is refused, with a place. */
static void
test_truncated (void **state)
{
  char *text = read_text (top_directory, "config.json.example");
  size_t size = strlen (text), end = size;
  assert_true (size > 5000);
  while (text[end - 1] != '}')
    end--;
  for (size_t at = 0; at < end; at++)
    {
      struct json_document document;
      struct error error = { 0 };
      struct arena arena;
      assert_int_equal (arena_open (&arena, 1ul << 26), 0);
      char *bytes = arena_copy (&arena, text, at);
      assert_int_equal (json_parse (bytes, at, "config.json", &arena, &document, &error), -1);
      assert_int_equal (strncmp (error.place, "config.json:", 12), 0);
      arena_close (&arena);
    }
  free (text);
  (void)state;
}

struct numbers
{
  origin_t node;
  struct json_uint big;
  struct json_int small;
};

static const struct json_type type = {
  "numbers", sizeof (struct numbers),
  (const struct json_field[]){ JSON_UINT (struct numbers, "big", big),
                               JSON_INT (struct numbers, "small", small, .ranged = true, .minimum = -5, .maximum = 5),
                               { 0 } }
};

static void
test_numbers (void **state)
{
  static const struct
  {
    const char *text, *line;
    uint64_t big;
    int64_t small;
  } table[] = {
    { "{\"big\": 18446744073709551615}", NULL, UINT64_MAX, 0 },
    { "{\"big\": 9223372036854772000, \"small\": -5}", NULL, 9223372036854772000u, -5 },
    { "{\"big\": 18446744073709551616}",
      "config.json:1:9: /big: 18446744073709551616 is out of range (0 to 18446744073709551615)", 0, 0 },
    { "{\"big\": -1}", "config.json:1:9: /big: -1 is out of range (0 to 18446744073709551615)", 0, 0 },
    { "{\"small\": 6}", "config.json:1:11: /small: 6 is out of range (-5 to 5)", 0, 0 },
    { "{\"big\": 1e0}", "config.json:1:9: /big: 1e0 is not a whole number", 0, 0 },
    { "{\"big\": 0.5}", "config.json:1:9: /big: 0.5 is not a whole number", 0, 0 },
    { "{\"big\": \"1\"}", "config.json:1:9: /big: expected a number, found a string", 0, 0 },
    { "{\"big\": null}", NULL, 0, 0 },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct numbers numbers;
      struct report report = { .error = &error };
      assert_int_equal (parse (table[i].text, &document, &error), 0);
      int result = json_decode (&document, JSON_ROOT, &type, &numbers, &test_arena, &report);
      assert_int_equal (result, table[i].line ? -1 : 0);
      if (table[i].line)
        expect_line (&error, table[i].line);
      assert_int_equal (numbers.big.value, table[i].big);
      assert_int_equal (numbers.small.value, table[i].small);
    }
  (void)state;
}

/* A key that resembles a known one is warned of, but not if the table covers only a part of the object's members. */
static void
test_misspelt (void **state)
{
  static const struct
  {
    const char *text;
    unsigned warnings;
  } table[] = {
    { "{\"bog\": 1}", 1 },      { "{\"small\": 1}", 0 }, { "{\"smaller\": 1}", 1 }, { "{\"smal\": 1}", 1 },
    { "{\"smallest\": 1}", 0 }, { "{\"sma\": 1}", 1 },   { "{\"s\": 1}", 0 },       { "{\"b\u0456g\": 1}", 1 },
  };
  struct json_type part = type;
  part.partial = true;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct numbers numbers;
      struct report whole = { .error = &error }, partial = { .error = &error };
      assert_int_equal (parse (table[i].text, &document, &error), 0);
      assert_int_equal (json_decode (&document, JSON_ROOT, &type, &numbers, &test_arena, &whole), 0);
      assert_int_equal (json_decode (&document, JSON_ROOT, &part, &numbers, &test_arena, &partial), 0);
      assert_int_equal (whole.warnings, table[i].warnings);
      assert_int_equal (partial.warnings, 0);
    }
  (void)state;
}

static void
test_writer (void **state)
{
  struct json_writer writer;
  assert_int_equal (json_write_open (&writer, false), 0);
  json_write_object (&writer, NULL);
  json_write_string (&writer, "text", "a\"b\nc");
  json_write_string (&writer, "left out", NULL);
  json_write_uint (&writer, "big", UINT64_MAX);
  json_write_int (&writer, "small", -3);
  json_write_array (&writer, "list");
  json_write_bool (&writer, NULL, true);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  assert_string_equal (json_write_text (&writer, NULL),
                       "{\"text\":\"a\\\"b\\nc\",\"big\":18446744073709551615,\"small\":-3,\"list\":[true]}");
  json_write_close (&writer);
  (void)state;
}

/* If yajl refuses to write something the writer fails; the text is not silently incomplete. */
static void
test_writer_failed (void **state)
{
  (void)state;
  struct json_writer writer;
  assert_int_equal (json_write_open (&writer, false), 0);
  for (int depth = 0; depth < 100; depth++)
    json_write_array (&writer, NULL);
  assert_false (writer.failed);
  for (int depth = 0; depth < 100; depth++)
    json_write_array (&writer, NULL);
  assert_true (writer.failed);
  json_write_close (&writer);
  assert_int_equal (json_write_open (&writer, false), 0);
  assert_false (writer.failed);
  json_write_object (&writer, NULL);
  json_write_int (&writer, NULL, 5); /* where a key belongs */
  assert_true (writer.failed);
  json_write_close (&writer);
}

#if !SANITIZED
/* yajl by itself would write through a null pointer. */
static void
write_without_memory (void)
{
  static char text[1 << 16];
  struct rlimit limit = { 1 << 20, 1 << 20 }; /* of data, which this process has long exceeded */
  struct json_writer writer;
  memset (text, 'x', sizeof text - 1);
  if (json_write_open (&writer, false) < 0 || setrlimit (RLIMIT_DATA, &limit) < 0)
    _exit (2);
  json_write_array (&writer, NULL);
  for (int i = 0; i < 1000 && !writer.failed; i++)
    json_write_string (&writer, NULL, text);
  size_t size = 0;
  (void)json_write_text (&writer, &size);
  json_write_close (&writer);
  _exit (writer.failed && size < 1000 * sizeof text ? 0 : 1);
}

static void
test_writer_memory (void **state)
{
  (void)state;
  int status = -1;
  pid_t child = fork ();
  if (child == 0)
    write_without_memory ();
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}
#endif

/* Half of a text is not printed, and the caller hears of it. */
static void
test_writer_printed (void **state)
{
  (void)state;
  for (int failed = 0; failed < 2; failed++)
    {
      struct json_writer writer;
      char text[32] = "";
      FILE *out = tmpfile ();
      assert_non_null (out);
      assert_int_equal (json_write_open (&writer, false), 0);
      json_write_object (&writer, NULL);
      if (failed)
        json_write_int (&writer, NULL, 5); /* where a key belongs */
      json_write_object_end (&writer);
      errno = 0;
      assert_int_equal (json_write_print (&writer, out), failed ? -1 : 0);
      assert_int_equal (errno, failed ? ENOMEM : 0);
      rewind (out);
      size_t size = fread (text, 1, sizeof text - 1, out);
      assert_int_equal (size, strlen (text));
      assert_string_equal (text, failed ? "" : "{}\n");
      (void)fclose (out);
    }
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_positions),
          cmocka_unit_test (test_null_is_none),
          cmocka_unit_test (test_elements_and_pointers),
          cmocka_unit_test (test_elements_by_index),
          cmocka_unit_test (test_places_in_any_order),
          cmocka_unit_test (test_place_from_the_last),
          cmocka_unit_test (test_refused),
          cmocka_unit_test (test_syntax_at_each_place),
          cmocka_unit_test (test_encoding_at_each_place),
          cmocka_unit_test (test_depth),
          cmocka_unit_test (test_open_to_the_end),
          cmocka_unit_test (test_truncated),
          cmocka_unit_test (test_numbers),
          cmocka_unit_test (test_misspelt),
          cmocka_unit_test (test_writer),
          cmocka_unit_test (test_writer_failed),
#if !SANITIZED
          cmocka_unit_test (test_writer_memory),
#endif
          cmocka_unit_test (test_writer_printed),
        };
  top_directory = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("json", tests, setup_arena, NULL);
}
