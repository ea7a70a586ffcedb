/*
 * A config as an operand, for check and plan: a directory is a bundle, and anything else a config whose bundle is the
 * directory that it is in. --bundle names another one for a config elsewhere.
 */
#include "cli.h"

#include <string.h>
#include <sys/stat.h>

#include "husk/text.h"

/* "." for a name without a slash. */
static const char *
directory_of (const char *file, struct arena *arena)
{
  const char *slash = strrchr (file, '/');
  return !slash ? "." : slash == file ? "/" : arena_copy (arena, file, (size_t)(slash - file));
}

int
cli_config_operand (const char *operand, struct arena *arena, struct cli_config *config, struct error *error)
{
  struct stat status;
  char shown[200];
  if (stat (operand, &status) == 0 && S_ISDIR (status.st_mode))
    {
      if (config->bundle)
        return error_set (error, 0, "%s is a bundle, and --bundle names another one",
                          text_end (operand, shown, sizeof shown));
      config->bundle = operand;
      return 0;
    }
  if (config->file)
    return error_set (error, 0, "%s is a config, and --config names another one",
                      text_end (operand, shown, sizeof shown));
  config->file = operand;
  if (!config->bundle)
    config->bundle = directory_of (operand, arena);
  return 0;
}

int
cli_config_parse (const char *command, int argc, char **argv, struct arena *arena, struct cli_config *config)
{
  struct error error = { 0 };
  if (arena_open (arena, 1ul << 20) < 0)
    (void)error_set (&error, errno, "reserve memory");
  else if (argc - optind > 1)
    {
      (void)error_set (&error, 0, "%s takes one config or bundle, %d operands given", command, argc - optind);
      error_hint (&error, "see 'husk %s --help'", command);
    }
  else if (optind < argc)
    (void)cli_config_operand (argv[optind], arena, config, &error);
  if (!config->bundle)
    config->bundle = ".";
  return error.set ? (void)cli_fail (&error), -1 : 0;
}
