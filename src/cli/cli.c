/*
 * What the commands share: their table, which main.c searches and prints as help; options, by getopt_long without its
 * messages; and usage errors. A command fails through cli_fail, which logs the error and returns the exit status, 128+N
 * if signal N has interrupted it. Clients look for some texts (podman for "requires an argument"), which therefore must
 * not change.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/signals.h"
#include "husk/text.h"

const struct command commands[] = {
  { "check", "find every mistake in a bundle's config.json", cli_check },
  { "checkpoint", "save a container's processes to files", cli_checkpoint },
  { "create", "create a container without starting its program", cli_create },
  { "delete", "remove a container that is not running", cli_delete },
  { "doctor", "show what this machine lacks for containers", cli_doctor },
  { "events", "report what a container uses", cli_events },
  { "exec", "run another program in a running container", cli_exec },
  { "features", "print supported features as JSON", cli_features },
  { "kill", "send a signal to a container", cli_kill },
  { "list", "list the containers", cli_list },
  { "pause", "freeze a container's processes", cli_pause },
  { "plan", "show what creating and starting a bundle would do, step by step", cli_plan },
  { "ps", "list the processes of a container", cli_ps },
  { "recvtty", "receive the terminal of a detached container", cli_recvtty },
  { "restore", "restore a container from a checkpoint", cli_restore },
  { "resume", "thaw a paused container", cli_resume },
  { "run", "create and start a container", cli_run },
  { "seccomp", "check, explain or print a seccomp profile", cli_seccomp },
  { "spec", "write a config.json to start from", cli_spec },
  { "start", "start the program of a created container", cli_start },
  { "state", "show the state of a container as JSON", cli_state },
  { "update", "change the limits of a container", cli_update },
  { NULL, NULL, NULL },
};

int
cli_fail (const struct error *error)
{
  if (error->set)
    log_error_line (error);
  return signals_status () ? signals_status () : 1;
}

int
cli_output_failed (int code, const char *what, struct error *error)
{
  return code == EPIPE ? -1 : error_set (error, code, "%s", what);
}

static int
fail_output (void)
{
  struct error error = { 0 };
  (void)cli_output_failed (errno, "write to standard output", &error);
  return cli_fail (&error);
}

int
cli_print (const char *text)
{
  return fputs (text, stdout) >= 0 && fflush (stdout) == 0 ? 0 : fail_output ();
}

int
cli_print_json (struct json_writer *writer)
{
  return json_write_print (writer, stdout) == 0 ? 0 : fail_output ();
}

const char *
cli_severity (enum severity severity)
{
  return severity == SEVERITY_ERROR ? "error" : severity == SEVERITY_NOTE ? "note" : "warning";
}

void
cli_print_finding (struct report *report, enum severity severity, const struct error *finding)
{
  char line[ERROR_LINE_SIZE];
  (void)report;
  error_line (finding, line, sizeof line);
  (void)text_line (stdout, "%s: %s", cli_severity (severity), line);
}

void
cli_print_counts (const struct report *report)
{
  (void)printf ("%u error%s, %u warning%s", report->errors, report->errors == 1 ? "" : "s", report->warnings,
                report->warnings == 1 ? "" : "s");
}

static struct error wrong_option;

/* Options of docker and podman that people try. */
static const struct
{
  const char *option, *hint;
} foreign_options[] = {
  { "-i", "standard input is always connected: leave -i out" },
  { "--interactive", "standard input is always connected: leave it out" },
  { "--cpus", "half a CPU is --cpu-quota 50000 with --cpu-period 100000" },
  { "--rm", "run removes the container at its end: leave it out" },
  { "--name", "the container's id comes after the options" },
  { "-v", "mounts are listed in config.json; husk --version prints the version" },
  { "--volume", "mounts are listed in config.json" },
  { "--mount", "mounts are listed in config.json" },
  { "--signal", "the signal comes after the id" },
  { "-s", "the signal comes after the id" },
  { "--privileged", "capabilities are listed in config.json; exec adds one with --cap" },
};

static void
hint_at_option (const char *text, const struct option *options)
{
  struct json_name names[64] = { { NULL, 0 } };
  size_t length = strcspn (text, "=");
  char name[64];
  for (size_t i = 0; i < sizeof foreign_options / sizeof *foreign_options; i++)
    if (strlen (foreign_options[i].option) == length && strncmp (text, foreign_options[i].option, length) == 0)
      error_hint (&wrong_option, "%s", foreign_options[i].hint);
  for (size_t i = 0; options && i < 63 && options[i].name; i++)
    names[i].text = options[i].name;
  (void)snprintf (name, sizeof name, "%.*s", (int)length - 2, length > 2 ? text + 2 : "");
  const char *nearest = names[0].text && name[0] ? json_nearest (name, names) : NULL;
  if (nearest)
    error_hint (&wrong_option, "did you mean --%s?", nearest);
}

