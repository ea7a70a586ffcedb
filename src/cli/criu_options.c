/*
 * The options that checkpoint and restore have in common. Each of the two calls criu_option for options that its own
 * switch does not know.
 */
#include "criu_options.h"

static int
set_empty (struct criu_options *options)
{
  struct error error = { 0 };
  options->empty_network = true;
  if (strcmp (optarg, "network") == 0)
    return 0;
  (void)error_set (&error, 0, "--empty-ns \"%.40s\": only the network namespace can be left empty", optarg);
  (void)cli_fail (&error);
  return -1;
}

int
criu_option (int option, struct criu_options *options)
{
  struct error error = { 0 };
  switch (option)
    {
    case CRIU_IMAGES:
      options->image_path = optarg;
      return 0;
    case CRIU_WORK:
      options->work_path = optarg;
      return 0;
    case CRIU_CGROUPS:
      options->cgroups_mode = optarg;
      return 0;
    case CRIU_NETWORK_LOCK:
      options->network_lock = optarg;
      return 0;
    case CRIU_EMPTY:
      return set_empty (options);
    case CRIU_ESTABLISHED:
      return options->tcp_established = true, 0;
    case CRIU_UNIX:
      return options->ext_unix_sk = true, 0;
    case CRIU_SHELL:
      return options->shell_job = true, 0;
    case CRIU_LOCKS:
      return options->file_locks = true, 0;
    case CRIU_DEDUP:
      return options->auto_dedup = true, 0;
    default:
      (void)error_set (&error, 0, "unknown option number %d", option);
      (void)cli_fail (&error);
      return -1;
    }
}
