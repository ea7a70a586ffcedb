/*
 * husk seccomp: tools for profiles, bare ones as Kubernetes keeps them or those in a config.json. Nothing is made.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/agent.h"
#include "husk/json.h"
#include "husk/seccomp.h"

static const char help[]
    = "usage: husk seccomp check FILE\n"
      "       husk seccomp explain [OPTIONS] FILE SYSCALL [ARGUMENT...]\n"
      "       husk seccomp dump FILE\n"
      "       husk seccomp agent --listen SOCKET [--policy FILE]\n"
      "\n"
      "FILE is a seccomp profile, as Kubernetes keeps them, or a whole config.json.\n"
      "\n"
      "  check      what is wrong with it or unwise: exit status 0 clean, 1 errors, 2 warnings\n"
      "  explain    what a system call with these arguments gets, and the rule that decides\n"
      "  dump       the filter that the kernel would get, an instruction a line\n"
      "  agent      serves SCMP_ACT_NOTIFY at SOCKET, a profile's listenerPath: says each call as\n"
      "             a line of JSON and answers it by the policy (default: continue)\n"
      "\n"
      "      --arch ARCH  of another architecture (x86, aarch64, ...; default: this machine's)\n"
      "      --json       as JSON\n"
      "  -h, --help\n";

static const struct option seccomp_options[] = {
  { "arch", required_argument, NULL, 'a' },
  { "json", no_argument, NULL, 'j' },
  { "listen", required_argument, NULL, 'l' },
  { "policy", required_argument, NULL, 'p' },
  CLI_HELP_OPTION,
};

struct tool
{
  const char *arch, *listen, *policy;
  bool json;
  struct arena arena;
  struct json_document document;
  struct spec spec;
  struct spec_seccomp bare;
  const struct spec_seccomp *profile;
  struct seccomp_filter filter;
  struct json_writer writer; /* with --json */
};

/* 0, or -1 with the findings reported. */
static int
load (struct tool *tool, const char *file, struct report *report, struct error *error)
{
  const struct json_document *document = &tool->document;
  if (arena_open (&tool->arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  if (json_load (AT_FDCWD, file, file, &tool->arena, &tool->document, error) < 0)
    return -1;
  if (json_member (document, JSON_ROOT, "defaultAction") || !json_member (document, JSON_ROOT, "ociVersion"))
    {
      if (spec_decode_seccomp (document, &tool->arena, &tool->bare, report) < 0)
        return -1;
      tool->profile = &tool->bare;
    }
  else if (spec_decode (document, &tool->arena, &tool->spec, report) < 0)
    return -1;
  else
    tool->profile = tool->spec.linux_->seccomp;
  if (!tool->profile)
    return error_set (error, 0, "%s has no seccomp profile: its container is not confined by one", file);
  return seccomp_compile (document, tool->profile, &tool->arena, &tool->filter, report);
}

/* ---- check ---------------------------------------------------------------------------------------------------------
 */

static struct tool *checking; /* a report has no place for who reads it */

static void
say (struct report *report, enum severity severity, const struct error *finding)
{
  const char *word = severity == SEVERITY_ERROR ? "error" : "warning";
  char line[1536];
  (void)report;
  if (checking->json)
    {
      json_write_object (&checking->writer, NULL);
      json_write_string (&checking->writer, "severity", word);
      json_write_string (&checking->writer, "place", finding->place);
      json_write_string (&checking->writer, "text", finding->text);
      json_write_string (&checking->writer, "hint", finding->hint[0] ? finding->hint : NULL);
      json_write_object_end (&checking->writer);
      return;
    }
  error_line (finding, line, sizeof line);
  (void)printf ("%s: %s\n", word, line);
}

static int
check (struct tool *tool, const char *file)
{
  struct error error = { 0 };
  struct report report = { .each = say };
  checking = tool;
  if (tool->json)
    {
      if (json_write_open (&tool->writer, true) < 0)
        return 1;
      json_write_array (&tool->writer, NULL);
    }
  if (load (tool, file, &report, &error) == 0)
    seccomp_lint (&tool->document, tool->profile, &tool->filter, &report);
  if (error.set)
    {
      report.errors++;
      say (&report, SEVERITY_ERROR, &error);
    }
  if (tool->json)
    {
      json_write_array_end (&tool->writer);
      (void)fputs (json_write_text (&tool->writer, NULL), stdout);
      json_write_close (&tool->writer);
    }
  else
    (void)printf ("%u errors, %u warnings, %u instructions\n", report.errors, report.warnings, tool->filter.length);
  return report.errors ? 1 : report.warnings ? 2 : 0;
}

/* ---- explain -------------------------------------------------------------------------------------------------------
 */

static int
print_ruling (struct tool *tool, const struct seccomp_ruling *ruling)
{
  char text[96];
  struct error place = { .origin = ruling->rule ? ruling->rule->node : tool->profile->default_action.node };
  seccomp_verdict_text (ruling->verdict, text);
  if (ruling->foreign && tool->profile->architectures.node)
    place.origin = tool->profile->architectures.node;
  json_place (&tool->document, &place);
  if (!tool->json)
    return printf ("%s (%d) on %s: %s, by %s%s\n", ruling->name, ruling->number, ruling->arch, text, place.place,
                   ruling->foreign ? ": this architecture is not in it" : "")
           < 0;
  if (json_write_open (&tool->writer, true) < 0)
    return 1;
  json_write_object (&tool->writer, NULL);
  json_write_string (&tool->writer, "syscall", ruling->name);
  json_write_int (&tool->writer, "number", ruling->number);
  json_write_string (&tool->writer, "architecture", ruling->arch);
  json_write_string (&tool->writer, "verdict", text);
  json_write_string (&tool->writer, "place", place.place);
  json_write_object_end (&tool->writer);
  (void)fputs (json_write_text (&tool->writer, NULL), stdout);
  json_write_close (&tool->writer);
  return 0;
}

static int
explain (struct tool *tool, int count, char **operands)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct seccomp_call call = { .arch = tool->arch, .name = count > 1 ? operands[1] : NULL };
  struct seccomp_ruling ruling;
  if (count < 2 || count > 8)
    (void)error_set (&error, 0, "explain takes a file, a system call and at most six arguments");
  for (int i = 2; i < count && !error.set; i++)
    {
      char *end;
      call.arguments[i - 2] = strtoull (operands[i], &end, 0);
      if (end == operands[i] || *end)
        (void)error_set (&error, 0, "\"%.40s\" is not a number", operands[i]);
    }
  if (error.set || load (tool, operands[0], &report, &error) < 0
      || seccomp_explain (tool->profile, &tool->filter, &call, &ruling, &error) < 0)
    return cli_fail (&error);
  return print_ruling (tool, &ruling);
}

static int
dump (struct tool *tool, const char *file)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  if (load (tool, file, &report, &error) < 0)
    return cli_fail (&error);
  seccomp_print (&tool->filter, stdout);
  return 0;
}

