/*
 * husk recvtty: a socket for container_receive_terminal (container/recvtty.c). The exit status is 128+N if signal N has
 * ended it, although that is no error.
 */
#include "cli.h"

#include "husk/signals.h"

static const char help[]
    = "usage: husk recvtty SOCKET\n"
      "\n"
      "Waits at SOCKET for the terminal of a container, and is then its screen and keyboard until\n"
      "the last program on it ends. In one terminal:\n"
      "\n"
      "  husk recvtty /tmp/tty\n"
      "\n"
      "and in another, with process.terminal true in config.json:\n"
      "\n"
      "  husk run --detach --console-socket /tmp/tty ID\n"
      "\n"
      "Ending husk recvtty by a signal hangs up the terminal, as closing a window does.\n"
      "\n"
      "  -h, --help\n";

static const struct option recvtty_options[] = { CLI_HELP_OPTION };

int
cli_recvtty (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  int option = cli_option (argc, argv, "h", recvtty_options);
  (void)globals;
  if (option != -1)
    return cli_usage ("recvtty", help, option);
  const char *socket = cli_file ("recvtty", argc, argv);
  if (!socket)
    return 1;
  return container_receive_terminal (socket, &error) < 0 ? cli_fail (&error) : signals_status ();
}
