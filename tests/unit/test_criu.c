/*
 * The messages between husk and husk-criu, written and read by one table, over a real socket.
 */
#include "document.h"

#include <errno.h>
#include <sys/socket.h>

#include "husk/criu.h"
#include "husk/descriptor.h"

struct pair
{
  int ends[2];
  struct criu_listener listener;
};

static struct pair
make_pair (void)
{
  struct pair pair;
  int size = 1 << 20;
  assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.ends), 0);
  (void)setsockopt (pair.ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  pair.listener = (struct criu_listener){ .socket = pair.ends[1], .arena = &test_arena };
  return pair;
}

static void
end_pair (struct pair *pair)
{
  descriptor_close (&pair->ends[0]);
  descriptor_close (&pair->ends[1]);
}

static void
test_request (void **state)
{
  (void)state;
  struct pair pair = make_pair ();
  struct error error = { 0 };
  struct criu_request heard, request = {
    .arena = &test_arena,
    .verb = CRIU_RESTORE,
    .images = "/images \xff%\n\"",
    .work = "bytes:",
    .root = "/r\xc3\xa9",
    .pid = 2147483647,
    .page_server = "a",
    .page_server_port = 65535,
    .cgroups_mode = 3,
    .has_console = true,
    .has_status = true,
    .file_locks = true,
  };
  char name[16];
  for (uint32_t i = 0; i < 1000; i++)
    {
      (void)snprintf (name, sizeof name, "/%u\xfe", i);
      criu_add (&request, &request.mounts,
                (struct criu_item){ .name = arena_string (&test_arena, name), .path = "/host" });
    }
  criu_add (&request, &request.descriptors, (struct criu_item){ .name = "pipe:[5]", .fd = 2 });
  criu_add (&request, &request.points, (struct criu_item){ .path = "/a", .directory = true });
  criu_add (&request, &request.points, (struct criu_item){ .path = "/b" });
  criu_add (&request, &request.cgroups, (struct criu_item){ .name = "", .path = "/c" });
  assert_int_equal (criu_send (pair.ends[0], &criu_request_type, &request, &error), 0);
  assert_int_equal (criu_receive (&pair.listener, &criu_request_type, &heard, &error), 1);
  assert_int_equal (heard.verb, CRIU_RESTORE);
  assert_string_equal (heard.images, request.images);
  assert_string_equal (heard.work, request.work);
  assert_string_equal (heard.root, request.root);
  assert_null (heard.mount);
  assert_int_equal (heard.pid, request.pid);
  assert_int_equal (heard.page_server_port, 65535);
  assert_true (heard.has_console && heard.has_status && heard.file_locks && !heard.auto_dedup && !heard.lazy_pages);
  assert_int_equal (heard.mounts.count, 1000);
  assert_string_equal (heard.mounts.items[999].name, "/999\xfe");
  assert_string_equal (heard.mounts.items[999].path, "/host");
  assert_int_equal (heard.descriptors.items[0].fd, 2);
  assert_true (heard.points.items[0].directory && !heard.points.items[1].directory);
  assert_string_equal (heard.cgroups.items[0].name, "");
  assert_int_equal (heard.namespaces.count, 0);
  end_pair (&pair);
}

