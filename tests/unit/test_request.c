/*
 * What husk-systemd reads: valid and invalid requests of husk, and values in GVariant's text format.
 */
#include "document.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "husk/descriptor.h"
#include "request.h"

/* Single quotes are double ones, so that the rows can be read; "`" is a single one. */
static int
read_request (const char *text, size_t size, struct unit_request *out, struct error *error)
{
  auto_close int fd = memfd_create ("request", MFD_CLOEXEC);
  auto_free char *bytes = malloc (size + 1);
  memset (error, 0, sizeof *error);
  for (size_t i = 0; i < size; i++)
    bytes[i] = text[i] == '\'' ? '"' : text[i] == '`' ? '\'' : text[i];
  assert_int_equal (write_all (fd, bytes, size), 0);
  assert_int_equal (lseek (fd, 0, SEEK_SET), 0);
  return request_read (fd, &test_arena, out, error);
}

static const char *
line_of (const struct error *error)
{
  char *line = arena_alloc (&test_arena, ERROR_LINE_SIZE);
  error_line (error, line, ERROR_LINE_SIZE);
  return line;
}

#define STOP "{'verb':'stop','unit':'a.scope'"
#define PROPERTY(values) "{'verb':'set','unit':'a.scope','properties':[{'name':'After'" values "}]}"
#define VALUES "a property has one of truth, number, text, mask, rates, access, variant, seconds"

static const struct
{
  const char *text, *fault; /* NULL: it is a request */
} requests[] = {
  { STOP "}", NULL },
  { STOP ",'user':true,'timeout':1,'pid':2147483647,'below':'','slice':'a.slice','properties':[]}", NULL },
  { PROPERTY (",'truth':false"), NULL },
  { PROPERTY (",'number':18446744073709551615,'optional':true"), NULL },
  { PROPERTY (",'text':''"), NULL },
  { PROPERTY (",'mask':[]"), NULL },
  { PROPERTY (",'mask':[0,255]"), NULL },
  { PROPERTY (",'rates':[{'device':'/dev/sda','rate':0}]"), NULL },
  { PROPERTY (",'access':[{'device':'char-pts','access':'rw'}]"), NULL },
  { PROPERTY (",'access':[]"), NULL },
  { PROPERTY (",'variant':'[`a`]'"), NULL },
  { PROPERTY (",'seconds':'5'"), NULL },
  { "", "request:1:1: not valid JSON" },
  { "nonsense", "request:1:1: not valid JSON: nonsense is not a value" },
  { STOP, "not valid JSON: the text ends inside the object that begins at 1:1 (is it whole" },
  { STOP "} {}", "not valid JSON" },
  { STOP ",'slice':'\xff'}", "request:1:42: not valid UTF-8" },
  { STOP ",'slice':'\xed\xa0\x80'}", "request:1:42: not valid UTF-8" },
  { STOP ",'slice':'a\\u0000b'}", "the string contains a NUL" },
  { "[]", "request:1:1: " },
  { "{}", "\"verb\" is required in a request" },
  { "{'verb':'stop'}", "\"unit\" is required in a request" },
  { "{'verb':'stop','unit':''}", "/unit: " },
  { "{'verb':'fly','unit':'a.scope'}", "request:1:9: /verb: \"fly\"" },
  { "{'verb':5,'unit':'a.scope'}", "request:1:9: /verb: " },
  { STOP ",'pid':0}", "/pid: " },
  { STOP ",'pid':2147483648}", "/pid: " },
  { STOP ",'pid':-1}", "/pid: " },
  { STOP ",'timeout':3600001}", "/timeout: " },
  { "{'verb':'attach','unit':'a.scope'}", "attach needs a pid" },
  { PROPERTY (""), "request:1:46: /properties/0: " VALUES },
  { PROPERTY (",'number':1,'text':'a'"), VALUES },
  { PROPERTY (",'mask':[],'access':[]"), VALUES },
  { PROPERTY (",'number':-1"), "/properties/0/number: " },
  { PROPERTY (",'number':18446744073709551616"), "/properties/0/number: " },
  { PROPERTY (",'truth':'yes'"), "/properties/0/truth: " },
  { PROPERTY (",'mask':[256]"), "/properties/0/mask/0: " },
  { PROPERTY (",'rates':[{'device':'/dev/sda'}]"), "\"rate\" is required in a device's rate" },
  { PROPERTY (",'rates':[{'rate':5}]"), "\"device\" is required in a device's rate" },
  { PROPERTY (",'access':[{'device':'/dev/sda','rate':5}]"), "\"access\" is required in access to a device" },
  { "{'verb':'set','unit':'a.scope','properties':[{'truth':true}]}", "\"name\" is required in a property" },
  { PROPERTY (",'variant':'['"), "\"[\" cannot be read: " },
};

