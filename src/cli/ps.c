/*
 * husk ps: the pids that container_processes (container/ps.c) finds, as JSON, or as the lines of the host's ps(1) that
 * have one of them in the column PID. ps may hang when it reads about a process, because a file system in the container
 * may not answer, so it is killed if it prints nothing for ten seconds. Its lines are printed by text_line, because the
 * container chooses the names of its processes.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/program.h"
#include "husk/text.h"

#define SILENCE_MILLISECONDS 10000 /* of ps */

static const char help[] = "usage: husk ps [--format FORMAT] ID [PS-OPTION...]\n"
                           "\n"
                           "Lists the processes of a container by their pids on the host. The table is that of ps(1)\n"
                           "with these options (default: -ef), which must include the pid.\n"
                           "\n"
                           "  -f, --format FORMAT  table (default) or json: an array of pids\n"
                           "  -h, --help\n";

static const struct option ps_options[] = { { "format", required_argument, NULL, 'f' }, CLI_HELP_OPTION };

static int
print_json (const pid_t *pids, size_t count)
{
  struct json_writer writer;
  if (json_write_open (&writer, false) < 0)
    return 1;
  json_write_array (&writer, NULL);
  for (size_t i = 0; i < count; i++)
    json_write_int (&writer, NULL, pids[i]);
  json_write_array_end (&writer);
  return cli_print_json (&writer);
}

/* ---- ps(1) --------------------------------------------------------------------------------------------------- */

/* Everything that ps prints, malloc'd. Its standard error is husk's. */
static char *
run_ps (char *const argv[], struct error *error)
{
  struct program_end end;
  struct program program = { .path = "ps",
                             .arguments = argv,
                             .environment = environ,
                             .out = { .all = true },
                             .errors = { .fd = 2 },
                             .patience = SILENCE_MILLISECONDS,
                             .patient_with_words = true };
  int result = program_run (&program, &end, error);
  if (result < 0 && error->code == ENOENT)
    error_hint (error, "install procps, or use --format json");
  if (result == 0 && !program_succeeded (&end))
    result = program_fail (&program, &end, error);
  if (result == 0 && program.out.text)
    return program.out.text;
  if (result == 0)
    (void)error_set (error, 0, "ps printed nothing");
  free (program.out.text);
  return NULL;
}

/* ---- its table ----------------------------------------------------------------------------------------------- */

/* The n-th word of a line, or NULL. */
static const char *
word_at (const char *line, int number)
{
  line += strspn (line, " \t");
  for (; number > 0 && *line; number--)
    {
      line += strcspn (line, " \t");
      line += strspn (line, " \t");
    }
  return *line ? line : NULL;
}

static int
pid_column (const char *header)
{
  const char *word;
  for (int column = 0; (word = word_at (header, column)); column++)
    if (strncmp (word, "PID", 3) == 0 && (word[3] == '\0' || strchr (" \t", word[3])))
      return column;
  return -1;
}

static bool
pid_is_listed (const char *word, const pid_t *pids, size_t count)
{
  pid_t pid = word ? atoi (word) : 0;
  for (size_t i = 0; i < count; i++)
    if (pids[i] == pid)
      return true;
  return false;
}

static int
print_table (char **options, const pid_t *pids, size_t count, struct error *error)
{
  char *standard[] = { (char *)"ps", (char *)"-ef", NULL }, *rest = NULL;
  char **argv = standard;
  if (options[1])
    {
      argv = options;
      argv[0] = (char *)"ps";
    }
  auto_free char *text = run_ps (argv, error);
  if (!text)
    return -1;
  char *header = strtok_r (text, "\n", &rest);
  int column = header ? pid_column (header) : -1;
  if (column < 0)
    {
      (void)error_set (error, 0, "ps printed no PID column with these options");
      error_hint (error, "include pid in the columns of -o");
      return -1;
    }
  (void)text_line (stdout, "%s", header);
  for (char *line; (line = strtok_r (NULL, "\n", &rest));)
    if (pid_is_listed (word_at (line, column), pids, count))
      (void)text_line (stdout, "%s", line);
  return 0;
}

int
cli_ps (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *format = "table";
  auto_free pid_t *pids = NULL;
  size_t count;
  for (int option; (option = cli_option (argc, argv, "+f:h", ps_options)) != -1;)
    {
      if (option != 'f')
        return cli_usage ("ps", help, option);
      format = optarg;
    }
  bool json = strcmp (format, "json") == 0;
  if (!json && strcmp (format, "table") != 0)
    (void)error_set (&error, 0, "--format \"%.40s\" must be table or json", format);
  else if (optind >= argc)
    (void)error_set (&error, 0, "ps needs a container id");
  if (error.set || container_processes (globals, argv[optind], &pids, &count, &error) < 0)
    return cli_fail (&error);
  if (json)
    return print_json (pids, count);
  char **options = argv + optind; /* the id is replaced by the name of ps */
  if (options[1] && strcmp (options[1], "--") == 0)
    options++;
  return print_table (options, pids, count, &error) < 0 ? cli_fail (&error) : 0;
}
