/*
 * The options that say how a recording is written, of husk seccomp record, run and create. What they mean is decided by
 * observe_place (observer/profile_file.c).
 */
#include <string.h>

#include "cli.h"

int
cli_record_option (int option, struct observer_format *out)
{
  struct error error = { 0 };
  switch (option)
    {
    case CLI_RECORD_MERGE:
      out->merge = true;
      return 1;
    case CLI_RECORD_ARGUMENTS:
      out->arguments = true;
      return 1;
    case CLI_RECORD_FORMAT:
      out->crd = strcmp (optarg, "crd") == 0;
      if (out->crd || strcmp (optarg, "oci") == 0)
        return 1;
      (void)error_set (&error, 0, "--format \"%.40s\" must be oci or crd", optarg);
      return cli_fail (&error), -1;
    case CLI_RECORD_NAME:
      out->name = optarg;
      return 1;
    case CLI_RECORD_NAMESPACE:
      out->name_space = optarg;
      return 1;
    case CLI_RECORD_ERRNO:
      out->default_errno = cli_errno ("--default-errno", optarg);
      return out->default_errno < 0 ? -1 : 1;
    case CLI_RECORD_COUNTS:
      out->counts = optarg;
      return 1;
    default:
      return 0;
    }
}