static void
test_requests (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
    {
      struct unit_request request;
      struct error error;
      int result = read_request (requests[i].text, strlen (requests[i].text), &request, &error);
      const char *fault = requests[i].fault;
      if ((result < 0) != (fault != NULL) || (fault && !strstr (line_of (&error), fault)))
        fail_msg ("row %zu: %s\n  expected: %s\n  found:    %s", i, requests[i].text, fault ? fault : "a request",
                  line_of (&error));
      request_close (&request);
    }
}

static void
test_members (void **state)
{
  (void)state;
  static const char text[] = "{'verb':'start','unit':'a.scope','slice':'b.slice','pid':7,'user':true,'properties':["
                             "{'name':'A','number':5,'optional':true},{'name':'B','mask':[1,128]},"
                             "{'name':'C','rates':[{'device':'/dev/sda','rate':9},{'device':'/dev/sdb','rate':8}]}]}";
  struct unit_request request;
  struct error error;
  assert_int_equal (read_request (text, strlen (text), &request, &error), 0);
  assert_int_equal (request.verb, VERB_START);
  assert_true (request.user);
  assert_int_equal (request.patience, 25000);
  assert_string_equal (request.name, "a.scope");
  assert_string_equal (request.slice, "b.slice");
  assert_int_equal (request.pid, 7);
  assert_int_equal (request.count, 3);
  assert_true (request.properties[0].optional);
  assert_int_equal (request.properties[0].number, 5);
  assert_int_equal (request.properties[1].kind, PROPERTY_MASK);
  assert_int_equal (request.properties[1].count, 2);
  assert_int_equal (request.properties[1].mask[1], 128);
  assert_int_equal (request.properties[2].kind, PROPERTY_RATES);
  assert_string_equal (request.properties[2].devices[1].device, "/dev/sdb");
  assert_int_equal (request.properties[2].devices[1].rate, 8);
}

static void
test_over_long (void **state)
{
  (void)state;
  struct unit_request request;
  struct error error;
  size_t size = JSON_MAX_SIZE + 1;
  auto_free char *text = malloc (size);
  memset (text, ' ', size);
  assert_int_equal (read_request (text, size, &request, &error), -1);
  assert_non_null (strstr (line_of (&error), "request is larger than the limit of 16 MiB"));
}

