/*
 * Reads a profile in any format for one container. Every tool and --seccomp-profile use this.
 */
#include <errno.h>
#include <sys/utsname.h>

#include "husk/calls.h"
#include "resolve.h"

int
profile_target_here (struct profile_target *out, struct error *error)
{
  struct utsname names;
  if (uname (&names) < 0)
    return error_set (error, errno, "ask for the kernel's version");
  *out = (struct profile_target){ .arch = arch_native ()->name };
  return profile_kernel_read (names.release, false, &out->kernel) == 0
             ? 0
             : error_set (error, 0, "\"%s\" does not begin with a version of Linux", names.release);
}

int
profile_read (struct json_document *document, const struct profile_target *target, const struct profile_bases *bases,
              struct arena *arena, struct spec_seccomp *out, struct report *report)
{
  struct docker_profile docker;
  switch (foreign_format (document))
    {
    case PROFILE_RESOURCE:
      return resource_read (document, bases, arena, out, report);
    case PROFILE_DOCKER:
      if (foreign_decode_docker (document, arena, &docker, report) < 0)
        return -1;
      return profile_resolve_as (&profile_reader_husk, document, &docker, target, arena, out, report);
    default:
      return spec_decode_seccomp (document, arena, out, report);
    }
}
