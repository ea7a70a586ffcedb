/*
 * Text as it is shown to people: nothing moves the cursor, begins a line or changes the direction of text. And
 * the components of a path, and an arena's memory.
 */
#include "document.h"

#include <sys/utsname.h>

#include "husk/path.h"
#include "husk/text.h"

static void
shows (const char *text, const char *wanted)
{
  char out[256];
  assert_int_equal (text_escape (text, out, sizeof out), strlen (wanted));
  assert_string_equal (out, wanted);
  char again[256];
  (void)text_escape (out, again, sizeof again);
  assert_string_equal (again, out);
}

static void
test_shown (void **state)
{
  static const struct
  {
    const char *text, *shown;
  } table[] = {
    { "", "" },
    { "plain text ~", "plain text ~" },
    { "a\\x1b stays", "a\\x1b stays" },
    { "\x1b[2Jx", "\\x1b[2Jx" },
    { "tab\tnewline\nreturn\rnone", "tab\\x09newline\\x0areturn\\x0dnone" },
    { "\x01\x1f\x7f", "\\x01\\x1f\\x7f" },
    { "\xc2\x80\xc2\x85\xc2\x9b\xc2\x9f\u00a0", "\\u0080\\u0085\\u009b\\u009f\u00a0" },
    { "\u061b\u061c\u061d", "\u061b\\u061c\u061d" },
    { "\u200d\u200e\u200f\u2010", "\u200d\\u200e\\u200f\u2010" },
    { "\u2027\u2028\u2029\u202a\u202e\u202f", "\u2027\\u2028\\u2029\\u202a\\u202e\u202f" },
    { "\u2065\u2066\u2069\u206a", "\u2065\\u2066\\u2069\u206a" },
    { "caf\u00e9 \u65e5\u672c \U0001f433", "caf\u00e9 \u65e5\u672c \U0001f433" },
    { "\U0001202e \U00020085", "\U0001202e \U00020085" },
    /* no UTF-8: alone, cut short, too long a form, a surrogate, beyond the last */
    { "caf\xe9!", "caf\\xe9!" },
    { "\x80\xbf\xff\xfe", "\\x80\\xbf\\xff\\xfe" },
    { "\xe2\x80", "\\xe2\\x80" },
    { "\xe2\x80x\xf0\x9f\x90", "\\xe2\\x80x\\xf0\\x9f\\x90" },
    { "\xc0\x8a\xc1\xbf\xe0\x80\x8a", "\\xc0\\x8a\\xc1\\xbf\\xe0\\x80\\x8a" },
    { "\xed\xa0\x80\xf4\x90\x80\x80", "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80" },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    shows (table[i].text, table[i].shown);
  (void)state;
}

/* CL-20: each byte, alone and between others: the result is printable. */
static void
test_every_byte (void **state)
{
  for (unsigned first = 1; first < 256; first++)
    for (unsigned second = 1; second < 256; second++)
      {
        char text[] = { (char)first, (char)second, 'z', '\0' }, out[64];
        (void)text_escape (text, out, sizeof out);
        assert_int_equal (text_unfit (out, strlen (out)), strlen (out));
        assert_int_equal (out[strlen (out) - 1], 'z');
      }
  (void)state;
}

/* Whatever the room, no character and no escape is cut in two, and nothing is written behind it. */
static void
test_cut (void **state)
{
  static const char text[] = "a\u00e9\x1b\u202e\xff\U0001f433"
                             "b";
  static const char whole[] = "a\u00e9\\x1b\\u202e\\xff\U0001f433"
                              "b";
  char previous[64] = "";
  for (size_t size = 1; size <= sizeof whole; size++)
    {
      char out[64];
      memset (out, '#', sizeof out);
      size_t used = text_escape (text, out, size);
      assert_true (used < size);
      assert_int_equal (strlen (out), used);
      assert_int_equal (out[size], '#');
      assert_memory_equal (out, whole, used);
      assert_memory_equal (out, previous, strlen (previous));
      assert_int_equal (text_unfit (out, used), used);
      assert_true (used == strlen (whole) || out[used ? used - 1 : 0] != '\\');
      (void)snprintf (previous, sizeof previous, "%s", out);
    }
  assert_string_equal (previous, whole);
  (void)state;
}

static void
format (char *out, size_t size, const char *text, ...)
{
  va_list arguments;
  va_start (arguments, text);
  text_format (out, size, text, arguments);
  va_end (arguments);
}

/* A text is cut at a whole character; stray bytes stay. */
static void
test_format (void **state)
{
  static const struct
  {
    const char *text, *cut; /* to 8 bytes and the NUL */
  } table[] = {
    { "1234567", "1234567" },
    { "12345678", "12345678" },
    { "123456789", "12345678" },
    { "1234567\u00e9", "1234567" },
    { "123456\u00e9", "123456\u00e9" },
    { "123456\u00e9\u00e9", "123456\u00e9" },
    { "123456\u65e5", "123456" },
    { "1234567\u65e5", "1234567" },
    { "12345\u65e5x", "12345\u65e5" },
    { "12345\U0001f433", "12345" },
    { "1234567\U0001f433", "1234567" },
    { "1234\U0001f433x", "1234\U0001f433" },
    { "123\x80\x80\x80\x80\x80x", "123\x80\x80\x80\x80\x80" },
    { "1234567\xff"
      "9",
      "1234567" },
    { "\xe2\x80", "\xe2\x80" },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      char out[9];
      format (out, sizeof out, "%s", table[i].text);
      assert_string_equal (out, table[i].cut);
    }
  (void)state;
}

static void
test_line (void **state)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);
  assert_non_null (out);
  assert_int_equal (text_line (out, "%-4s|%d", "a\nb", 7), 0);
  assert_int_equal (text_line (out, "%s", "plain"), 0);
  assert_int_equal (fclose (out), 0);
  assert_string_equal (text, "a\\x0ab |7\nplain\n");
  free (text);
  (void)state;
}