static const struct
{
  const char *text;
  bool seconds;
  const char *value; /* as GLib prints it with its type; or with "!" a part of the error */
} variants[] = {
  { "uint64 30", true, "uint64 30000000" },
  { "30", true, "uint64 30000000" },
  { "byte 3", true, "uint64 3000000" },
  { "1.5", true, "uint64 1500000" },
  { "0", true, "uint64 0" },
  { "18446744073709", false, "!cannot be read" }, /* not an int32 */
  { "uint64 18446744073709", true, "uint64 18446744073709000000" },
  { "uint64 18446744073710", true, "!\"uint64 18446744073710\" is not a time in seconds" },
  { "-1", true, "!\"-1\" is not a time in seconds: it must be a number from 0" },
  { "'30s'", true, "!is not a time in seconds" },
  { "true", true, "!is not a time in seconds" },
  { "1e400", true, "!" },
  { "true", false, "true" },
  { " false ", false, "false" },
  { "'inactive-or-failed'", false, "'inactive-or-failed'" },
  { "['a.service','b.service']", false, "['a.service', 'b.service']" },
  { "@as []", false, "@as []" },
  { "[]", false, "!cannot be read: unable to infer type" },
  { "['a', 5]", false, "!cannot be read" },
  { "['a' 'b']", false, "!cannot be read" },
  { "['a'", false, "!\"['a'\" cannot be read: expected ',' or ']' to follow array element" },
  { "5", false, "5" },
  { "0x10", false, "16" },
  { "byte 256", false, "!cannot be read" },
  { "int16 -32768", false, "int16 -32768" },
  { "uint64 18446744073709551615", false, "uint64 18446744073709551615" },
  { "uint64 18446744073709551616", false, "!cannot be read" },
  { "5 5", false, "!cannot be read: expected end of input" },
  { "objectpath '/a'", false, "objectpath '/a'" },
  { "objectpath 'a'", false, "!cannot be read" },
  { "b'ab'", false, "b'ab'" },
  { "[('/dev/sda', uint64 5)]", false, "[('/dev/sda', uint64 5)]" },
  { "@a(st) [('a',1),('b',2)]", false, "[('a', uint64 1), ('b', 2)]" },
  { "@a{sv} {}", false, "@a{sv} {}" },
  { "{'a': <5>}", false, "{'a': <5>}" },
  { "<'a'>", false, "<'a'>" },
  { "('a',)", false, "('a',)" },
  { "", false, "!cannot be read" },
  { "yes", false, "!cannot be read" },
  /* what D-Bus does not have */
  { "just 5", false, "!has the type mi: D-Bus has no maybe types" },
  { "@ms nothing", false, "!D-Bus has no maybe types" },
  { "handle 5", false, "!a property cannot be a descriptor" },
  { "[<1>, <handle 5>]", false, "!a property cannot be a descriptor" },
  { "<(1, <@ms nothing>)>", false, "!D-Bus has no maybe types" },
  { "()", false, "!D-Bus has no empty tuples" },
  { "{'a', 5}", false, "!D-Bus has entries only in dictionaries" },
  { "({'a', 5}, 1)", false, "!D-Bus has entries only in dictionaries" },
};

static void
test_variants (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
    {
      struct error error = { 0 };
      variant *value = variant_read (variants[i].text, variants[i].seconds, &error);
      const char *expected = variants[i].value;
      char *found = value ? g_variant_print (value, TRUE) : NULL;
      bool good
          = *expected == '!' ? !value && strstr (error.text, expected + 1) : value && strcmp (found, expected) == 0;
      if (!good)
        fail_msg ("row %zu: %s\n  expected: %s\n  found:    %s", i, variants[i].text, expected,
                  found ? found : error.text);
      g_free (found);
      if (value)
        variant_free (value);
    }
}

/* Nested more deeply than the stack would allow if depth were not limited. */
static void
test_depth (void **state)
{
  (void)state;
  char text[65536];
  struct error error = { 0 };
  memset (text, '[', sizeof text);
  text[sizeof text - 1] = '\0';
  assert_null (variant_read (text, false, &error));
  for (size_t i = 0; i + 1 < sizeof text; i++)
    text[i] = "@(<["[i % 4];
  error = (struct error){ 0 };
  assert_null (variant_read (text, false, &error));
}

/* Every prefix of a valid text, and every text with one byte changed: parsing ends, and stays within bounds. */
static void
test_damaged (void **state)
{
  (void)state;
  static const char good[] = "@a(sta(yb)) [('a\\u00e9;', 5, [(byte 1, true)]), (\"b\", 0x6, [])]";
  for (size_t i = 0; i < sizeof good; i++)
    for (int byte = 0; byte < 128; byte++)
      {
        struct error error = { 0 };
        char *text = malloc (sizeof good); /* so that a sanitizer sees its end */
        memcpy (text, good, sizeof good);
        text[i] = (char)(i + 1 < sizeof good ? byte : 0);
        variant *value = variant_read (text, false, &error);
        assert_true ((value != NULL) != (error.set != 0));
        if (value)
          variant_free (value);
        free (text);
      }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_requests), cmocka_unit_test (test_members), cmocka_unit_test (test_over_long),
    cmocka_unit_test (test_variants), cmocka_unit_test (test_depth),   cmocka_unit_test (test_damaged),
  };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
