/*
 * husk: the options before the command, and the table of commands.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commit.h"
#include "husk/descriptor.h"
#include "husk/json.h"
#include "husk/seccomp.h"

static const char usage_head[] = "usage: husk [OPTIONS] COMMAND [ARG...]\n"
                                 "\n"
                                 "Runs OCI containers from bundles.\n"
                                 "\n";
static const char usage_tail[]
    = "\n"
      "options:\n"
      "      --root DIR               where containers are recorded (default: /run/husk; for an\n"
      "                               ordinary user $XDG_RUNTIME_DIR/husk, /run/user/UID/husk or\n"
      "                               /tmp/husk-UID)\n"
      "      --log TARGET             write messages there: FILE, journald:ID or syslog:ID\n"
      "      --log-format FORMAT      text (default) or json\n"
      "      --log-level LEVEL        debug, info, warning (default) or error\n"
      "      --debug                  same as --log-level debug\n"
      "      --cgroup-manager NAME    cgroupfs (default), systemd or disabled\n"
      "      --systemd-cgroup         same as --cgroup-manager systemd\n"
      "      --rootless WHEN          auto (default), true or false: whether husk lacks the rights of\n"
      "                               the machine's root. auto: if run by any user but root, or in a\n"
      "                               user namespace\n"
      "      --seccomp-agent-timeout SECONDS\n"
      "                               how long a seccomp agent may take for a listener\n"
      "                               (default: 5)\n"
      "      --listener-owner         refuse seccomp agents of users other than root and husk's own\n"
      "      --privileged-seccomp WHEN\n"
      "                               which containers run without their seccomp profile: declared\n"
      "                               (default: proved and declared privileged), proved, or apply\n"
      "                               (none)\n"
      "      --seccomp-explain-dir DIR\n"
      "                               for each container that is created, write the system calls that\n"
      "                               its profile denies to files there: lines of JSON, and a report\n"
      "      --seccomp-explain-to stderr\n"
      "                               write them to the container's standard error\n"
      "      --seccomp-record-dir DIR\n"
      "                               apply no profile: record the smallest one for each container name\n"
      "                               there, over all of its containers\n"
      "      --allow-explain-annotation\n"
      "                               the same as --seccomp-explain-to stderr for the containers with the\n"
      "                               annotation " EXPLAIN_ANNOTATION "=true\n"
      "  -v, --version\n"
      "  -h, --help\n"
      "\n"
      "Run 'husk COMMAND --help' for its options.\n";

enum
{
  GLOBAL_ROOT = 256,
  GLOBAL_LOG,
  GLOBAL_LOG_FORMAT,
  GLOBAL_LOG_LEVEL,
  GLOBAL_DEBUG,
  GLOBAL_SYSTEMD,
  GLOBAL_CGROUP,
  GLOBAL_ROOTLESS,
  GLOBAL_CRIU,
  GLOBAL_AGENT,
  GLOBAL_PRIVILEGED,
  GLOBAL_OWNER,
  GLOBAL_EXPLAIN_DIR,
  GLOBAL_EXPLAIN_TO,
  GLOBAL_RECORD_DIR,
  GLOBAL_EXPLAIN_ANNOTATION,
};

static const struct option global_options[] = {
  { "root", required_argument, NULL, GLOBAL_ROOT },
  { "log", required_argument, NULL, GLOBAL_LOG },
  { "log-format", required_argument, NULL, GLOBAL_LOG_FORMAT },
  { "log-level", required_argument, NULL, GLOBAL_LOG_LEVEL },
  { "debug", no_argument, NULL, GLOBAL_DEBUG },
  { "systemd-cgroup", no_argument, NULL, GLOBAL_SYSTEMD },
  { "cgroup-manager", required_argument, NULL, GLOBAL_CGROUP },
  { "seccomp-agent-timeout", required_argument, NULL, GLOBAL_AGENT },
  { "listener-owner", no_argument, NULL, GLOBAL_OWNER },
  { "privileged-seccomp", required_argument, NULL, GLOBAL_PRIVILEGED },
  { "seccomp-explain-dir", required_argument, NULL, GLOBAL_EXPLAIN_DIR },
  { "seccomp-explain-to", required_argument, NULL, GLOBAL_EXPLAIN_TO },
  { "seccomp-record-dir", required_argument, NULL, GLOBAL_RECORD_DIR },
  { "allow-explain-annotation", no_argument, NULL, GLOBAL_EXPLAIN_ANNOTATION },
  { "rootless", required_argument, NULL, GLOBAL_ROOTLESS },
  { "criu", required_argument, NULL, GLOBAL_CRIU },
  { "version", no_argument, NULL, 'v' },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

static int
print_usage (void)
{
  (void)fputs (usage_head, stdout);
  for (const struct command *command = commands; command->name; command++)
    (void)printf ("  %-8s  %s\n", command->name, command->summary);
  (void)fputs (usage_tail, stdout);
  return 0;
}

#ifdef __GLIBC__
#define C_LIBRARY "glibc"
#else
#define C_LIBRARY "musl"
#endif

/* docker reads "version" and "commit:", containerd "commit: " and "spec: ", podman shows all of it. To docker the last
 * line with the word "version" has the version. */
