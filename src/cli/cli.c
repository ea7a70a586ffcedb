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
  log_error_line (error);
  return signals_status () ? signals_status () : 1;
}

int
cli_print (const char *text)
{
  struct error error = { 0 };
  if (fputs (text, stdout) >= 0 && fflush (stdout) == 0)
    return 0;
  (void)error_set (&error, errno, "write to standard output");
  return cli_fail (&error);
}

int
cli_print_json (struct json_writer *writer)
{
  struct error error = { 0 };
  if (json_write_print (writer, stdout) == 0)
    return 0;
  (void)error_set (&error, errno, "write to standard output");
  return cli_fail (&error);
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
    (void)error_set (&wrong_option, 0, "unknown option \"-%c\", or its argument is missing", optopt);
  else if (optopt == 0)
    (void)error_set (&wrong_option, 0, "unknown option \"%.60s\"", text);
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
