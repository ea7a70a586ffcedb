/*
 * Each command has a file: its options, its help text, one call into a room, printing. It returns husk's exit status.
 */
#ifndef HUSK_CLI_CLI_H
#define HUSK_CLI_CLI_H

#include <getopt.h>

#include "husk/container.h"
#include "husk/log.h"

struct command
{
  const char *name, *summary;
  int (*run) (int argc, char **argv, const struct globals *globals);
};
/* Ends with {NULL}. */
extern const struct command commands[];

int cli_check (int argc, char **argv, const struct globals *globals);
int cli_checkpoint (int argc, char **argv, const struct globals *globals);
int cli_create (int argc, char **argv, const struct globals *globals);
int cli_delete (int argc, char **argv, const struct globals *globals);
int cli_doctor (int argc, char **argv, const struct globals *globals);
int cli_events (int argc, char **argv, const struct globals *globals);
int cli_exec (int argc, char **argv, const struct globals *globals);
int cli_features (int argc, char **argv, const struct globals *globals);
int cli_kill (int argc, char **argv, const struct globals *globals);
int cli_list (int argc, char **argv, const struct globals *globals);
int cli_pause (int argc, char **argv, const struct globals *globals);
int cli_plan (int argc, char **argv, const struct globals *globals);
int cli_ps (int argc, char **argv, const struct globals *globals);
int cli_recvtty (int argc, char **argv, const struct globals *globals);
int cli_restore (int argc, char **argv, const struct globals *globals);
int cli_resume (int argc, char **argv, const struct globals *globals);
int cli_run (int argc, char **argv, const struct globals *globals);
int cli_seccomp (int argc, char **argv, const struct globals *globals);
int cli_spec (int argc, char **argv, const struct globals *globals);
int cli_start (int argc, char **argv, const struct globals *globals);
int cli_state (int argc, char **argv, const struct globals *globals);
int cli_update (int argc, char **argv, const struct globals *globals);

/* Ends the option table of every command. */
/* Versions of clang-format differ on macros of initialisers. */
/* clang-format off */
#define CLI_HELP_OPTION { "help", no_argument, NULL, 'h' }, { 0 }
/* clang-format on */
/* How a recording is written: of run, create and seccomp record. */
enum
{
  CLI_RECORD_MERGE = 0x200,
  CLI_RECORD_ARGUMENTS,
  CLI_RECORD_FORMAT,
  CLI_RECORD_NAME,
  CLI_RECORD_NAMESPACE,
  CLI_RECORD_ERRNO,
  CLI_RECORD_COUNTS
};
/* clang-format off */
#define CLI_RECORD_OPTIONS                                                                                             \
  { "merge", no_argument, NULL, CLI_RECORD_MERGE },                                                                    \
  { "arguments", no_argument, NULL, CLI_RECORD_ARGUMENTS },                                                            \
  { "format", required_argument, NULL, CLI_RECORD_FORMAT },                                                            \
  { "name", required_argument, NULL, CLI_RECORD_NAME },                                                                \
  { "namespace", required_argument, NULL, CLI_RECORD_NAMESPACE },                                                      \
  { "default-errno", required_argument, NULL, CLI_RECORD_ERRNO },                                                      \
  { "counts", required_argument, NULL, CLI_RECORD_COUNTS }
/* clang-format on */
/* 1 if it is one of them, 0 if not, -1 with the error logged. */
int cli_record_option (int option, struct observer_format *out);
/* Logs the error and returns the exit status: 1, or 128+N when signal N has interrupted what was being made. */
int cli_fail (const struct error *error);
/* Standard output could not be written, for this errno. Its reader may have seen enough, as head(1) does: then the
 * error stays unset, and cli_fail logs nothing. Always returns -1. */
