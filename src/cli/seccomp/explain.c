/*
 * husk seccomp explain: runs the filter of a profile on one system call and prints the verdict and the rule that
 * decides; --all is in table.c. For a whole config.json it also reports if the profile is not applied at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "husk/descriptor.h"
#include "husk/text.h"
#include "live.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp explain [OPTIONS] FILE SYSCALL [ARGUMENT...]\n"
      "       husk seccomp explain --all [OPTIONS] FILE\n"
      "       husk seccomp explain [OPTIONS] --pid PID | --container ID  SYSCALL [ARGUMENT...]\n"
      "\n"
      "Runs the filter on a system call with these arguments and prints the verdict and the rule\n"
      "that decides. SYSCALL is a name or a number, and so is ARGUMENT: AF_INET,\n"
      "O_CREAT|O_EXCL, CLONE_NEWUSER, PR_SET_NAME, TIOCSTI and their like.\n"
      "\n" PROFILE_FILE_HELP "\n"
      "      --all        print all system calls of the architecture, grouped by verdict, with\n"
      "                   the conditions on their arguments\n"
      "      --arch ARCH  use this architecture (x86, aarch64, ...; default: this machine's; for a\n"
      "                   process each that the kernel runs)\n"
      "      --json       print JSON\n" LIVE_HELP PROFILE_HELP "  -h, --help\n";

static const struct option explain_options[] = { { "all", no_argument, NULL, 'A' },
                                                 { "arch", required_argument, NULL, 'a' },
                                                 { "json", no_argument, NULL, 'j' },
                                                 LIVE_OPTIONS,
                                                 PROFILE_OPTIONS,
                                                 CLI_HELP_OPTION };

/* Rules for other containers. */
static struct json_strings
left_out (struct profile *profile, const char *name)
{
  return profile->seccomp == &profile->bare
             ? profile_left_out (&profile->document, profile->seccomp, name, &profile->arena)
             : (struct json_strings){ 0 };
}

static int
print_ruling (struct profile *profile, bool json, const struct profile_ruling *ruling)
{
  char text[96], why[2048];
  struct json_writer writer;
  struct error place = { .origin = ruling->rule ? ruling->rule->node : profile->seccomp->default_action.node };
  struct error near = { .origin = ruling->near ? ruling->near->node : 0 };
  struct json_strings others = left_out (profile, ruling->name);
  verdict_text (ruling->verdict, text);
  if (ruling->foreign && profile->seccomp->architectures.node)
    place.origin = profile->seccomp->architectures.node;
  json_place (&profile->document, &place);
  json_place (&profile->document, &near);
  if (!json)
    {
      profile_ruling_text (&profile->document, profile->seccomp, &profile->filter, ruling, why, sizeof why);
      (void)text_line (stdout, "%s (%d) on %s: %s%s%s", ruling->name, ruling->number, ruling->arch, text, why,
                       ruling->introduced ? " (--seccomp-enosys=off)" : "");
      for (uint32_t i = 0; i < others.count; i++)
        (void)text_line (stdout, "%s", others.items[i]);
      if (profile->unapplied)
        (void)text_line (stdout, "but the profile is not applied: %s", profile->unapplied);
      return 0;
    }
  if (json_write_open (&writer, true) < 0)
    return 1;
  json_write_object (&writer, NULL);
  json_write_string (&writer, "syscall", ruling->name);
  json_write_int (&writer, "number", ruling->number);
  json_write_string (&writer, "architecture", ruling->arch);
  json_write_string (&writer, "verdict", text);
  json_write_string (&writer, "place", place.place);
  if (ruling->near)
    json_write_string (&writer, "nearMiss", near.place);
  if (others.count)
    json_write_array (&writer, "otherContainers");
  for (uint32_t i = 0; i < others.count; i++)
    json_write_string (&writer, NULL, others.items[i]);
  if (others.count)
    json_write_array_end (&writer);
  json_write_bool (&writer, "newer", ruling->introduced != 0);
  json_write_bool (&writer, "applied", !profile->unapplied);
  json_write_object_end (&writer);
  return cli_print_json (&writer);
}

