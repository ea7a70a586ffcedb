/*
 * husk seccomp agent: answers SCMP_ACT_NOTIFY by a policy, for trying out profiles and for tests; src/agent does the
 * work. Without --policy every call is continued. An operator starts it: the commands that run containers connect to
 * whatever listens at a profile's listenerPath, and never start an agent.
 */
#include "husk/agent.h"
#include "cli.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp agent --listen SOCKET [--policy FILE]\n"
      "\n"
      "Serves SCMP_ACT_NOTIFY at SOCKET, a profile's listenerPath, for any number of containers. Prints each\n"
      "container process state and each call as a line of JSON, answers calls by the policy, and prints a summary\n"
      "at the end. SIGHUP reads the policy again.\n"
      "\n"
      "      --listen SOCKET  the socket to listen on (made now, in place of one that nobody listens at; removed at\n"
      "                       the end)\n"
      "      --policy FILE    {\"defaultAnswer\", \"defaultErrno\", \"rules\": [{\"names\", \"args\", \"paths\",\n"
      "                       \"answer\", \"errno\", \"file\", \"writable\"}]}; an answer is continue (the default),\n"
      "                       errno, kill or, in rules for open and the like, open\n"
      "  -h, --help\n";

static const struct option agent_options[]
    = { { "listen", required_argument, NULL, 'l' }, { "policy", required_argument, NULL, 'p' }, CLI_HELP_OPTION };

int
cli_seccomp_agent (int argc, char **argv)
{
  struct error error = { 0 };
  const char *socket = NULL, *file = NULL;
  for (int option; (option = cli_option (argc, argv, "h", agent_options)) != -1;)
    {
      if (option == 'l')
        socket = optarg;
      else if (option == 'p')
        file = optarg;
      else
        return cli_usage ("seccomp agent", help, option);
    }
  if (!socket)
    (void)error_set (&error, 0, "seccomp agent needs --listen SOCKET");
  if (error.set || agent_serve (socket, file, &error) < 0)
    return cli_fail (&error);
  return 0;
}
