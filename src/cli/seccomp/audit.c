/*
 * husk seccomp audit: reads a log by src/audit, and prints it by audit_report.c. --profile writes what was allowed and
 * logged (SCMP_ACT_LOG) as a profile that allows it, through the writer of recorded profiles.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "audit_report.h"
#include "cli.h"
#include "husk/descriptor.h"
#include "husk/observer.h"

static const char help[]
    = "usage: husk seccomp audit [OPTIONS] [PROFILE]\n"
      "\n"
      "Reads lines of the kernel's log and shows which system calls filters have denied or logged: how\n"
      "often, by which program, in which container. It takes audit.log, dmesg, ausearch, syslog and\n"
      "journalctl (also -o json). With PROFILE it shows the rule. PROFILE is a profile, a whole\n"
      "config.json, a profile in docker's format, or a SeccompProfile as 'kubectl get -o json' prints\n"
      "it; - is standard input, if --file names the log.\n"
      "\n"
      "      --file FILE    read this file (default: standard input)\n"
      "      --profile OUT  write a profile that allows the calls that SCMP_ACT_LOG has logged\n"
      "      --merge        add to the recorded profile in OUT\n"
      "      --json         print JSON\n" PROFILE_HELP "  -h, --help\n";

static const struct option audit_options[] = { { "file", required_argument, NULL, 'f' },
                                               { "profile", required_argument, NULL, 'p' },
                                               { "merge", no_argument, NULL, 'm' },
                                               { "json", no_argument, NULL, 'j' },
                                               PROFILE_OPTIONS,
                                               CLI_HELP_OPTION };

/* A container that cannot be inspected is printed without a name. */
static void
ignore (const struct error *error, void *data)
{
  (void)error;
  (void)data;
}

static int
write_profile (struct audit *audit, struct observer *observer, struct error *error)
{
  const struct audit_tally *tally = &audit->tally;
  struct seccomp_data *calls = arena_array (&audit->arena, struct seccomp_data, tally->count + 1);
  size_t count = 0;
  uint64_t unproved = 0;
  for (uint32_t i = 0; i < tally->count; i++)
    if (tally->groups[i].call.has_code && tally->groups[i].call.code == SECCOMP_RET_LOG)
      {
        calls[count++]
            = (struct seccomp_data){ .nr = tally->groups[i].call.number, .arch = tally->groups[i].call.arch };
        unproved += tally->groups[i].unproved;
      }
  if (!count)
    {
      (void)error_set (error, 0, "write %s: the log has no call that SCMP_ACT_LOG allowed",
                       observer->profile_place.path);
      error_hint (error, "calls that were denied are only shown: a profile for them would allow them");
      return -1;
    }
  if (observe_write (observer, calls, count, error) < 0)
    return -1;
  if (unproved)
    log_warning (
        "the profile allows calls of %llu lines that do not prove who wrote them: programs can forge such lines"
        " ('journalctl -k -o json' has the writer)",
        (unsigned long long)unproved);
  for (char *line = observer->remark; line && *line;)
    {
      char *end = strchr (line, '\n');
      if (end)
        *end = '\0';
      log_warning ("%s", line);
      line = end ? end + 1 : NULL;
    }
  return 0;
}

static void
warn (const struct audit_tally *tally)
{
  if (tally->lost)
    log_warning ("the kernel dropped records (%llu notices in the log): calls may be missing",
                 (unsigned long long)tally->lost);
  if (tally->foreign)
    log_warning ("%llu lines look like kernel records but were written by programs (%s): they are not counted",
                 (unsigned long long)tally->foreign, tally->foreign_name[0] ? tally->foreign_name : "of unknown name");
  if (tally->damaged)
    log_warning ("%llu lines are damaged or too long: they are not counted", (unsigned long long)tally->damaged);
  if (tally->crowded)
    log_warning ("%llu calls are not counted: there are too many different ones", (unsigned long long)tally->crowded);
}

static int
read_log (struct audit *audit, const char *file, struct error *error)
{
  auto_close int fd = file && strcmp (file, "-") != 0 ? descriptor_open (file, O_RDONLY | O_CLOEXEC) : -1;
  if (file && fd < 0 && strcmp (file, "-") != 0)
    return error_set (error, errno, "open %s", file);
  if (audit_tally (fd < 0 ? 0 : fd, &audit->arena, &audit->tally, error) < 0)
    return -1;
  audit_sort (&audit->tally);
  return 0;
}

static int
refuse_log (const char *file, const char *out, struct error *error)
{
  return out && profile_is_file (file ? file : "-", out)
             ? error_set (error, 0, "the profile would replace the log, %s (give --profile another name)", out)
             : 0;
}

static int
audit_run (struct audit *audit, const char *file, const char *profile, const struct profile_options *options,
           struct observer *observer, bool json)
{
  struct error error = { 0 }, unknown = { 0 };
  struct report report = { .error = &error };
  if (arena_open (&audit->arena, 1ul << 30) < 0)
    (void)error_set (&error, errno, "reserve memory");
  else if ((!profile || profile_load (audit->profile, profile, options, &report, &error) == 0)
           && refuse_log (file, observer->profile_place.path, &error) == 0
           && (!observer->profile_place.path
               || observe_place (observer, observer->profile_place.path, &audit->arena, &error) == 0)
           && read_log (audit, file, &error) == 0)
    {
      (void)container_list (cli_seccomp_globals, audit_know, ignore, audit,
                            &unknown); /* without it they have no names */
      int status = json ? audit_print_json (audit) : audit_print_text (audit);
      warn (&audit->tally);
      if (profile)
        profile_warn_unapplied (audit->profile);
      if (!observer->profile_place.path || write_profile (audit, observer, &error) == 0)
        return status;
    }
  return cli_fail (&error);
}

int
cli_seccomp_audit (int argc, char **argv)
{
  static struct audit audit;
  static struct profile profile;
  struct profile_options options = { .capabilities = profile_usual_capabilities };
  struct observer observer = OBSERVER_NONE;
  struct error error = { 0 };
  const char *file = NULL;
  bool json = false;
  observer.mode = OBSERVE_RECORD;
  for (int option; (option = cli_option (argc, argv, "h", audit_options)) != -1;)
    {
      if (option == 'f')
        file = optarg;
      else if (option == 'p')
        observer.profile_place.path = optarg;
      else if (option == 'm')
        observer.format.merge = true;
      else if (option == 'j')
        json = true;
      else
        {
          int common = profile_option (option, optarg, &options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp audit", help, option);
        }
    }
  if (argc - optind > 1)
    (void)error_set (&error, 0, "seccomp audit takes one profile, %d given", argc - optind);
  else if (optind < argc && strcmp (argv[optind], "-") == 0 && (!file || strcmp (file, "-") == 0))
    (void)error_set (&error, 0, "standard input is the log: name it with --file to read the profile from there");
  else if (observer.format.merge && !observer.profile_place.path)
    (void)error_set (&error, 0, "--merge needs --profile");
  if (error.set)
    {
      error_hint (&error, "see 'husk seccomp audit --help'");
      return cli_fail (&error);
    }
  audit.profile = optind < argc ? &profile : NULL;
  return audit_run (&audit, file, optind < argc ? argv[optind] : NULL, &options, &observer, json);
}
