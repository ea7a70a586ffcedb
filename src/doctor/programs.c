/*
 * Other programs that husk runs: its own, beside it or in libexec, and those of the host.
 */
#include "examine.h"

#include "husk/program.h"

static const struct wanted_program
{
  const char *name;
  bool own; /* installed with husk */
  const char *meaning, *remedy;
} programs[] = {
  { "husk-systemd", true, "systemd cannot make a container's cgroup: --systemd-cgroup is refused",
    "build husk with libsystemd (libsystemd-dev), or use --cgroup-manager=cgroupfs" },
  { "husk-criu", true, "checkpoint and restore are refused",
    "build husk with protobuf-c (libprotobuf-c-dev, protobuf-c-compiler)" },
  { "criu", false, "checkpoint and restore are refused", "install criu" },
  { "ps", false, "husk ps prints pids only, with --format json", "install procps" },
};

void
examine_programs (struct doctor *doctor)
{
  for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
    {
      char own[4352];
      const struct wanted_program *program = &programs[i];
      const char *path = !program->own                                   ? finding_program (doctor, program->name)
                         : program_find (program->name, own, sizeof own) ? arena_string (doctor->arena, own)
                                                                         : NULL;
      finding_add (doctor, (struct doctor_finding){ path ? DOCTOR_OK : DOCTOR_LIMITED, program->name,
                                                    path ? path : "not installed", path ? NULL : program->meaning,
                                                    path ? NULL : program->remedy });
    }
}
