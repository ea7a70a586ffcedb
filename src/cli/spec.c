#include "cli.h"

#include <errno.h>
#include <fcntl.h>

#include "husk/descriptor.h"

static const char help[] = "usage: husk spec [--bundle DIR]\n"
                           "\n"
                           "Writes a config.json with the default security of a container: capabilities, masked\n"
                           "paths and a seccomp profile. It expects the root file system in DIR/rootfs.\n"
                           "\n"
                           "  -b, --bundle DIR  where to write it (default: the working directory)\n"
                           "  -h, --help\n";

static const struct option spec_options[] = { { "bundle", required_argument, NULL, 'b' }, CLI_HELP_OPTION };

extern const char config_example_start[], config_example_end[];

static int
write_example (const char *bundle, struct error *error)
{
  auto_close int directory = open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return error_set (error, errno, "open %s", bundle);
  auto_close int fd = openat (directory, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0)
    return error_set (error, errno, "create %s/config.json", bundle);
  if (write_all (fd, config_example_start, (size_t)(config_example_end - config_example_start)) < 0)
    return error_set (error, errno, "write %s/config.json", bundle);
  return 0;
}

int
cli_spec (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *bundle = ".";
  (void)globals;
  for (int option; (option = getopt_long (argc, argv, "+b:h", spec_options, NULL)) != -1;)
    {
      if (option != 'b')
        return cli_usage ("spec", help, option);
      bundle = optarg;
    }
  if (optind < argc)
    {
      (void)error_set (&error, 0, "spec takes no operands");
      return cli_fail (&error);
    }
  return write_example (bundle, &error) < 0 ? cli_fail (&error) : 0;
}
