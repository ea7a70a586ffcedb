/*
 * The examinations, one file each, in the order in which doctor.c makes them. Each adds its findings.
 */
#ifndef HUSK_DOCTOR_EXAMINE_H
#define HUSK_DOCTOR_EXAMINE_H

#include "husk/doctor.h"

/* Texts are constant or in the arena. */
void finding_add (struct doctor *doctor, struct doctor_finding finding);
/* Where a program is: in PATH, or in the usual directories. In the arena; NULL: nowhere. */
const char *finding_program (struct doctor *doctor, const char *name);
/* The number in a file of /proc/sys; otherwise, if it cannot be read. */
long finding_sysctl (const char *path, long otherwise);

void examine_rights (struct doctor *doctor);
void examine_kernel (struct doctor *doctor);
void examine_filters (struct doctor *doctor);
void examine_cgroups (struct doctor *doctor);
void examine_user_namespaces (struct doctor *doctor);
void examine_id_ranges (struct doctor *doctor);
void examine_records (struct doctor *doctor);
void examine_programs (struct doctor *doctor);
void examine_engines (struct doctor *doctor);

#endif