int
cli_option (int argc, char **argv, const char *letters, const struct option *options)
{
  opterr = 0; /* getopt's own messages would not reach the log */
  /* operands are given, too: but for musl's, "-" is the end */
  if (letters[0] == '-')
    {
      if (optind == 0)
        (void)getopt_long (1, argv, letters, options, NULL); /* resets it */
      if (optind < argc && strcmp (argv[optind], "-") == 0)
        return optarg = argv[optind++], 1;
    }
  int option = getopt_long (argc, argv, letters, options, NULL);
  if (option != '?')
    return option;
  const char *text = argv[optind - 1];
  if (strncmp (text, "--", 2) != 0)
    {
      char letter[] = { '-', (char)optopt, '\0' };
      (void)error_set (&wrong_option, 0, "unknown option \"%s\", or its argument is missing", letter);
      hint_at_option (letter, NULL);
    }
  else if (optopt == 0)
    {
      (void)error_set (&wrong_option, 0, "unknown option \"%.60s\"", text);
      hint_at_option (text, options);
    }
  else
    (void)error_set (&wrong_option, 0, "\"%.60s\" %s", text,
                     /* podman looks for this text to find out what restore supports */
                     strchr (text, '=') ? "takes no argument" : "requires an argument");
  return option;
}

int
cli_usage (const char *command, const char *help, int option)
{
  if (option == 'h')
    {
      (void)fputs (help, stdout);
      return 0;
    }
  error_hint (&wrong_option, "see 'husk %s%s--help'", command, *command ? " " : "");
  return cli_fail (&wrong_option);
}

static const char *
take_one (const char *command, const char *what, int argc, char **argv)
{
  struct error error = { 0 };
  if (argc - optind == 1)
    return argv[optind];
  (void)error_set (&error, 0, "%s takes one %s, %d operands given", command, what, argc - optind);
  for (int i = optind + 1; i < argc; i++)
    if (argv[i][0] == '-' && argv[i][1])
      error_hint (&error, "options come before the %s: %.40s", what, argv[i]);
  if (argc > optind && (strcmp (command, "run") == 0 || strcmp (command, "create") == 0))
    error_hint (&error, "the command to run is process.args in config.json");
  error_hint (&error, "see 'husk %s --help'", command);
  log_error_line (&error);
  return NULL;
}

const char *
cli_id (const char *command, int argc, char **argv)
{
  return take_one (command, "container id", argc, argv);
}

const char *
cli_file (const char *command, int argc, char **argv)
{
  return take_one (command, "file", argc, argv);
}

int
cli_no_operands (const char *command, int argc, char **argv)
{
  struct error error = { 0 };
  if (optind >= argc)
    return 0;
  (void)error_set (&error, 0, "%s takes no operands, \"%.40s\" given", command, argv[optind]);
  error_hint (&error, "see 'husk %s --help'", command);
  log_error_line (&error);
  return -1;
}

long
cli_number (const char *option, const char *text, long maximum)
{
  char *end;
  long number = strtol (text, &end, 10);
  struct error error = { 0 };
  if (*text >= '0' && *text <= '9' && !*end && number <= maximum)
    return number;
  (void)error_set (&error, 0, "%s \"%s\" is not a number from 0 to %ld", option, text, maximum);
  log_error_line (&error);
  return -1;
}

int
cli_errno (const char *option, const char *text)
{
  char *end;
  struct error error = { 0 };
  long number = strtol (text, &end, 10);
  bool digits = *text >= '0' && *text <= '9' && !*end;
  int code = !digits ? errno_of_name (text) : number <= 4095 ? (int)number : 0;
  if (code > 0)
    return code;
  (void)error_set (&error, 0, "%s \"%.40s\" is neither the name of an errno nor a number from 1 to 4095", option, text);
  const char *nearest = json_nearest_errno (text);
  if (nearest)
    error_hint (&error, "did you mean %s?", nearest);
  log_error_line (&error);
  return -1;
}

int
cli_enosys (const char *text, bool *out_off)
{
  struct error error = { 0 };
  *out_off = strcmp (text, "off") == 0;
  if (*out_off || strcmp (text, "on") == 0)
    return 0;
  (void)error_set (&error, 0, "--seccomp-enosys \"%.40s\" must be on or off", text);
  return cli_fail (&error), -1;
}
