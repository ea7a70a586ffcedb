/*
 * Where a profile's agent listens: a process that can take its place decides every call that asks it.
 */
#include "husk/host.h"
#include "husk/profile.h"

void
profile_check_agent_place (const struct json_document *document, const struct spec_seccomp *profile,
                           struct report *report)
{
  static struct host_exposure exposure;
  if (spec_seccomp_notifies (profile) && host_path_exposed (profile->listener_path.text, &exposure))
    report_warning (report, document, profile->listener_path.node, NULL, "others can take the agent's place: %.300s %s",
                    exposure.directory, exposure.reason);
}