static int
print_version (void)
{
  char library[40];
  seccomp_library_version (library);
  (void)printf ("husk version %s\n"
                "commit: %s\n"
                "spec: %s\n"
                "libseccomp: %s\n"
                "libc: %s\n"
                "features: %sSYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF %sCRIU +YAJL\n",
                HUSK_VERSION, husk_commit, SPEC_VERSION, library, C_LIBRARY, HUSK_SYSTEMD ? "+" : "-",
                HUSK_CRIU ? "+" : "-");
  return 0;
}

static int
set_log_level (const char *text, struct log_options *log, struct error *error)
{
  static const struct
  {
    const char *name;
    enum log_level level;
  } levels[] = { { "debug", LOG_DEBUG },  { "info", LOG_INFO },   { "warning", LOG_WARNING },
                 { "warn", LOG_WARNING }, { "error", LOG_ERROR }, { "fatal", LOG_ERROR } };
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
    if (strcmp (levels[i].name, text) == 0)
      {
        log->level = levels[i].level;
        return 0;
      }
  return error_set (error, 0, "--log-level \"%.40s\" must be debug, info, warning or error", text);
}

static int
set_cgroup_manager (const char *text, struct globals *globals, struct error *error)
{
  if (strcmp (text, "cgroupfs") == 0)
    globals->cgroup_manager = CGROUP_MANAGER_CGROUPFS;
  else if (strcmp (text, "disabled") == 0)
    globals->cgroup_manager = CGROUP_MANAGER_DISABLED;
  else if (strcmp (text, "systemd") == 0)
    globals->cgroup_manager = CGROUP_MANAGER_SYSTEMD;
  else
    return error_set (error, 0, "--cgroup-manager \"%.40s\" must be cgroupfs, systemd or disabled", text);
  return 0;
}

static int
set_log_format (const char *text, struct log_options *log, struct error *error)
{
  log->json = strcmp (text, "json") == 0;
  if (log->json || strcmp (text, "text") == 0)
    return 0;
  return error_set (error, 0, "--log-format \"%.40s\" must be text or json", text);
}

static int
set_agent_timeout (const char *text, struct globals *globals, struct error *error)
{
  char *end;
  unsigned long seconds = strtoul (text, &end, 10);
  if (end == text || *end || text[0] == '-' || seconds < 1 || seconds > 3600)
    return error_set (error, 0, "--seccomp-agent-timeout \"%.40s\" must be 1 to 3600 seconds", text);
  globals->agent_patience = (unsigned)seconds * 1000;
  return 0;
}

static int
set_privilege_policy (const char *text, struct globals *globals, struct error *error)
{
  if (strcmp (text, "declared") == 0)
    globals->privileged_seccomp = PRIVILEGE_DECLARED;
  else if (strcmp (text, "apply") == 0)
    globals->privileged_seccomp = PRIVILEGE_APPLY;
  else if (strcmp (text, "proved") == 0)
    globals->privileged_seccomp = PRIVILEGE_PROVED;
  else
    return error_set (error, 0, "--privileged-seccomp \"%.40s\" must be declared, apply or proved", text);
  return 0;
}

static int
set_rootless (const char *text, struct error *error)
{
  if (strcmp (text, "auto") == 0)
    host_rootless (HOST_ROOTLESS_AUTO);
  else if (strcmp (text, "true") == 0)
    host_rootless (HOST_ROOTLESS_YES);
  else if (strcmp (text, "false") == 0)
    host_rootless (HOST_ROOTLESS_NO);
  else
    return error_set (error, 0, "--rootless \"%.40s\" must be auto, true or false", text);
  return 0;
}

