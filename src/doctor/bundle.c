/*
 * husk check --host: what create would find wrong on this machine for one bundle, all of it at once and before anything
 * is made. What the doctor examines anyway is asked of its examinations; paths are asked of the runtime's own checks
 * (launch_look). Compiling has decided the rest already, such as controllers that this host lacks.
 */
#include "examine.h"

#include "husk/seccomp.h"

/* What the doctor found since then and no container can be run without. */
static void
report_missing (struct bundle_look *look, uint32_t from, origin_t origin)
{
  for (uint32_t i = from; i < look->doctor.count; i++)
    {
      const struct doctor_finding *finding = &look->doctor.items[i];
      if (finding->state == DOCTOR_MISSING)
        (void)report_error (look->report, &look->bundle->document, origin, finding->remedy, "%s: %s", finding->found,
                            finding->meaning);
    }
}

static void
look_at_machine (struct bundle_look *look)
{
  examine_kernel (&look->doctor);
  examine_records (&look->doctor);
  report_missing (look, 0, 0);
}

static void
look_at_namespaces (struct bundle_look *look)
{
  const struct spec *spec = &look->bundle->compilation.spec;
  const char *found, *remedy;
  for (uint32_t i = 0; i < spec->linux_->namespaces.count; i++)
    {
      const struct spec_namespace *namespace = &spec->linux_->namespaces.items[i];
      enum spec_namespace_type type = (enum spec_namespace_type) namespace->type.value;
      if (!host_has_namespace (spec_namespace_flag (type)))
        (void)report_error (look->report, &look->bundle->document, namespace->node, NULL,
                            "this kernel has no %s namespaces", spec_namespace_name (type));
      else if (type == SPEC_NAMESPACE_USER && !namespace->path.text && users_refused (&look->doctor, &found, &remedy))
        (void)report_error (look->report, &look->bundle->document, namespace->node, remedy,
                            "user namespaces are forbidden: %s", found);
    }
}

/* For an ordinary user, compiling has kept only what is delegated. systemd makes its unit's cgroup with its own rights.
 */
static void
look_at_cgroups (struct bundle_look *look)
{
  const struct compilation *compilation = &look->bundle->compilation;
  const struct spec_linux *config = compilation->spec.linux_;
  origin_t origin = config->cgroups_path.node ? config->cgroups_path.node : config->node;
  uint32_t before = look->doctor.count;
  if (compilation->cgroup.unit.name && !unit_possible ())
    (void)report_error (look->report, &look->bundle->document, origin, "--cgroup-manager=cgroupfs does not need it",
                        "husk-systemd is not installed: systemd cannot make the cgroup");
  else if (!compilation->cgroup.unit.name && compilation->cgroup.count && !compilation->host.rootless)
    examine_rights_to_make (&look->doctor, &compilation->cgroup);
  report_missing (look, before, origin);
}

static void
look_at_profile (struct bundle_look *look)
{
  const struct spec *spec = &look->bundle->compilation.spec;
  uint32_t before = look->doctor.count;
  if (!spec->linux_->seccomp)
    return;
  examine_actions (&look->doctor);
  if (look->doctor.count > before && look->doctor.items[before].state == DOCTOR_MISSING)
    report_missing (look, before, spec->linux_->seccomp->node);
  else
    seccomp_lint_kernel (spec->seccomp_document, spec->linux_->seccomp, look->report);
}

void
doctor_check_bundle (const struct globals *globals, struct compiled_bundle *bundle, struct report *report)
{
  const struct compilation *compilation = &bundle->compilation;
  struct bundle_look look = {
    .doctor = { .arena = &bundle->arena, .globals = globals, .host = compilation->host },
    .bundle = bundle,
    .report = report,
  };
  host_probe_lsm (&look.doctor.host);
  look_at_machine (&look);
  if (caller_check (&compilation->host, &compilation->spec, report) == 0)
    {
      look_at_namespaces (&look);
      bundle_look_ids (&look);
      look_at_cgroups (&look);
    }
  look_at_profile (&look);
  bundle_look_files (&look);
  bundle_look_programs (&look);
}
