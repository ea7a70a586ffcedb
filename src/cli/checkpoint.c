/*
 * husk checkpoint: its options, for checkpoint_write (checkpoint/checkpoint.c). Those that it shares with restore are
 * in criu_options.c. Their numbers come first, so the enum here begins with CRIU_OPTION_COUNT, and checkpoint_option
 * passes on any option that it does not know.
 */
#include "criu_options.h"

#include <stdlib.h>
#include <string.h>

static const char help[]
    = "usage: husk checkpoint [OPTIONS] ID\n"
      "\n"
      "Saves the processes of a running container to files, with CRIU, for husk restore. The\n"
      "container is then gone. If the checkpoint fails, it keeps running.\n"
      "\n" CRIU_OPTIONS_HELP "      --parent-path DIR        an earlier --pre-dump, relative to --image-path\n"
      "      --leave-running          leave the container running\n"
      "      --pre-dump               save only memory, while it runs, to shorten the next checkpoint\n"
      "      --lazy-pages             stay and serve memory when the restored processes need it\n"
      "      --page-server ADDRESS:PORT\n"
      "                               send memory to a page server\n"
      "      --status-fd FD           write a byte to FD when lazy pages can be fetched\n"
      "      --tcp-skip-in-flight     leave out connections that are not yet accepted\n"
      "      --link-remap             give a name to deleted files that are still open\n"
      "  -h, --help\n";

enum
{
  PARENT = CRIU_OPTION_COUNT,
  LEAVE,
  PRE_DUMP,
  LAZY,
  SERVER,
  STATUS,
  SKIP,
  LINK,
};

static const struct option checkpoint_options[] = { CRIU_OPTIONS,
                                                    { "parent-path", required_argument, NULL, PARENT },
                                                    { "leave-running", no_argument, NULL, LEAVE },
                                                    { "pre-dump", no_argument, NULL, PRE_DUMP },
                                                    { "lazy-pages", no_argument, NULL, LAZY },
                                                    { "page-server", required_argument, NULL, SERVER },
                                                    { "status-fd", required_argument, NULL, STATUS },
                                                    { "tcp-skip-in-flight", no_argument, NULL, SKIP },
                                                    { "link-remap", no_argument, NULL, LINK },
                                                    CLI_HELP_OPTION };

static int
checkpoint_option (int option, struct checkpoint_options *options)
{
  long number;
  switch (option)
    {
    case PARENT:
      options->parent_path = optarg;
      return 0;
    case LEAVE:
      return options->leave_running = true, 0;
    case PRE_DUMP:
      return options->pre_dump = true, 0;
    case LAZY:
      return options->criu.lazy_pages = true, 0;
    case SERVER:
      options->page_server = optarg;
      return 0;
    case STATUS:
      number = cli_number ("--status-fd", optarg, 65535);
      options->status_fd = (int)number;
      return number < 0 ? -1 : 0;
    case SKIP:
      return options->criu.tcp_skip_in_flight = true, 0;
    case LINK:
      return options->criu.link_remap = true, 0;
    default:
      return criu_option (option, &options->criu);
    }
}

int
cli_checkpoint (int argc, char **argv, const struct globals *globals)
{
  struct checkpoint_options options = { .status_fd = -1 };
  struct error error = { 0 };
  for (int option; (option = cli_option (argc, argv, "h", checkpoint_options)) != -1;)
    {
      if (option == 'h' || option == '?')
        return cli_usage ("checkpoint", help, option);
      if (checkpoint_option (option, &options) < 0)
        return 1;
    }
  options.id = cli_id ("checkpoint", argc, argv);
  if (!options.id)
    return 1;
  return checkpoint_write (globals, &options, &error) < 0 ? cli_fail (&error) : 0;
}
