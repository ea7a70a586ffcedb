/*
 * Between the parts of `husk seccomp audit`: what was read, which container a call is of, what is printed.
 */
#ifndef HUSK_CLI_AUDIT_REPORT_H
#define HUSK_CLI_AUDIT_REPORT_H

#include "husk/audit.h"
#include "husk/container.h"
#include "profile.h"

/* Containers of husk's own, by which an id gets a name. */
struct place_names
{
  const char *id, *container, *pod, *name_space;
  const char **cgroups; /* below each hierarchy's mount */
  uint32_t cgroup_count;
};
#define TABLES_MAX 32 /* more than there are architectures */
struct audit
{
  struct arena arena;
  struct audit_tally tally;
  struct profile *profile;                 /* NULL: none is asked about */
  struct seccomp_table tables[TABLES_MAX]; /* of the profile, by architecture */
  uint32_t table_count;
  struct place_names *known;
  uint32_t known_count, known_room;
};

/* Fills known; to be given to container_list. */
void audit_know (const struct record *record, enum status status, void *data);
/* The names of a call's container, from the line, from husk's records, from the cgroup. NULL where nothing has one. */
void audit_name_place (const struct audit *audit, const struct audit_group *group, struct place_names *out);

/* The exit status. */
int audit_print_text (struct audit *audit);
int audit_print_json (struct audit *audit);

#endif