int cli_output_failed (int code, const char *what, struct error *error);
/* Prints text on standard output and flushes it. Returns the exit status. */
int cli_print (const char *text);
/* The same with JSON; closes the writer. */
int cli_print_json (struct json_writer *writer) __attribute__ ((warn_unused_result));
/* "error", "warning", "note" */
const char *cli_severity (enum severity severity);
/* For struct report: a line for each finding. */
void cli_print_finding (struct report *report, enum severity severity, const struct error *finding);
/* "1 error, 2 warnings" */
void cli_print_counts (const struct report *report);
/* getopt_long(3), without its messages. */
int cli_option (int argc, char **argv, const char *letters, const struct option *options);
/* After a cli_option that found a wrong option or -h: prints help on stdout (0), or logs what is wrong (1). */
int cli_usage (const char *command, const char *help, int option);
/* The one operand, the container's id; otherwise logs an error and returns NULL. */
const char *cli_id (const char *command, int argc, char **argv);
/* --regex: does it to each container whose id matches. Returns the exit status: 1 if that failed for one of them. */
typedef int cli_act (const struct globals *globals, const char *id, const void *data, struct error *error);
int cli_each_matching (const struct globals *globals, const char *expression, cli_act *act, const void *data);
/* --seccomp-enosys on|off: 0, or -1 with the error logged. */
int cli_enosys (const char *text, bool *out_off);
/* The one operand, a file; otherwise logs an error and returns NULL. */
const char *cli_file (const char *command, int argc, char **argv);
/* 0 if there is no operand; otherwise logs an error and returns -1. */
int cli_no_operands (const char *command, int argc, char **argv);
/* A number from 0 to maximum, or -1 with the error logged. */
long cli_number (const char *option, const char *text, long maximum);
/* An errno by name or number, which is never 0: that would be success. -1 with the error logged. */
int cli_errno (const char *option, const char *text);

#define CLI_RECORD_HELP                                                                                                \
  "      --merge                 merge with the recorded profile in FILE, to combine several runs\n"                   \
  "      --arguments             allow socket families, ioctl numbers, clone and prctl flags as they were\n"           \
  "                              seen, rather than these calls with whatever arguments\n"                              \
  "      --default-errno ERRNO   what other calls get, by name or number (default: EPERM)\n"                           \
  "      --counts OUT            write how often each call was made\n"                                                 \
  "      --format oci|crd        crd: a SeccompProfile of Kubernetes' Security Profiles Operator\n"                    \
  "      --name NAME             of the SeccompProfile (default: FILE's name)\n"                                       \
  "      --namespace NAMESPACE   of the SeccompProfile (default: none)\n"

/* The options of create and run, and their help text. */
#define CLI_CREATE_OPTIONS_HELP                                                                                        \
  "  -f, --config FILE           read this config instead of the bundle's config.json\n"                               \
  "      --pid-file FILE         write the process's pid there\n"                                                      \
  "      --console-socket PATH   Unix socket that receives the terminal's master end\n"                                \
  "      --pidfd-socket PATH     Unix socket that receives a pidfd of the process\n"                                   \
  "      --no-pivot              change the root without pivot_root (for a ramfs root)\n"                              \
  "      --no-new-keyring        keep the caller's session keyring\n"                                                  \
  "      --preserve-fds N        pass descriptors 3 to 3+N-1 to the program\n"                                         \
  "      --privileged            grant all capabilities and devices, hide nothing, no seccomp profile\n"               \
  "      --timing                report how long each stage of husk and each kind of step of husk-init\n"              \
  "                              took: in the log, or on standard error when husk ends\n"                              \
  "      --seccomp-profile TYPE  instead of config.json's: Unconfined, RuntimeDefault (husk's own),\n"                 \
  "                              Localhost:PATH, like a pod's securityContext.seccompProfile, or a\n"                  \
  "                              file, ./FILE. Docker's format is resolved for the container\n"                        \
  "      --seccomp-profile-root DIR\n"                                                                                 \
  "                              of Localhost's PATH (default: /var/lib/kubelet/seccomp)\n"                            \
  "      --seccomp-agent-lost enosys|errno:ERRNO|kill\n"                                                               \
  "                              what notified calls get when their agent has died (default: enosys)\n"                \
  "      --seccomp-enosys on|off  whether system calls newer than the profile get ENOSYS instead of\n"                 \
  "                              its EPERM (default: on)\n"                                                            \
  "      --seccomp-explain[=FILE]\n"                                                                                   \
  "                              print each system call that the profile denies, and the rule for it;\n"               \
  "                              with =FILE,permissive or =,permissive the call is still made\n"                       \
  "      --seccomp-fix OUT       write the profile with exactly what it denied added\n"                                \
  "      --seccomp-record FILE   write the smallest profile under which the program runs, without\n"                   \
  "                              applying the config's\n" CLI_RECORD_HELP "  -h, --help\n"
int cli_create_options (int argc, char **argv, const char *help, bool run, struct create_options *out);
extern const char cli_create_help[];

#endif