/* ---- agent ---------------------------------------------------------------------------------------------------------
 */

static int
serve (struct tool *tool)
{
  struct error error = { 0 };
  struct agent_policy policy = { 0 };
  if (!tool->listen)
    (void)error_set (&error, 0, "seccomp agent needs --listen SOCKET");
  if (error.set || arena_open (&tool->arena, 64ul << 20) < 0
      || (tool->policy && agent_policy_load (tool->policy, &tool->arena, &policy, &error) < 0)
      || agent_serve (tool->listen, &policy, &error) < 0)
    return cli_fail (&error);
  return 0;
}

int
cli_seccomp (int argc, char **argv, const struct globals *globals)
{
  static struct tool tool;
  struct error error = { 0 };
  const char *verb = argc > 1 ? argv[1] : "";
  (void)globals;
  /* the verb stands before its options */
  optind = argc > 1 && verb[0] != '-' ? 2 : 1;
  for (int option; (option = getopt_long (argc, argv, "+h", seccomp_options, NULL)) != -1;)
    {
      if (option == 'a')
        tool.arch = optarg;
      else if (option == 'j')
        tool.json = true;
      else if (option == 'l')
        tool.listen = optarg;
      else if (option == 'p')
        tool.policy = optarg;
      else
        return cli_usage ("seccomp", help, option);
    }
  if (strcmp (verb, "explain") == 0)
    return explain (&tool, argc - optind, argv + optind);
  if (strcmp (verb, "agent") == 0)
    return serve (&tool);
  bool checks = strcmp (verb, "check") == 0;
  if (!checks && strcmp (verb, "dump") != 0)
    (void)error_set (&error, 0, "seccomp does one of check, explain, dump and agent");
  else if (argc - optind != 1)
    (void)error_set (&error, 0, "seccomp %s takes one file", verb);
  if (error.set)
    {
      error_hint (&error, "see 'husk seccomp --help'");
      return cli_fail (&error);
    }
  return checks ? check (&tool, argv[optind]) : dump (&tool, argv[optind]);
}
