/*
 * Who is privileged: every combination of policy, declaration and config; and what --privileged grants.
 */
#include "document.h"

#include "husk/privilege.h"

#define SETS                                                                                                           \
  "\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"],\"effective\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"],"                    \
  "\"permitted\":[\"CAP_SYS_ADMIN\",\"CAP_CHOWN\"]"
#define FEWER                                                                                                          \
  "\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"],\"effective\":[\"CAP_CHOWN\"],"                                      \
  "\"permitted\":[\"CAP_SYS_ADMIN\",\"CAP_CHOWN\"]"
#define DEVICES "[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"access\":\"rwm\"}]"

/* A host whose root has only two capabilities: husk can grant fewer than all. */
static const struct host host
    = { .permitted = 1 | 1ull << 21, .bounding = 1 | 1ull << 21, .known_capabilities = (1ull << 41) - 1 };

static const struct config
{
  const char *what, *capabilities, *process, *linux_, *devices;
  bool proved;
} configs[] = {
  { "everything", SETS, "", "", DEVICES, true },
  { "empty lists", SETS, "", ",\"maskedPaths\":[],\"readonlyPaths\":[]", DEVICES, true },
  { "noNewPrivileges false", SETS, ",\"noNewPrivileges\":false", "", DEVICES, true },
  { "a device more", SETS, "", "",
    "[{\"allow\":true,\"type\":\"a\",\"major\":-1,\"minor\":-1,\"access\":\"mrw\"},{\"allow\":true,\"type\":\"c\"}]",
    true },
  { "no capabilities", NULL, "", "", DEVICES, false },
  { "one effective less", FEWER, "", "", DEVICES, false },
  { "noNewPrivileges", SETS, ",\"noNewPrivileges\":true", "", DEVICES, false },
  { "masked", SETS, "", ",\"maskedPaths\":[\"/proc/kcore\"]", DEVICES, false },
  { "read-only", SETS, "", ",\"readonlyPaths\":[\"/proc/sys\"]", DEVICES, false },
  { "user namespace", SETS, "",
    ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":9}],"
    "\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":9}]",
    DEVICES, false },
  { "no device rules", SETS, "", "", NULL, false },
  { "a device denied after all", SETS, "", "",
    "[{\"allow\":true,\"access\":\"rwm\"},{\"allow\":false,\"type\":\"c\",\"major\":10,\"access\":\"w\"}]", false },
  { "devices to read", SETS, "", "", "[{\"allow\":true,\"access\":\"r\"}]", false },
  { "one type of device", SETS, "", "", "[{\"allow\":true,\"type\":\"c\",\"access\":\"rwm\"}]", false },
};
#define CONFIGS (sizeof configs / sizeof *configs)

static void
decode (const struct config *config, const char *annotations, bool profile, struct spec *out)
{
  struct json_document *document = arena_new (&test_arena, struct json_document);
  struct error error;
  struct report report = { .error = &error };
  bool user = strstr (config->linux_, "uidMappings") != NULL;
  char *text = arena_format (
      &test_arena,
      "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"annotations\":{%s},\"process\":{\"cwd\":\"/\",\"args\":"
      "[\"a\"]%s%s%s%s},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}%s]%s%s%s%s%s}}",
      annotations, config->capabilities ? ",\"capabilities\":{" : "", config->capabilities ? config->capabilities : "",
      config->capabilities ? "}" : "", config->process, user ? ",{\"type\":\"user\"}" : "", config->linux_,
      config->devices ? ",\"resources\":{\"devices\":" : "", config->devices ? config->devices : "",
      config->devices ? "}" : "", profile ? ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"}" : "");
  if (parse (text, document, &error) < 0 || spec_decode (document, &test_arena, out, &report) < 0)
    fail_msg ("%s: %s %s", config->what, error.place, error.text);
}

