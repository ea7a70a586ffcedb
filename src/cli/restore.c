/*
 * husk restore: its options, for checkpoint_restore (checkpoint/restore.c). Those that it shares with checkpoint are in
 * criu_options.c. Their numbers come first, so the enum here begins with CRIU_OPTION_COUNT, and restore_option passes
 * on any option that it does not know. Two options of run are accepted but have no effect.
 */
#include "criu_options.h"

static const char help[] = "usage: husk restore [OPTIONS] ID\n"
                           "\n"
                           "Restores the container ID from a bundle and a checkpoint made by husk checkpoint: its\n"
                           "processes continue where they were. Otherwise like husk run.\n"
                           "\n"
                           "  -b, --bundle DIR             the bundle (default: the working directory)\n"
                           "  -d, --detach                 do not wait for it\n" CRIU_OPTIONS_HELP
                           "      --tcp-close              close TCP connections\n"
                           "      --lazy-pages             fetch memory when it is needed\n"
                           "      --lsm-profile TYPE:NAME  use another AppArmor profile or SELinux label\n"
                           "      --lsm-mount-context CONTEXT\n"
                           "                               use another SELinux context for mounts\n"
                           "      --pid-file FILE          write the process's pid there\n"
                           "      --console-socket PATH    Unix socket that receives the terminal's master end\n"
                           "      --pidfd-socket PATH      Unix socket that receives a pidfd of the process\n"
                           "      --no-pivot               accepted, but has no effect here\n"
                           "      --no-subreaper           accepted, but has no effect here\n"
                           "  -h, --help\n";

enum
{
  CLOSE = CRIU_OPTION_COUNT,
  LAZY,
  PROFILE,
  CONTEXT,
  PID_FILE,
  CONSOLE,
  PIDFD,
  NOTHING,
};

static const struct option restore_options[] = { CRIU_OPTIONS,
                                                 { "bundle", required_argument, NULL, 'b' },
                                                 { "detach", no_argument, NULL, 'd' },
                                                 { "tcp-close", no_argument, NULL, CLOSE },
                                                 { "lazy-pages", no_argument, NULL, LAZY },
                                                 { "lsm-profile", required_argument, NULL, PROFILE },
                                                 { "lsm-mount-context", required_argument, NULL, CONTEXT },
                                                 { "pid-file", required_argument, NULL, PID_FILE },
                                                 { "console-socket", required_argument, NULL, CONSOLE },
                                                 { "pidfd-socket", required_argument, NULL, PIDFD },
                                                 { "no-pivot", no_argument, NULL, NOTHING },
                                                 { "no-subreaper", no_argument, NULL, NOTHING },
                                                 CLI_HELP_OPTION };

static int
restore_option (int option, struct restore_options *options)
{
  switch (option)
    {
    case 'b':
      options->create.bundle = optarg;
      return 0;
    case 'd':
      return options->create.detach = true, 0;
    case CLOSE:
      return options->criu.tcp_close = true, 0;
    case LAZY:
      return options->criu.lazy_pages = true, 0;
    case PROFILE:
      options->lsm_profile = optarg;
      return 0;
    case CONTEXT:
      options->lsm_mount_context = optarg;
      return 0;
    case PID_FILE:
      options->create.pid_file = optarg;
      return 0;
    case CONSOLE:
      options->create.console_socket = optarg;
      return 0;
    case PIDFD:
      options->create.pidfd_socket = optarg;
      return 0;
    case NOTHING:
      return 0;
    default:
      return criu_option (option, &options->criu);
    }
}

/* containerd writes this one option with a single dash. */
static void
mend_dashes (int argc, char **argv)
{
  static char no_subreaper[] = "--no-subreaper";
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], no_subreaper + 1) == 0)
      argv[i] = no_subreaper;
}

int
cli_restore (int argc, char **argv, const struct globals *globals)
{
  struct restore_options options = { .create = { .observe = { .never = true } } };
  struct error error = { 0 };
  int status;
  log_share_stderr (true);
  mend_dashes (argc, argv);
  for (int option; (option = cli_option (argc, argv, "b:dh", restore_options)) != -1;)
    {
      if (option == 'h' || option == '?')
        return cli_usage ("restore", help, option);
      if (restore_option (option, &options) < 0)
        return 1;
    }
  options.create.id = cli_id ("restore", argc, argv);
  if (!options.create.id)
    return 1;
  return checkpoint_restore (globals, &options, &status, &error) < 0 ? cli_fail (&error) : status;
}