static int
global_option (int option, struct globals *globals, struct log_options *log, struct error *error)
{
  switch (option)
    {
    case GLOBAL_ROOT:
      globals->root = optarg;
      return 0;
    case GLOBAL_LOG:
      log->path = optarg;
      return 0;
    case GLOBAL_LOG_FORMAT:
      return set_log_format (optarg, log, error);
    case GLOBAL_LOG_LEVEL:
      return set_log_level (optarg, log, error);
    case GLOBAL_DEBUG:
      globals->debug = true;
      log->level = LOG_DEBUG;
      return 0;
    case GLOBAL_SYSTEMD:
      globals->cgroup_manager = CGROUP_MANAGER_SYSTEMD;
      return 0;
    case GLOBAL_CGROUP:
      return set_cgroup_manager (optarg, globals, error);
    case GLOBAL_EXPLAIN_DIR:
      globals->explain_dir = optarg;
      return 0;
    case GLOBAL_RECORD_DIR:
      globals->record_dir = optarg;
      return 0;
    case GLOBAL_EXPLAIN_ANNOTATION:
      globals->explain_annotation = true;
      return 0;
    case GLOBAL_EXPLAIN_TO:
      globals->explain_stderr = strcmp (optarg, "stderr") == 0;
      return globals->explain_stderr ? 0
                                     : error_set (error, 0, "--seccomp-explain-to \"%.40s\" must be stderr", optarg);
    case GLOBAL_OWNER:
      globals->agent_owner = true;
      return 0;
    case GLOBAL_PRIVILEGED:
      return set_privilege_policy (optarg, globals, error);
    case GLOBAL_ROOTLESS:
      return set_rootless (optarg, error);
    case GLOBAL_AGENT:
      return set_agent_timeout (optarg, globals, error);
    default:
      return 0; /* --criu: accepted, but has no effect */
    }
}

static int
unknown_command (const char *word)
{
  struct error error = { 0 };
  struct json_name names[64] = { 0 };
  for (size_t i = 0; i < 63 && commands[i].name; i++)
    names[i].text = commands[i].name;
  const char *near = json_nearest (word, names);
  (void)error_set (&error, 0, "\"%.40s\" is not a command", word);
  if (near)
    error_hint (&error, "did you mean %s? See 'husk --help'", near);
  else
    error_hint (&error, "see 'husk --help'");
  return cli_fail (&error);
}

static int
run_command (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  if (argc < 1)
    {
      (void)error_set (&error, 0, "no command given");
      error_hint (&error, "see 'husk --help'");
      return cli_fail (&error);
    }
  for (const struct command *command = commands; command->name; command++)
    if (strcmp (command->name, argv[0]) == 0)
      {
        optind = 0; /* resets getopt */
        return command->run (argc, argv, globals);
      }
  return unknown_command (argv[0]);
}

/* A command fails if its output could not be written, even if it has done its work: what it found ("different", 2; the
 * errors of a profile, 1) is lost. */
static int
finish_output (int status)
{
  struct error error = { 0 };
  int code = fflush (stdout) == 0 ? 0 : errno;
  if (!ferror (stdout) || log_told_error ())
    return status;
  /* musl drops what it cannot write, and the reason: a byte more tells it again */
  if (code == 0)
    code = fputc ('\n', stdout) != EOF && fflush (stdout) == 0 ? EIO : errno;
  (void)cli_output_failed (code, "write to standard output", &error);
  return cli_fail (&error);
}

int
main (int argc, char **argv)
{
  struct globals globals = { .agent_patience = 5000 };
  struct log_options log = { .level = LOG_WARNING };
  struct error error = { 0 };
  int option, failed = 0;
  if (descriptor_guard_stdio () < 0)
    return 1;
  if (getauxval (AT_SECURE))
    {
      (void)error_set (&error, 0, "husk does not run set-user-ID");
      return cli_fail (&error);
    }
  while (!failed && (option = cli_option (argc, argv, "+vh", global_options)) != -1 && option != '?')
    {
      if (option == 'h')
        return finish_output (print_usage ());
      if (option == 'v')
        return finish_output (print_version ());
      failed = global_option (option, &globals, &log, &error);
    }
  if (!failed && globals.record_dir && (globals.explain_dir || globals.explain_stderr))
    failed = error_set (&error, 0,
                        "--seccomp-record-dir and --seccomp-explain%s are mutually exclusive: recording denies nothing",
                        globals.explain_dir ? "-dir" : "-to");
  if (log_open (&log, &error) < 0 || failed)
    return cli_fail (&error);
  if (option == '?')
    return cli_usage ("", NULL, option);
  if (!globals.root)
    globals_default_root (&globals);
  /* neither can fail; if the caller ignored SIGCHLD, the kernel would reap children before husk gets their status */
  (void)signal (SIGPIPE, SIG_IGN);
  (void)signal (SIGCHLD, SIG_DFL);
  /* not exit: nothing is left to do, and finding that out costs five page faults */
  _exit (finish_output (run_command (argc - optind, argv + optind, &globals)));
}