static void
proof (void **state)
{
  (void)state;
  for (size_t c = 0; c < CONFIGS; c++)
    {
      struct spec spec;
      decode (&configs[c], "", true, &spec);
      struct contradiction contradiction = privilege_contradiction (&spec, &host);
      if (configs[c].proved != !contradiction.text)
        fail_msg ("%s: %s", configs[c].what, contradiction.text ? contradiction.text : "proved");
      assert_true (configs[c].proved || contradiction.node);
    }
}

/* [policy][option][annotation says "true"][proved], with a profile. */
static const enum confinement expected[3][2][2][2] = {
  [PRIVILEGE_DECLARED]
  = { { { CONFINED, CONFINED }, { CONFINED_CONTRADICTED, UNCONFINED_BY_ANNOTATION } },
      { { CONFINED_CONTRADICTED, UNCONFINED_BY_OPTION }, { CONFINED_CONTRADICTED, UNCONFINED_BY_OPTION } } },
  [PRIVILEGE_APPLY] = { { { CONFINED_BY_POLICY, CONFINED_BY_POLICY }, { CONFINED_BY_POLICY, CONFINED_BY_POLICY } },
                        { { CONFINED_BY_POLICY, CONFINED_BY_POLICY }, { CONFINED_BY_POLICY, CONFINED_BY_POLICY } } },
  [PRIVILEGE_PROVED]
  = { { { CONFINED, UNCONFINED_BY_PROOF }, { CONFINED_CONTRADICTED, UNCONFINED_BY_ANNOTATION } },
      { { CONFINED_CONTRADICTED, UNCONFINED_BY_OPTION }, { CONFINED_CONTRADICTED, UNCONFINED_BY_OPTION } } },
};

static const struct
{
  const char *text;
  bool declares;
} annotations[] = {
  { "", false },
  { "\"run.oci.privileged\":\"true\"", true },
  { "\"run.oci.privileged\":\"TRUE\"", false },
  { "\"run.oci.privileged\":\"false\"", false },
  { "\"run.oci.privileged \":\"true\"", false },
  { "\"io.podman.annotations.privileged\":\"TRUE\"", false },
  { "\"io.kubernetes.cri-o.PrivilegedRuntime\":\"true\"", false },
  { "\"io.kubernetes.cri.container.privileged\":\"true\",\"privileged\":\"true\"", false },
};

/* PV-01, 03, 04, 07, 08: every combination of config, annotation and option. */
static void
decision (void **state)
{
  unsigned checked = 0;
  (void)state;
  for (size_t c = 0; c < CONFIGS; c++)
    for (size_t a = 0; a < sizeof annotations / sizeof *annotations; a++)
      for (int profile = 0; profile < 2; profile++)
        for (int policy = 0; policy < 3; policy++)
          for (int option = 0; option < 2; option++)
            {
              struct spec spec;
              decode (&configs[c], annotations[a].text, profile, &spec);
              enum confinement wanted = expected[policy][option][annotations[a].declares][configs[c].proved];
              enum confinement got = privilege_decide (&spec, &host, (enum privilege_policy)policy, option);
              if (!profile)
                wanted = UNCONFINED_ABSENT;
              if (got != wanted)
                fail_msg ("%s, %s, policy %d, option %d: %s", configs[c].what, annotations[a].text, policy, option,
                          confinement_text (got));
              assert_int_equal (confinement_applies (got),
                                got == CONFINED || got == CONFINED_BY_POLICY || got == CONFINED_CONTRADICTED);
              checked++;
            }
  assert_int_equal (checked, CONFIGS * 8 * 2 * 3 * 2);
}

/* What --privileged grants is what proves; only a user namespace cannot be taken away. */
static void
grant (void **state)
{
  (void)state;
  for (size_t c = 0; c < CONFIGS; c++)
    {
      struct spec spec;
      decode (&configs[c], "", true, &spec);
      privilege_grant (&spec, &host, &test_arena);
      bool user = strstr (configs[c].linux_, "uidMappings") != NULL;
      if ((privilege_contradiction (&spec, &host).text != NULL) != user)
        fail_msg ("%s: %s", configs[c].what, user ? "proved" : privilege_contradiction (&spec, &host).text);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (proof), cmocka_unit_test (decision), cmocka_unit_test (grant) };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
