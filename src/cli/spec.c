/*
 * husk spec: writes the config.json that template.c makes into a bundle. It never replaces a file (O_EXCL), and removes
 * one that could not be written completely.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "template.h"

static const char help[] = "usage: husk spec [OPTIONS] [[--terminal] -- COMMAND [ARG...]]\n"
                           "\n"
                           "Writes a config.json that runs a shell on a terminal with the default security of a\n"
                           "container: capabilities, masked paths and a seccomp profile. It expects the root file\n"
                           "system in DIR/rootfs. With a COMMAND the config runs that instead, without a terminal\n"
                           "unless --terminal is given.\n"
                           "\n"
                           "  -b, --bundle DIR  where to write it (default: the working directory)\n"
                           "  -f, --file FILE   its name, from DIR on (default: config.json)\n"
                           "      --rootless    for an ordinary user, who becomes root of a user namespace\n"
                           "      --terminal    COMMAND has a terminal\n"
                           "  -h, --help\n";

static const struct option spec_options[] = { { "bundle", required_argument, NULL, 'b' },
                                              { "file", required_argument, NULL, 'f' },
                                              { "rootless", no_argument, NULL, 'r' },
                                              { "terminal", no_argument, NULL, 't' },
                                              CLI_HELP_OPTION };

static int
write_config (const char *bundle, const char *file, const char *text, size_t size, struct error *error)
{
  auto_close int directory = descriptor_open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return error_set (error, errno, "open %s", bundle);
  auto_close int fd = descriptor_open_at (directory, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0)
    {
      (void)error_set (error, errno, "create %s%s%s", *file == '/' ? "" : bundle, *file == '/' ? "" : "/", file);
      if (error->code == EEXIST)
        error_hint (error, "it is kept: remove it, or write another with --file");
      return -1;
    }
  if (write_all (fd, text, size) < 0)
    {
      (void)error_set (error, errno, "write %s%s%s", *file == '/' ? "" : bundle, *file == '/' ? "" : "/", file);
      (void)unlinkat (directory, file, 0);
      return -1;
    }
  return 0;
}

static int
write_spec (const char *bundle, const char *file, const struct template_choice *choice, struct error *error)
{
  struct arena arena;
  struct json_writer writer;
  if (arena_open (&arena, 16ul << 20) < 0)
    return error_set (error, ENOMEM, "make the config");
  int result = -1;
  if (json_write_open (&writer, true) < 0)
    (void)error_set (error, ENOMEM, "make the config");
  else
    {
      size_t size = 0;
      result = template_write (&writer, choice, &arena, error);
      const char *text = json_write_text (&writer, &size);
      if (result == 0)
        result = text && !writer.failed ? write_config (bundle, file, text, size, error)
                                        : error_set (error, ENOMEM, "make the config");
      json_write_close (&writer);
    }
  arena_close (&arena);
  return result;
}

int
cli_spec (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *bundle = ".", *file = SPEC_FILE;
  struct template_choice choice = { 0 };
  (void)globals;
  for (int option; (option = cli_option (argc, argv, "+b:f:h", spec_options)) != -1;)
    {
      if (option == 'b')
        bundle = optarg;
      else if (option == 'f')
        file = optarg;
      else if (option == 'r')
        choice.rootless = true;
      else if (option == 't')
        choice.terminal = true;
      else
        return cli_usage ("spec", help, option);
    }
  /* only behind "--": a word elsewhere is a mistake */
  if (optind < argc && strcmp (argv[optind - 1], "--") == 0)
    choice.command = argv + optind;
  else if (cli_no_operands ("spec", argc, argv) < 0)
    return 1;
  return write_spec (bundle, file, &choice, &error) < 0 ? cli_fail (&error) : 0;
}
