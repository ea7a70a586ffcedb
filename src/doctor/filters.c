/*
 * seccomp: the actions and flags of a profile that this kernel knows, and how old the tables of system calls are. A
 * profile is compiled by husk's own table; libseccomp has the numbers on architectures of other kernels.
 */
#include "examine.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "husk/calls.h"
#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "husk/profile.h"
#include "husk/seccomp.h"

static void
join_word (char *list, size_t size, const char *word)
{
  size_t used = strlen (list);
  (void)snprintf (list + used, size - used, "%s%s", used ? ", " : "", word);
}

void
examine_actions (struct doctor *doctor)
{
  const struct json_name *allow = spec_action_names;
  char lacking[512] = "";
  const char *word;
  while (allow->value != SPEC_ACT_ALLOW)
    allow++;
  for (const struct json_name *action = spec_action_names; action->text; action++)
    if (!seccomp_kernel_has_action (action))
      join_word (lacking, sizeof lacking, action->text);
  for (uint32_t i = 0; (word = seccomp_flag_name (i)) != NULL; i++)
    if (!seccomp_kernel_has_flag (word))
      join_word (lacking, sizeof lacking, word);
  if (!seccomp_kernel_has_action (allow))
    finding_add (
        doctor, (struct doctor_finding){ DOCTOR_MISSING, "seccomp", "the kernel has no seccomp filters, or denies them",
                                         "a config with a profile is refused",
                                         "use a kernel with CONFIG_SECCOMP_FILTER; in a container, allow seccomp(2)" });
  else if (lacking[0])
    finding_add (doctor,
                 (struct doctor_finding){ DOCTOR_LIMITED, "seccomp",
                                          arena_format (doctor->arena, "this kernel does not know %s", lacking),
                                          "a profile that names one of them is refused", "use a newer kernel" });
  else
    finding_add (doctor, (struct doctor_finding){ DOCTOR_OK, "seccomp",
                                                  "this kernel knows every action and flag of a profile", NULL, NULL });
}

/* A filter that is there already holds for containers too. */
static void
examine_own_filter (struct doctor *doctor)
{
  char status[4096];
  const char *line = read_small ("/proc/self/status", status, sizeof status) > 0 ? strstr (status, "\nSeccomp:") : NULL;
  if (line && line[strcspn (line + 1, "0123456789\n") + 1] == '2')
    finding_add (doctor,
                 (struct doctor_finding){ DOCTOR_LIMITED, "own filter", "husk itself runs under a seccomp filter",
                                          "what it denies, every container is denied as well",
                                          "run husk outside of the container that it is in" });
}

static void
examine_calls_table (struct doctor *doctor)
{
  struct utsname name;
  char library[40];
  uint32_t kernel = 0, newest = seccomp_newest_call ();
  seccomp_library_version (library);
  bool older = uname (&name) == 0 && profile_kernel_read (name.release, false, &kernel) == 0 && kernel > newest;
  finding_add (doctor,
               (struct doctor_finding){ older ? DOCTOR_LIMITED : DOCTOR_OK, "names of calls",
                                        arena_format (doctor->arena,
                                                      "husk knows the system calls up to Linux %u.%u; libseccomp is %s",
                                                      newest >> 8, newest & 0xff, library),
                                        older ? "profiles cannot name newer calls of this kernel"
                                              : "profiles may name any call of this kernel",
                                        older ? "use a newer husk" : NULL });
}

void
examine_filters (struct doctor *doctor)
{
  examine_actions (doctor);
  examine_own_filter (doctor);
  examine_calls_table (doctor);
}
