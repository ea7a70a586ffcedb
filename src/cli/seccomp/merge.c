/*
 * husk seccomp merge: prints the profile that allows what all of several profiles allow, or what any of them allows.
 * The first two are merged, then the result with the next. All are compiled with errno_for_newer, because the result
 * has an age of its own.
 */
#include <stdio.h>

#include "cli.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp merge --intersect|--union A B...\n"
      "\n"
      "Prints the profile that allows what all profiles allow, or with --union what any of them\n"
      "allows, with the same conditions on arguments: each call gets the strictest of its actions, or\n"
      "the loosest. The result is proved to be exact. If the format of profiles cannot express it, an\n"
      "error names a call.\n"
      "\n"
      "Each file is a profile, a whole config.json, a profile in docker's format, or a\n"
      "SeccompProfile as 'kubectl get -o json' prints it; one may be -, standard input.\n"
      "\n"
      "      --intersect     allow what all of them allow\n"
      "      --union         allow what any of them allows\n" PROFILE_TARGET_HELP "  -h, --help\n";

static const struct option merge_options[] = {
  { "intersect", no_argument, NULL, 'i' }, { "union", no_argument, NULL, 'u' }, PROFILE_TARGET_OPTIONS, CLI_HELP_OPTION
};

static int
merge (bool any, const struct profile_options *options, int count, char **files)
{
  static struct profile profiles[3]; /* merged so far, the next one, the result */
  const char *text = NULL;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct profile *merged = &profiles[0];
  if (profile_load (merged, files[0], options, &report, &error) < 0 || profile_require_applied (merged, &error) < 0)
    return cli_fail (&error);
  for (int i = 1; i < count; i++)
    {
      struct profile *next = &profiles[1], *result = merged == &profiles[0] ? &profiles[2] : &profiles[0];
      *next = (struct profile){ 0 };
      if (profile_load (next, files[i], options, &report, &error) < 0 || profile_require_applied (next, &error) < 0)
        return cli_fail (&error);
      const struct profile_side one = profile_side_of (merged), two = profile_side_of (next);
      text = profile_merge (&one, &two, any, &merged->arena, &error);
      *result = (struct profile){ 0 };
      if (!text || profile_load_text (result, text, "the merged profile", options, &report, &error) < 0)
        return cli_fail (&error);
      arena_close (&next->arena);
      if (i + 1 < count)
        arena_close (&merged->arena);
      merged = result;
    }
  return cli_print (text);
}

int
cli_seccomp_merge (int argc, char **argv)
{
  struct profile_options options = { .capabilities = profile_usual_capabilities, .errno_for_newer = true };
  struct error error = { 0 };
  int way = 0;
  for (int option; (option = cli_option (argc, argv, "h", merge_options)) != -1;)
    {
      if (option != 'i' && option != 'u')
        {
          int common = profile_option (option, optarg, &options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp merge", help, option);
          continue;
        }
      if (way && way != option)
        {
          (void)error_set (&error, 0, "--intersect and --union are mutually exclusive");
          return cli_fail (&error);
        }
      way = option;
    }
  if (way && argc - optind >= 2)
    return merge (way == 'u', &options, argc - optind, argv + optind);
  if (!way)
    (void)error_set (&error, 0, "seccomp merge needs --intersect or --union");
  else
    (void)error_set (&error, 0, "seccomp merge takes two files or more, %d given", argc - optind);
  error_hint (&error, "see 'husk seccomp merge --help'");
  return cli_fail (&error);
}
