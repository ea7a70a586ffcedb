/*
 * husk create, and the options that it shares with run (cli_create_options). They are only collected here;
 * container/creation.c and the functions that it calls check them, except for the options of a recording where none was
 * asked for. log_share_stderr comes before everything else, because stderr becomes the program's.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "husk/stage.h"

const char cli_create_help[]
    = "usage: husk create [OPTIONS] ID\n"
      "\n"
      "Creates the container ID from a bundle (a directory with config.json). 'husk start ID'\n"
      "then runs its program. The program gets the standard streams of this command or, with\n"
      "process.terminal, a terminal.\n"
      "\n"
      "  -b, --bundle DIR            the bundle (default: the working directory)\n" CLI_CREATE_OPTIONS_HELP;

static const struct option create_options[] = {
  { "bundle", required_argument, NULL, 'b' },
  { "config", required_argument, NULL, 'f' },
  { "pid-file", required_argument, NULL, 'p' },
  { "console-socket", required_argument, NULL, 'c' },
  { "pidfd-socket", required_argument, NULL, 'D' },
  { "no-pivot", no_argument, NULL, 'P' },
  { "no-new-keyring", no_argument, NULL, 'K' },
  { "preserve-fds", required_argument, NULL, 'F' },
  { "timing", no_argument, NULL, 'T' },
  { "privileged", no_argument, NULL, 'R' },
  { "seccomp-profile", required_argument, NULL, 's' },
  { "seccomp-profile-root", required_argument, NULL, 'r' },
  { "seccomp-explain", optional_argument, NULL, 'e' },
  { "seccomp-fix", required_argument, NULL, 'x' },
  { "seccomp-record", required_argument, NULL, 'o' },
  CLI_RECORD_OPTIONS,
  { "seccomp-agent-lost", required_argument, NULL, 'l' },
  { "seccomp-enosys", required_argument, NULL, 'E' },
  { "detach", no_argument, NULL, 'd' },
  { "no-subreaper", no_argument, NULL, 'S' },
  { "keep", no_argument, NULL, 'k' },
  CLI_HELP_OPTION,
};

/* enosys, errno:ERRNO or kill */
static int
take_lost (const char *text, int *out)
{
  struct error error = { 0 };
  if (strncmp (text, "errno:", 6) == 0)
    return (*out = cli_errno ("--seccomp-agent-lost errno:", text + 6)) < 0 ? -1 : 0;
  *out = strcmp (text, "kill") == 0 ? OBSERVE_KILL : 0;
  if (*out || strcmp (text, "enosys") == 0)
    return 0;
  (void)error_set (&error, 0, "--seccomp-agent-lost \"%.40s\" must be enosys, errno:ERRNO or kill", text);
  return cli_fail (&error), -1;
}

/* [FILE][,permissive]. A file called "permissive" must be given as ./permissive. */
static void
take_explain (char *text, struct create_options *out)
{
  static const char word[] = "permissive";
  size_t length = text ? strlen (text) : 0, end = sizeof word - 1;
  out->observe.explain = true;
  out->observe.permissive
      = length >= end && strcmp (text + length - end, word) == 0 && (length == end || text[length - end - 1] == ',');
  if (out->observe.permissive)
    text[length > end ? length - end - 1 : 0] = '\0';
  out->observe.explain_file = text && (*text || !out->observe.permissive) ? text : NULL;
}

/* Where the argument of an option goes; NULL: it is not a text. */
static const char **
create_text (int option, struct create_options *out)
{
  switch (option)
    {
    case 'b':
      return &out->bundle;
    case 'p':
      return &out->pid_file;
    case 'c':
      return &out->console_socket;
    case 'f':
      return &out->config;
    case 'D':
      return &out->pidfd_socket;
    case 'o':
      return &out->observe.record;
    case 'x':
      return &out->observe.fix;
    case 's':
      return &out->seccomp_profile;
    case 'r':
      return &out->seccomp_profile_root;
    default:
      return NULL;
    }
}

/* What an option without an argument sets, or NULL. */
static bool *
create_flag (int option, struct create_options *out)
{
  switch (option)
    {
    case 'P':
      return &out->no_pivot;
    case 'K':
      return &out->no_new_keyring;
    case 'R':
      return &out->privileged;
    case 'd':
      return &out->detach;
    case 'S':
      return &out->no_subreaper;
    case 'k':
      return &out->keep;
    default:
      return NULL;
    }
}

static int
create_option (int option, struct create_options *out)
{
  const char **text = create_text (option, out);
  bool *flag = create_flag (option, out);
  long number;
  if (text)
    return *text = optarg, 0;
  if (flag)
    return *flag = true, 0;
  switch (option)
    {
    case 'F':
      number = cli_number ("--preserve-fds", optarg, 1 << 16);
      out->preserve_fds = (uint32_t)number;
      return number < 0 ? -1 : 0;
    case 'e':
      take_explain (optarg, out);
      return 0;
    case 'T':
      stage_time_begin ();
      return 0;
    case 'l':
      return take_lost (optarg, &out->observe.lost);
    case 'E':
      return cli_enosys (optarg, &out->errno_for_newer);
    default:
      return cli_record_option (option, &out->observe.format) > 0 ? 0 : -1;
    }
}

/* 0: continue; 1: an error was reported; -1: help was printed. */
int
cli_create_options (int argc, char **argv, const char *help, bool run, struct create_options *out)
{
  const char *command = run ? "run" : "create";
  for (int option; (option = cli_option (argc, argv, "b:df:h", create_options)) != -1;)
    {
      if (option == 'h' || option == '?')
        return cli_usage (command, help, option) == 0 ? -1 : 1;
      if (create_option (option, out) < 0)
        return 1;
    }
  const char *wrong = out->observe.record ? NULL : observer_format_option (&out->observe.format);
  if (wrong)
    {
      struct error error = { 0 };
      (void)error_set (&error, 0, "%s needs --seccomp-record", wrong);
      return cli_fail (&error);
    }
  out->id = cli_id (command, argc, argv);
  return out->id ? 0 : 1;
}

int
cli_create (int argc, char **argv, const struct globals *globals)
{
  struct create_options options = { 0 };
  struct error error = { 0 };
  log_share_stderr (true);
  int done = cli_create_options (argc, argv, cli_create_help, false, &options);
  if (done)
    return done > 0;
  return container_create (globals, &options, &error) < 0 ? cli_fail (&error) : 0;
}
