/*
 * husk seccomp diff: prints how two profiles differ, as found by profile_diff (src/profile). Calls that differ in the
 * same way are grouped. The exit status is part of the interface: 0 if the profiles are equivalent, 2 if they differ,
 * 1 for an error. --not-looser-than is in proof.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "live.h"
#include "husk/text.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp diff [OPTIONS] A B\n"
      "       husk seccomp diff [OPTIONS] --pid PID FILE, FILE --pid PID, --pid PID --pid PID\n"
      "       husk seccomp diff --not-looser-than BASE [OPTIONS] FILE\n"
      "\n"
      "Compares two profiles: lines with - are what A does, lines with + what B does. Rules are\n"
      "compared by their effect. The exit status is 0 if the profiles are equivalent, 2 if they\n"
      "differ, 1 for errors. A and B are profiles, config.json files, profiles in docker's format, or\n"
      "SeccompProfiles as 'kubectl get -o json' prints them; one of them may be -, standard input.\n"
      "If one is a process, the verdicts of its filters are compared, on every architecture that this\n"
      "kernel runs.\n"
      "\n"
      "With --not-looser-than it proves that FILE allows nothing that BASE denies, on any architecture,\n"
      "for any call and any arguments. The exit status is 0 if that is proved, 2 if FILE is looser\n"
      "(calls that show it are printed), 3 if it could not be decided, 1 for errors.\n"
      "\n"
      "      --arch ARCH  compare this architecture only (x86, aarch64, ...; default: each that both\n"
      "                   profiles have; for a proof: all)\n"
      "      --json       print JSON\n" LIVE_HELP
      "      --not-looser-than BASE  prove that no call gets a looser action than in BASE\n" PROFILE_HELP
      "  -h, --help\n";

static const struct option diff_options[] = { { "arch", required_argument, NULL, 'a' },
                                              { "json", no_argument, NULL, 'j' },
                                              { "not-looser-than", required_argument, NULL, 'n' },
                                              LIVE_OPTIONS,
                                              PROFILE_OPTIONS,
                                              CLI_HELP_OPTION };

static bool
differences_alike (const struct profile_difference *one, const struct profile_difference *two)
{
  return one->archs && two->archs && strcmp (one->archs, two->archs) == 0 && strcmp (one->one, two->one) == 0
         && strcmp (one->two, two->two) == 0;
}

/* Calls that differ in the same way are printed together. */
static void
print_text (const struct profile_differences *differences)
{
  for (uint32_t i = 0; i < differences->count; i++)
    {
      const struct profile_difference *first = &differences->items[i];
      struct cli_words words = { .indent = 2 };
      uint32_t before = 0;
      while (before < i && !differences_alike (&differences->items[before], first))
        before++;
      if (before < i)
        continue;
      if (i)
        (void)putchar ('\n');
      (void)text_line (stdout, "%s%s:", first->archs ? "system calls on " : "",
                       first->archs ? first->archs : first->what);
      for (uint32_t j = i; first->archs && j < differences->count; j++)
        if (differences_alike (&differences->items[j], first))
          cli_word (&words, differences->items[j].what);
      cli_words_end (&words);
      (void)text_line (stdout, "- %s", first->one);
      (void)text_line (stdout, "+ %s", first->two);
    }
}

