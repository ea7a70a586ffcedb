/*
 * The examinations, one file each, in the order in which doctor.c makes them. Each adds its findings. bundle.c takes
 * from them what matters to one bundle.
 */
#ifndef HUSK_DOCTOR_EXAMINE_H
#define HUSK_DOCTOR_EXAMINE_H

#include "husk/doctor.h"

/* ---- husk check --host: a bundle instead of the machine ---------------------------------------------------------- */

struct bundle_look
{
  struct doctor doctor;
  struct compiled_bundle *bundle;
  struct report *report;
};

/* What it names on the host: hooks, the agent's socket, and what launch_look looks at. */
void bundle_look_files (struct bundle_look *look);
/* What it names in the root file system: the program and startContainer hooks. */
void bundle_look_programs (struct bundle_look *look);
/* Whether the caller may map the ids of its user namespace. */
void bundle_look_ids (struct bundle_look *look);

/* ---- the machine ------------------------------------------------------------------------------------------------- */

/* Texts are constant or in the arena. */
void finding_add (struct doctor *doctor, struct doctor_finding finding);
/* Where a program is: in PATH, or in the usual directories. In the arena; NULL: nowhere. */
const char *finding_program (struct doctor *doctor, const char *name);
/* The number in a file of /proc/sys; otherwise, if it cannot be read. */
long finding_sysctl (const char *path, long otherwise);

/* What forbids user namespaces to this caller, and what to do. false: nothing. */
bool users_refused (const struct doctor *doctor, const char **out_found, const char **out_remedy);
/* A range of ids that a file like /etc/subuid grants the caller, by index. false: there are no more. */
bool users_range (struct doctor *doctor, const char *file, uint32_t index, uint64_t *out_first, uint64_t *out_size);

void examine_rights (struct doctor *doctor);
void examine_kernel (struct doctor *doctor);
void examine_filters (struct doctor *doctor);
void examine_actions (struct doctor *doctor); /* part of the filters: what a profile may name */
void examine_cgroups (struct doctor *doctor);
/* Part of the cgroups: whether the caller may make this one. */
void examine_rights_to_make (struct doctor *doctor, const struct cgroup *cgroup);
void examine_user_namespaces (struct doctor *doctor);
void examine_id_ranges (struct doctor *doctor);
void examine_records (struct doctor *doctor);
void examine_programs (struct doctor *doctor);
void examine_engines (struct doctor *doctor);

#endif