/* An error's line has all its parts, however long they become. */
static void
test_error (void **state)
{
  struct error error = { 0 };
  char line[ERROR_LINE_SIZE], escapes[sizeof error.text];
  memset (escapes, '\x1b', sizeof escapes - 1);
  escapes[sizeof escapes - 1] = '\0';
  (void)error_set (&error, ENOENT, "%s", escapes);
  error_hint (&error, "%s", escapes);
  memcpy (error.place, escapes, sizeof error.place - 1);
  error_line (&error, line, sizeof line);
  assert_int_equal (text_unfit (line, strlen (line)), strlen (line));
  assert_non_null (strstr (line, "\\x1b: no such file or directory (\\x1b"));
  assert_int_equal (line[strlen (line) - 1], ')');
  (void)state;
}

/* JSON that is written has the same value, without anything that must not reach a terminal. */
static void
test_json (void **state)
{
  static const char *const keys[] = { "key\xc2\x85\u202e\x7f", "b\xe9", "tab\t" };
  struct json_writer writer;
  struct json_document document;
  struct error error;
  assert_int_equal (json_write_open (&writer, true), 0);
  json_write_object (&writer, NULL);
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    json_write_string (&writer, keys[i], keys[i]);
  json_write_object_end (&writer);
  size_t size;
  const char *text = json_write_text (&writer, &size);
  assert_int_equal (size, strlen (text));
  assert_non_null (strstr (text, "\"key\\u0085\\u202e\\u007f\": \"key\\u0085\\u202e\\u007f\""));
  for (const char *at = text; *at; at++)
    assert_true (*at == '\n' || text_unfit (at, 1) == 1 || (unsigned char)*at >= 0x80);
  assert_int_equal (parse (text, &document, &error), 0);
  assert_non_null (json_node (&document, json_member (&document, JSON_ROOT, keys[0])));
  assert_string_equal (json_node (&document, json_member (&document, JSON_ROOT, keys[0]))->text, keys[0]);
  assert_string_equal (json_node (&document, json_member (&document, JSON_ROOT, "b\ufffd"))->text, "b\ufffd");
  assert_string_equal (json_node (&document, json_member (&document, JSON_ROOT, keys[2]))->text, keys[2]);
  json_write_close (&writer);
  (void)state;
}

/* ---- the components of paths -------------------------------------------------------------------------------------
 */

static void
test_components (void **state)
{
  static const struct
  {
    const char *path, *components;
    bool climbs, plain;
  } table[] = {
    { "", "", false, false },
    { "/", "", false, false },
    { "a", "[a]", false, true },
    { "/a", "[a]", false, false },
    { "a/b", "[a][b]", false, true },
    { "a//b", "[a][b]", false, false },
    { "a/b/", "[a][b]", false, false },
    { "///a///b///", "[a][b]", false, false },
    { ".", "[.]", false, false },
    { "a/./b", "[a][.][b]", false, false },
    { "..", "[..]", true, false },
    { "a/../b", "[a][..][b]", true, false },
    { "a/..", "[a][..]", true, false },
    { "..a/.../b..", "[..a][...][b..]", false, true },
    { ".a/b.", "[.a][b.]", false, true },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      char found[64] = "";
      const char *at = table[i].path;
      for (struct path_component component; path_next (&at, &component);)
        (void)snprintf (found + strlen (found), sizeof found - strlen (found), "[%.*s]", (int)component.length,
                        component.name);
      assert_string_equal (found, table[i].components);
      assert_int_equal (*at, '\0');
      assert_int_equal (path_climbs (table[i].path), table[i].climbs);
      assert_int_equal (path_is_plain (table[i].path), table[i].plain);
    }
  (void)state;
}

/* The kernel's flags of the mapping with this address. */
static void
read_flags (const void *address, char *flags, size_t size)
{
  unsigned long from = 0, to = 0;
  FILE *mappings = fopen ("/proc/self/smaps", "re");
  assert_non_null (mappings);
  while (fgets (flags, (int)size, mappings))
    if (sscanf (flags, "%lx-%lx ", &from, &to) != 2 && strncmp (flags, "VmFlags:", 8) == 0
        && from <= (unsigned long)address && (unsigned long)address < to)
      break;
  (void)fclose (mappings);
}

/* Its first byte must not cost a huge page. Before Linux 6.7, it depends on the address. */
static void
test_arena_pages (void **state)
{
  struct utsname system;
  int major = 0, minor = 0;
  char flags[512];
  assert_int_equal (uname (&system), 0);
  assert_int_equal (sscanf (system.release, "%d.%d", &major, &minor), 2);
  if (major < 6 || (major == 6 && minor < 7))
    skip ();
  read_flags (test_arena.start, flags, sizeof flags);
  assert_non_null (strstr (flags, " nr")); /* not reserved: it is the arena */
  assert_non_null (strstr (flags, " nh"));
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_shown), cmocka_unit_test (test_every_byte), cmocka_unit_test (test_cut),
    cmocka_unit_test (test_line),  cmocka_unit_test (test_format),     cmocka_unit_test (test_error),
    cmocka_unit_test (test_json),  cmocka_unit_test (test_components), cmocka_unit_test (test_arena_pages),
  };
  return cmocka_run_group_tests_name ("text", tests, setup_arena, NULL);
}
