/*
 * Which containers are privileged, and so not confined by a seccomp profile. Kubernetes runs privileged containers
 * Unconfined, and engines mostly leave out linux.seccomp for that. By default, a profile that is present is skipped
 * only for a container whose config proves it privileged and that is also declared privileged. An annotation alone must
 * not loosen a filter, because annotations reach config.json from pods and images.
 */
#ifndef HUSK_PRIVILEGE_H
#define HUSK_PRIVILEGE_H

#include "husk/host.h"
#include "husk/spec.h"

enum privilege_policy /* --privileged-seccomp */
{
  PRIVILEGE_DECLARED, /* skip the profile if the container is proved and declared privileged */
  PRIVILEGE_APPLY,    /* never skip */
  PRIVILEGE_PROVED,   /* Kubernetes' rule: skip it if the container is proved privileged */
};

enum confinement
{
  CONFINED,                 /* the container is not declared privileged */
  CONFINED_BY_POLICY,       /* --privileged-seccomp=apply */
  CONFINED_CONTRADICTED,    /* declared privileged, but its config contradicts that */
  UNCONFINED_ABSENT,        /* it has no profile */
  UNCONFINED_BY_OPTION,     /* --privileged */
  UNCONFINED_BY_ANNOTATION, /* proved, and declared by PRIVILEGE_ANNOTATION */
  UNCONFINED_BY_PROOF,      /* proved, and --privileged-seccomp=proved */
};

/* What in the config shows that the container is not privileged, and where; text NULL: it is proved privileged. */
struct contradiction
{
  const char *text;
  origin_t node;
};
/* Proved: all capabilities that husk itself could grant, CAP_SYS_ADMIN among them, are bounding, effective and
 * permitted; nothing is masked or read-only; no user namespace; noNewPrivileges is not true; a device rule allows all,
 * and none after it denies. */
struct contradiction privilege_contradiction (const struct spec *spec, const struct host *host);
/* The warning for a container that is declared privileged all the same; its argument is the contradiction's text. */
#define CONTRADICTION "privileged claim contradicts config: %s; the seccomp profile is applied"
bool privilege_annotated (const struct spec *spec);
/* The decision. Pure. */
enum confinement privilege_decide (const struct spec *spec, const struct host *host, enum privilege_policy policy,
                                   bool option);
bool confinement_applies (enum confinement confinement);
/* The reason, in one line. */
const char *confinement_text (enum confinement confinement);

/* --privileged: makes the config privileged, as engines do: all capabilities and devices, sysfs and cgroups writable,
 * no masked or read-only paths, no AppArmor profile, no noNewPrivileges. A user namespace stays. */
void privilege_grant (struct spec *spec, const struct host *host, struct arena *arena);

#endif