/* Two messages that arrive at once stay two; a long one arrives whole. */
static void
test_messages (void **state)
{
  (void)state;
  struct pair pair = make_pair ();
  struct error error = { 0 };
  struct criu_message heard;
  char text[512];
  memset (text, 'e', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  assert_int_equal (criu_send (pair.ends[0], &criu_message_type, &(struct criu_message){ .namespaces = 7 }, &error), 0);
  assert_int_equal (
      criu_send (pair.ends[0], &criu_message_type, &(struct criu_message){ .error = text, .hint = "h" }, &error), 0);
  assert_int_equal (criu_receive (&pair.listener, &criu_message_type, &heard, &error), 1);
  assert_true (heard.namespaces == 7 && !heard.process && !heard.go && !heard.error);
  assert_int_equal (criu_receive (&pair.listener, &criu_message_type, &heard, &error), 1);
  assert_string_equal (heard.error, text);
  assert_string_equal (heard.hint, "h");
  descriptor_close (&pair.ends[0]);
  assert_int_equal (criu_receive (&pair.listener, &criu_message_type, &heard, &error), 0);
  assert_false (error.set);
  end_pair (&pair);
}

static const struct
{
  const char *text, *fault;
  const struct json_type *type;
} damaged[] = {
  { "nonsense\n", "not valid JSON", &criu_request_type },
  { "\n", "not valid JSON", &criu_request_type },
  { "{\"go\":true}", "a message is cut off", &criu_message_type },
  { "{\"go\":\"yes\"}\n", "/go: ", &criu_message_type },
  { "{\"process\":2147483648}\n", "/process: ", &criu_message_type },
  { "{\"error\":\"\xff\"}\n", "message:1:11: not valid UTF-8", &criu_message_type },
  { "{\"error\":\"bytes:%0\"}\n", "a % without two digits", &criu_message_type },
  { "{\"verb\":\"fly\"}\n", "/verb: \"fly\" is not a verb", &criu_request_type },
  { "{\"verb\":\"dump\",\"work\":\"/\",\"root\":\"/\"}\n", "\"images\" is required in a request", &criu_request_type },
  { "{\"verb\":\"dump\",\"images\":\"/\",\"work\":\"/\",\"root\":\"/\",\"mounts\":[{\"name\":\"a\"}]}\n",
    "/mounts/0: \"path\" is required in a name and its path", &criu_request_type },
};

static void
test_damaged (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
    {
      struct pair pair = make_pair ();
      struct error error = { 0 };
      union
      {
        struct criu_request request;
        struct criu_message message;
      } heard;
      char line[ERROR_LINE_SIZE];
      assert_int_equal (write_all (pair.ends[0], damaged[i].text, strlen (damaged[i].text)), 0);
      descriptor_close (&pair.ends[0]);
      assert_int_equal (criu_receive (&pair.listener, damaged[i].type, &heard, &error), -1);
      error_line (&error, line, sizeof line);
      if (!strstr (line, damaged[i].fault))
        fail_msg ("row %zu: %s\n  expected: %s\n  found:    %s", i, damaged[i].text, damaged[i].fault, line);
      end_pair (&pair);
    }
}

/* A line that does not end. */
static void
test_over_long (void **state)
{
  (void)state;
  char path[] = "/tmp/test_criu.XXXXXX";
  auto_close int fd = mkstemp (path);
  struct criu_listener listener = { .socket = fd, .arena = &test_arena };
  struct criu_message heard;
  struct error error = { 0 };
  assert_int_equal (unlink (path), 0);
  assert_int_equal (ftruncate (fd, 2l * JSON_MAX_SIZE), 0);
  assert_int_equal (criu_receive (&listener, &criu_message_type, &heard, &error), -1);
  assert_non_null (strstr (error.text, "a message is larger than 16 MiB"));
}

/* Its last messages are received even if it has not read everything that it was sent. */
static void
test_last_words (void **state)
{
  (void)state;
  struct pair pair = make_pair ();
  struct error error = { 0 };
  struct criu_message heard, go = { .go = true }, last = { .error = "no" };
  assert_int_equal (criu_send (pair.ends[1], &criu_message_type, &go, &error), 0);
  assert_int_equal (criu_send (pair.ends[0], &criu_message_type, &last, &error), 0);
  descriptor_close (&pair.ends[0]);
  assert_int_equal (criu_receive (&pair.listener, &criu_message_type, &heard, &error), 1);
  assert_string_equal (heard.error, "no");
  assert_int_equal (criu_receive (&pair.listener, &criu_message_type, &heard, &error), 0);
  end_pair (&pair);
}

/* The peer is gone. */
static void
test_nobody (void **state)
{
  (void)state;
  struct pair pair = make_pair ();
  struct error error = { 0 };
  descriptor_close (&pair.ends[1]);
  assert_int_equal (criu_send (pair.ends[0], &criu_message_type, &(struct criu_message){ .go = true }, &error), -1);
  assert_int_equal (error.code, EPIPE);
  end_pair (&pair);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_request),   cmocka_unit_test (test_messages), cmocka_unit_test (test_damaged),
    cmocka_unit_test (test_over_long), cmocka_unit_test (test_nobody),   cmocka_unit_test (test_last_words),
  };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
