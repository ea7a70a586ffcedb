/*
 * husk exec: its options, for container_exec (container/exec.c). They end at the id: what follows belongs to the
 * program. The exit statuses are part of the interface: in the foreground the program's own; 127 and 126 for a program
 * that is missing or cannot be executed; 128+N if signal N is the reason; and 255 for every other failure, including
 * wrong options.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "husk/stage.h"

static const char help[] = "usage: husk exec [OPTIONS] ID COMMAND [ARG...]\n"
                           "       husk exec [OPTIONS] --process FILE ID\n"
                           "\n"
                           "Runs another program in a running container, with the container's seccomp filter and\n"
                           "no_new_privs. Without --detach the exit status is the program's.\n"
                           "\n"
                           "  -p, --process FILE          the process as JSON, like \"process\" in config.json\n"
                           "  -d, --detach                do not wait for the program\n"
                           "  -t, --tty                   give it a terminal\n"
                           "      --pid-file FILE         write its pid there once it runs\n"
                           "      --console-socket PATH   Unix socket that receives the terminal's master end\n"
                           "      --pidfd-socket PATH     Unix socket that receives a pidfd of the process\n"
                           "      --preserve-fds N        pass descriptors 3 to 3+N-1 to the program\n"
                           "      --cwd DIR               working directory\n"
                           "  -e, --env NAME=VALUE        add to the environment (may be repeated)\n"
                           "  -u, --user UID[:GID]        run with these ids\n"
                           "  -g, --additional-gids GID   add a group (may be repeated)\n"
                           "  -c, --cap CAP               add a capability (may be repeated)\n"
                           "      --no-new-privs          set no_new_privs\n"
                           "      --apparmor PROFILE      AppArmor profile\n"
                           "      --process-label LABEL   SELinux label\n"
                           "      --cgroup PATH           run in an existing cgroup below the container's; v1:\n"
                           "                              CONTROLLER[,CONTROLLER...]:PATH (may be repeated)\n"
                           "      --ignore-paused         wait for a paused container to be resumed\n"
                           "      --timing                report how long each stage of husk and each kind of step of\n"
                           "                              husk-init took: in the log, or on standard error when\n"
                           "                              husk ends\n"
                           "  -h, --help\n";

static const struct option exec_options_table[] = {
  { "process", required_argument, NULL, 'p' },
  { "detach", no_argument, NULL, 'd' },
  { "tty", no_argument, NULL, 't' },
  { "pid-file", required_argument, NULL, 'P' },
  { "console-socket", required_argument, NULL, 'C' },
  { "pidfd-socket", required_argument, NULL, 'D' },
  { "preserve-fds", required_argument, NULL, 'F' },
  { "cwd", required_argument, NULL, 'w' },
  { "env", required_argument, NULL, 'e' },
  { "user", required_argument, NULL, 'u' },
  { "additional-gids", required_argument, NULL, 'g' },
  { "cap", required_argument, NULL, 'c' },
  { "no-new-privs", no_argument, NULL, 'n' },
  { "apparmor", required_argument, NULL, 'A' },
  { "process-label", required_argument, NULL, 'L' },
  { "cgroup", required_argument, NULL, 'G' },
  { "ignore-paused", no_argument, NULL, 'i' },
  { "timing", no_argument, NULL, 'T' },
  CLI_HELP_OPTION,
};

struct lists /* options that may be repeated; no list can be longer than the command line */
{
  const char **env, **capabilities, **gids, **cgroups;
  int env_count, capability_count, gid_count, cgroup_count;
};

static int
take_text (int option, struct exec_options *out)
{
  switch (option)
    {
    case 'p':
      out->process_file = optarg;
      return 0;
    case 'P':
      out->pid_file = optarg;
      return 0;
    case 'C':
      out->console_socket = optarg;
      return 0;
    case 'D':
      out->pidfd_socket = optarg;
      return 0;
    case 'w':
      out->cwd = optarg;
      return 0;
    case 'u':
      out->user = optarg;
      return 0;
    case 'A':
      out->apparmor = optarg;
      return 0;
    case 'L':
      out->label = optarg;
      return 0;
    default:
      return -1;
    }
}

static int
exec_option (int option, struct exec_options *out, struct lists *lists)
{
  long number;
  switch (option)
    {
    case 'd':
      out->detach = true;
      return 0;
    case 't':
      out->tty = true;
      return 0;
    case 'n':
      out->no_new_privs = true;
      return 0;
    case 'i':
      out->ignore_paused = true;
      return 0;
    case 'T':
      stage_time_begin ();
      return 0;
    case 'e':
      lists->env[lists->env_count++] = optarg;
      return 0;
    case 'c':
      lists->capabilities[lists->capability_count++] = optarg;
      return 0;
    case 'g':
      lists->gids[lists->gid_count++] = optarg;
      return 0;
    case 'G':
      lists->cgroups[lists->cgroup_count++] = optarg;
      return 0;
    case 'F':
      number = cli_number ("--preserve-fds", optarg, 1 << 16);
      out->preserve_fds = (uint32_t)number;
      return number < 0 ? -1 : 0;
    default:
      return take_text (option, out);
    }
}

static int
exec_run (int argc, char **argv, const struct globals *globals, struct exec_options *options)
{
  struct error error = { 0 };
  int status = 0;
  if (argc - optind > 1 && strcmp (argv[optind + 1], "--") == 0) /* between the id and the command */
    {
      argv[optind + 1] = argv[optind];
      optind++;
    }
  if (optind >= argc)
    (void)error_set (&error, 0, "exec needs a container id");
  else
    {
      if (options->process_file && argc - optind > 1)
        log_warning ("exec runs the process in --process: the command is ignored"); /* like runc and crun */
      options->id = argv[optind];
      options->args = argc - optind > 1 ? (const char **)argv + optind + 1 : NULL;
      if (container_exec (globals, options, &status, &error) == 0)
        return status;
    }
  (void)cli_fail (&error);
  /* as in a shell: 126 not executable, 127 not found; 255 everything else */
  if (status)
    return status;
  return error.kind == ERROR_NOT_FOUND ? 127 : error.kind == ERROR_NOT_EXECUTABLE ? 126 : 255;
}

int
cli_exec (int argc, char **argv, const struct globals *globals)
{
  struct exec_options options = { 0 };
  struct lists lists = { .env = calloc ((size_t)argc + 1, sizeof (char *)),
                         .capabilities = calloc ((size_t)argc + 1, sizeof (char *)),
                         .gids = calloc ((size_t)argc + 1, sizeof (char *)),
                         .cgroups = calloc ((size_t)argc + 1, sizeof (char *)) };
  int result = lists.env && lists.capabilities && lists.gids && lists.cgroups ? 0 : 255;
  log_share_stderr (true);
  for (int option; result == 0 && (option = cli_option (argc, argv, "+p:dte:u:g:c:h", exec_options_table)) != -1;)
    {
      if (option == 'h' || option == '?')
        {
          result = cli_usage ("exec", help, option) ? 255 : -1;
          break;
        }
      if (exec_option (option, &options, &lists) < 0)
        result = 255;
    }
  options.env = lists.env_count ? lists.env : NULL;
  options.capabilities = lists.capability_count ? lists.capabilities : NULL;
  options.cgroups = lists.cgroup_count ? lists.cgroups : NULL;
  options.additional_gids = lists.gid_count ? lists.gids : NULL;
  if (result == 0)
    result = exec_run (argc, argv, globals, &options);
  free (lists.env);
  free (lists.capabilities);
  free (lists.gids);
  free (lists.cgroups);
  return result < 0 ? 0 : result;
}