/* A call and its arguments. 0 or -1. */
static int
read_call (struct seccomp_call *call, int count, char **operands, struct error *error)
{
  call->name = operands[0];
  for (int i = 1; i < count; i++)
    if (profile_argument_read (operands[i], call->arch, &call->arguments[i - 1], error) < 0)
      return -1;
  return 0;
}

static int
explain_loaded (const struct live_process *live, struct seccomp_call *call, bool json, bool all, int count,
                char **operands)
{
  struct error error = { 0 };
  if (all && count == 0)
    return live_explain_all (live, call->arch, json);
  if (all)
    (void)error_set (&error, 0, "explain --all of a process takes no operand");
  else if (count < 1 || count > 7)
    (void)error_set (&error, 0, "explain of a process takes a system call and at most six arguments");
  if (error.set || read_call (call, count, operands, &error) < 0)
    return cli_fail (&error);
  return live_explain (live, call, json);
}

static int
explain_call (struct profile *profile, const struct profile_options *options, struct seccomp_call *call, bool json,
              int count, char **operands)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct profile_ruling ruling;
  if (count < 2 || count > 8)
    (void)error_set (&error, 0, "explain takes a file, a system call and at most six arguments");
  if (error.set || read_call (call, count - 1, operands + 1, &error) < 0
      || profile_load (profile, operands[0], options, &report, &error) < 0
      || profile_explain (profile->seccomp, &profile->filter, call, &ruling, &error) < 0)
    return cli_fail (&error);
  return print_ruling (profile, json, &ruling);
}

static int
explain_all (struct profile *profile, const struct profile_options *options, const char *arch, bool json,
             const char *file)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  if (profile_load (profile, file, options, &report, &error) < 0 || cli_print_table (profile, arch, json, &error) < 0)
    return cli_fail (&error);
  return 0;
}

/* Options may follow operands, and an operand that begins with a minus and a digit is a number. The operands end up at
 * the end of argv. */
static int
next_option (int argc, char **argv, int *count, char **operands)
{
  for (;;)
    {
      const char *next = optind > 0 && optind < argc ? argv[optind] : "";
      bool number = next[0] == '-' && next[1] >= '0' && next[1] <= '9';
      int option = number ? -1 : cli_option (argc, argv, "+h", explain_options);
      if (option != -1)
        return option;
      if (optind >= argc || (!number && strcmp (argv[optind - 1], "--") == 0))
        break;
      operands[(*count)++] = argv[optind++];
    }
  while (optind < argc)
    operands[(*count)++] = argv[optind++];
  memcpy (argv + argc - *count, operands, (size_t)*count * sizeof *operands);
  optind = argc - *count;
  return -1;
}

int
cli_seccomp_explain (int argc, char **argv)
{
  static struct profile profile;
  struct profile_options options = { .capabilities = profile_usual_capabilities };
  struct seccomp_call call = { 0 };
  struct live_process live = { 0 };
  bool json = false, all = false;
  int count = 0;
  auto_free char **operands = calloc ((size_t)argc + 1, sizeof *operands);
  if (!operands)
    return 1;
  for (int option; (option = next_option (argc, argv, &count, operands)) != -1;)
    {
      if (option == 'a')
        call.arch = optarg;
      else if (option == 'j')
        json = true;
      else if (option == 'A')
        all = true;
      else if (option == 'P' || option == 'I')
        live = (struct live_process){ option, optarg };
      else
        {
          int common = profile_option (option, optarg, &options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp explain", help, option);
        }
    }
  if (live.option)
    return explain_loaded (&live, &call, json, all, argc - optind, argv + optind);
  if (all)
    {
      const char *file = cli_file ("seccomp explain", argc, argv);
      return file ? explain_all (&profile, &options, call.arch, json, file) : 1;
    }
  return explain_call (&profile, &options, &call, json, argc - optind, argv + optind);
}
