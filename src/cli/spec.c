#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"

static const char help[] = "usage: husk spec [--bundle DIR] [--rootless]\n"
                           "\n"
                           "Writes a config.json with the default security of a container: capabilities, masked\n"
                           "paths and a seccomp profile. It expects the root file system in DIR/rootfs.\n"
                           "\n"
                           "  -b, --bundle DIR  where to write it (default: the working directory)\n"
                           "      --rootless    for an ordinary user: with a user namespace whose root he is\n"
                           "  -h, --help\n";

static const struct option spec_options[]
    = { { "bundle", required_argument, NULL, 'b' }, { "rootless", no_argument, NULL, 'r' }, CLI_HELP_OPTION };

extern const char config_example_start[], config_example_end[];

/* What differs for an ordinary user: a user namespace whose root he is, with no other id, so that devpts cannot have
 * tty's gid; and the host's /sys, which he may bind on every system, while sysfs and cgroups he may mount on some.
 * Device rules are not his to make. */
static const struct
{
  const char *part, *in_place; /* with the uid and the gid as %u */
} rootless_edits[] = {
  { ", \"gid=5\"]", "]" },
  { "\"type\": \"sysfs\",\n"
    "      \"source\": \"sysfs\",\n"
    "      \"options\": [\"nosuid\"",
    "\"type\": \"none\",\n"
    "      \"source\": \"/sys\",\n"
    "      \"options\": [\"rbind\", \"nosuid\"" },
  { ",\n"
    "    {\n"
    "      \"destination\": \"/sys/fs/cgroup\",\n"
    "      \"type\": \"cgroup\",\n"
    "      \"source\": \"cgroup\",\n"
    "      \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"relatime\", \"ro\"]\n"
    "    }",
    "" },
  { "    \"resources\": {\n"
    "      \"devices\": [\n"
    "        {\n"
    "          \"allow\": false,\n"
    "          \"access\": \"rwm\"\n"
    "        }\n"
    "      ]\n"
    "    },\n",
    "" },
  { "        \"type\": \"cgroup\"\n"
    "      }\n"
    "    ],",
    "        \"type\": \"cgroup\"\n"
    "      },\n"
    "      {\n"
    "        \"type\": \"user\"\n"
    "      }\n"
    "    ],\n"
    "    \"uidMappings\": [\n"
    "      {\n"
    "        \"containerID\": 0,\n"
    "        \"hostID\": %u,\n"
    "        \"size\": 1\n"
    "      }\n"
    "    ],\n"
    "    \"gidMappings\": [\n"
    "      {\n"
    "        \"containerID\": 0,\n"
    "        \"hostID\": %u,\n"
    "        \"size\": 1\n"
    "      }\n"
    "    ]," },
};
#define ROOTLESS_EDITS (sizeof rootless_edits / sizeof *rootless_edits)

/* The edits stand in the order of the example. A stream in memory: fails for want of that alone. */
static int
print_rootless (FILE *out, const char *text)
{
  for (size_t i = 0; i < ROOTLESS_EDITS; i++)
    {
      const char *found = strstr (text, rootless_edits[i].part);
      if (!found)
        return -1;
      (void)fwrite (text, 1, (size_t)(found - text), out);
      (void)fprintf (out, rootless_edits[i].in_place, geteuid (), getegid ());
      text = found + strlen (rootless_edits[i].part);
    }
  (void)fputs (text, out);
  return 0;
}

static int
make_rootless (char **out, size_t *out_size, struct error *error)
{
  auto_free char *example = strndup (config_example_start, (size_t)(config_example_end - config_example_start));
  FILE *stream = example ? open_memstream (out, out_size) : NULL;
  if (!stream)
    return error_set (error, ENOMEM, "make the config");
  int result = print_rootless (stream, example);
  if (fclose (stream) != 0)
    return error_set (error, ENOMEM, "make the config");
  return result < 0 ? error_set (error, 0, "the example that husk carries has nothing to edit") : 0;
}

static int
write_config (const char *bundle, const char *text, size_t size, struct error *error)
{
  auto_close int directory = descriptor_open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return error_set (error, errno, "open %s", bundle);
  auto_close int fd = descriptor_open_at (directory, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0)
    return error_set (error, errno, "create %s/config.json", bundle);
  if (write_all (fd, text, size) < 0)
    return error_set (error, errno, "write %s/config.json", bundle);
  return 0;
}

static int
write_spec (const char *bundle, bool rootless, struct error *error)
{
  auto_free char *text = NULL;
  size_t size = 0;
  if (!rootless)
    return write_config (bundle, config_example_start, (size_t)(config_example_end - config_example_start), error);
  return make_rootless (&text, &size, error) < 0 ? -1 : write_config (bundle, text, size, error);
}

int
cli_spec (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *bundle = ".";
  bool rootless = false;
  (void)globals;
  for (int option; (option = cli_option (argc, argv, "b:h", spec_options)) != -1;)
    {
      if (option == 'b')
        bundle = optarg;
      else if (option == 'r')
        rootless = true;
      else
        return cli_usage ("spec", help, option);
    }
  if (cli_no_operands ("spec", argc, argv) < 0)
    return 1;
  return write_spec (bundle, rootless, &error) < 0 ? cli_fail (&error) : 0;
}
