/*
 * Plans of engines' configs, as text: changes must be intended. HUSK_WRITE_PLANS=1 writes them again, so that the
 * difference can be read before it is committed.
 */
#include "compiled.h"

static const char *top_directory;

/* A filter's length depends on the system calls that the library knows. */
static void
hide_length (char *text)
{
  char *word = strstr (text, " instructions");
  for (char *digit = word ? word - 1 : text; digit > text && *digit >= '0' && *digit <= '9'; digit--)
    *digit = '#';
}

static char *
printed (const struct compiled *compiled)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream (&text, &size);
  assert_non_null (out);
  assert_int_equal (plan_print (compiled->plan, &compiled->document, false, out), 0);
  (void)fclose (out);
  hide_length (text);
  return text;
}

static void
write_text (const char *name, const char *text)
{
  char path[4096];
  (void)snprintf (path, sizeof path, "%s/%s", top_directory, name);
  FILE *file = fopen (path, "w");
  assert_non_null (file);
  assert_true (fputs (text, file) >= 0);
  (void)fclose (file);
}

static void
test_plans (void **state)
{
  static const struct
  {
    const char *name;
    int host; /* of hosts: 0 hybrid, 1 cgroup v2 */
    bool run;
  } cases[]
      = { { "docker", 0, false }, { "docker-privileged", 1, false }, { "podman", 1, false }, { "containerd", 1, false },
          { "crio", 0, false },   { "crio-privileged", 1, false },   { "ctr", 0, true } };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      struct compiled compiled;
      char *config = read_text (top_directory, arena_format (&test_arena, "tests/configs/%s.json", cases[i].name));
      const char *name = arena_format (&test_arena, "tests/plan/%s.txt", cases[i].name);
      assert_non_null (config);
      compile (&compiled, config, &hosts[cases[i].host], cases[i].run);
      char *found = printed (&compiled);
      if (getenv ("HUSK_WRITE_PLANS"))
        write_text (name, found);
      char *expected = read_text (top_directory, name);
      assert_non_null (expected);
      if (strcmp (found, expected) != 0)
        fail_msg ("the plan of %s has changed:\n%s", cases[i].name, found);
      arena_close (&compiled.arena);
      free (config);
      free (found);
      free (expected);
    }
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_plans) };
  top_directory = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("golden", tests, setup_arena, NULL);
}
