/*
 * husk doctor in order: who the caller is, then from the kernel upwards to the engines. What is read of the host is
 * what create reads too (host_probe), so that both see the same.
 */
#include "husk/doctor.h"

#include "examine.h"

int
doctor_examine (const struct globals *globals, struct arena *arena, struct doctor *out, struct error *error)
{
  *out = (struct doctor){ .arena = arena, .globals = globals };
  if (host_probe (arena, &out->host, error) < 0)
    return -1;
  host_probe_lsm (&out->host);
  examine_rights (out);
  examine_kernel (out);
  examine_filters (out);
  examine_cgroups (out);
  examine_user_namespaces (out);
  examine_id_ranges (out);
  examine_records (out);
  examine_programs (out);
  examine_engines (out);
  return 0;
}