static int
print_json (const struct profile_differences *differences)
{
  struct json_writer writer;
  if (json_write_open (&writer, true) < 0)
    return -1;
  json_write_array (&writer, NULL);
  for (uint32_t i = 0; i < differences->count; i++)
    {
      const struct profile_difference *item = &differences->items[i];
      json_write_object (&writer, NULL);
      json_write_string (&writer, item->archs ? "syscall" : "property", item->what);
      json_write_string (&writer, "architectures", item->archs);
      json_write_string (&writer, "a", item->one);
      json_write_string (&writer, "b", item->two);
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  return cli_print_json (&writer) == 0 ? 0 : -1;
}

static int
print (const struct profile_differences *differences, bool json)
{
  if (json && print_json (differences) < 0)
    return 1;
  if (!json)
    print_text (differences);
  return differences->count ? 2 : 0;
}

static int
diff_files (const char *arch, bool json, const struct profile_options *options, const struct live_process sides[2])
{
  static struct profile profiles[2];
  struct error error = { 0 };
  struct profile_side loaded[2];
  struct profile_differences differences;
  for (int i = 0; i < 2; i++)
    {
      struct report report = { .error = &error };
      if (profile_load (&profiles[i], sides[i].text, options, &report, &error) < 0)
        return cli_fail (&error);
      profile_warn_unapplied (&profiles[i]);
      loaded[i] = profile_side_of (&profiles[i]);
    }
  if (profile_diff (&loaded[0], &loaded[1], arch, !json, &profiles[0].arena, &differences, &error) < 0)
    return cli_fail (&error);
  return print (&differences, json);
}

/* A process's filters, or the one that a profile would be. 0 or -1. */
static int
load_side (const struct live_process *side, const struct profile_options *options, struct profile *profile,
           struct loaded_filters *out, struct error *error)
{
  struct report report = { .error = error };
  if (side->option)
    {
      if (arena_open (&profile->arena, 1ul << 30) < 0)
        return error_set (error, errno, "reserve memory");
      return live_read (side, &profile->arena, out, error);
    }
  if (profile_load (profile, side->text, options, &report, error) < 0)
    return -1;
  profile_warn_unapplied (profile);
  *out = (struct loaded_filters){ .filters = &profile->filter, .count = 1 };
  return 0;
}

static int
diff_loaded (const char *arch, bool json, const struct profile_options *options, const struct live_process sides[2])
{
  static struct profile profiles[2];
  struct error error = { 0 };
  struct loaded_filters loaded[2];
  struct profile_differences differences;
  for (int i = 0; i < 2; i++)
    if (load_side (&sides[i], options, &profiles[i], &loaded[i], &error) < 0)
      return cli_fail (&error);
  if (loaded_diff (&loaded[0], &loaded[1], arch, &profiles[0].arena, &differences, &error) < 0)
    return cli_fail (&error);
  return print (&differences, json);
}

/* Files and processes are A and B in the order of the command line: "-" makes getopt give operands as options of the
 * letter 1. */
int
cli_seccomp_diff (int argc, char **argv)
{
  struct error error = { 0 };
  struct profile_options options = { .capabilities = profile_usual_capabilities };
  const char *arch = NULL, *base = NULL;
  bool json = false;
  int count = 0;
  struct live_process sides[2] = { { 0 } };
  for (int option; (option = cli_option (argc, argv, "-h", diff_options)) != -1;)
    {
      if (option == 'a')
        arch = optarg;
      else if (option == 'j')
        json = true;
      else if (option == 'n')
        base = optarg;
      else if (option == 1 || option == 'P' || option == 'I')
        {
          if (count++ < 2)
            sides[count - 1] = (struct live_process){ option == 1 ? 0 : option, optarg };
        }
      else
        {
          int common = profile_option (option, optarg, &options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp diff", help, option);
        }
    }
  for (; optind < argc; optind++) /* after "--" */
    if (count++ < 2)
      sides[count - 1] = (struct live_process){ 0, argv[optind] };
  bool live = sides[0].option || sides[1].option;
  if (base && live)
    (void)error_set (&error, 0, "--not-looser-than compares files: a process has no profile");
  else if (base && count == 1)
    return cli_print_proof (base, sides[0].text, arch, json, &options);
  else if (!base && count == 2)
    return live ? diff_loaded (arch, json, &options, sides) : diff_files (arch, json, &options, sides);
  else
    (void)error_set (&error, 0, "seccomp diff takes %s, %d given",
                     base ? "one file with --not-looser-than" : "two files", count);
  error_hint (&error, "see 'husk seccomp diff --help'");
  return cli_fail (&error);
}
