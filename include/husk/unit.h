/*
 * systemd units: a container's cgroup as a transient scope. A separate program, husk-systemd (src/systemd, built where
 * libsystemd is available), talks D-Bus, so that husk stays static; this is husk's side. Each call runs it once, and it
 * has its own deadline.
 *
 * husk-systemd is searched for beside husk's own executable, then in the directory where it is installed.
 */
#ifndef HUSK_UNIT_H
#define HUSK_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/error.h"
#include "husk/json.h"
#include "husk/spec.h"

struct unit
{
  const char *name;  /* "husk-c1.scope"; NULL: no unit */
  const char *slice; /* "machine.slice": the unit that contains it */
  bool user;         /* in the user's systemd, not the system's */
  origin_t origin;   /* linux.cgroupsPath; 0 if the unit is from a record */
};

/* The kind of a property's value, and its D-Bus type. */
enum unit_value
{
  UNIT_NUMBER,  /* t */
  UNIT_TEXT,    /* s */
  UNIT_MASK,    /* ay: bit 0 of the first byte is number 0 */
  UNIT_RATES,   /* a(st): block devices, each with a number */
  UNIT_ACCESS,  /* a(ss): devices, each with "rwm" or a part of it */
  UNIT_VARIANT, /* any type: GVariant's text format, parsed by husk-systemd */
};
struct unit_device
{
  const char *device, *access; /* access: UNIT_ACCESS */
  uint64_t number;             /* UNIT_RATES */
};
/* A property of systemd's D-Bus interface. */
struct unit_property
{
  const char *name;
  enum unit_value kind;
  bool seconds;  /* UNIT_VARIANT: the text is in seconds, the property in microseconds */
  bool optional; /* a control file has its value too, so it is left out if an older systemd refuses it */
  origin_t origin;
  uint64_t number;
  const char *text;
  const uint8_t *mask;
  const struct unit_device *devices;
  uint32_t count; /* the number of the mask's bytes, or of devices */
};
struct unit_properties
{
  struct unit_property *items;
  uint32_t count, room;
};

/* linux.cgroupsPath in systemd's form, "slice:prefix:name". The unit is "prefix-name.scope", or "name.scope" without a
 * prefix, or name itself if it ends in .slice (whose name determines its place). No slice means system.slice
 * (user.slice in a user's systemd). NULL or empty: "husk-ID.scope" in that slice. Other forms, and names that systemd
 * does not accept, are errors at the value's place. Pure. */
int unit_locate (const struct json_document *document, const struct json_string *path, const char *id, bool user,
                 struct arena *arena, struct unit *out, struct report *report);
/* A unit's cgroup below its manager's: "machine.slice/husk-c1.scope". A slice "a-b.slice" is in "a.slice". */
const char *unit_path (const struct unit *unit, struct arena *arena);

/* linux.resources (NULL: none) as properties. What systemd has no property for, and values that it would refuse, are
 * left to the control files, whose errors are better. A property that is already in out is replaced. v2 is the host's
 * layout, which determines the names. Device rules become a list that allows at least what husk's own rules allow.
 * Pure. */
int unit_properties (const struct spec_resources *resources, const struct json_document *document, bool v2,
                     struct arena *arena, struct unit_properties *out, struct report *report);
#define UNIT_ANNOTATION "org.systemd.property."
/* The annotations org.systemd.property.NAME, each a GVariant text as in CRI-O (NAMESec in seconds is NAMEUSec). They
 * can set any property of the unit, so `features` lists them as "potentially unsafe" in features.md's sense: engines
 * keep them from users who must not set them. They have a meaning only with systemd's cgroups. husk's own properties
 * (Slice, Delegate, PIDs) are refused. unit_check parses the texts. Pure. */
int unit_annotations (const struct json_pairs *annotations, const struct json_document *document, struct arena *arena,
                      struct unit_properties *out, struct report *report);

/* A property's value for people, malloc'd; NULL: no memory. */
char *unit_property_text (const struct unit_property *property);

/* Whether husk-systemd is installed. Only a call shows whether systemd is running. */
bool unit_possible (void);
/* Has husk-systemd parse the texts of annotations, which does not need systemd: each invalid one is an error at its
 * place, before anything is made. Without annotations nothing is run. */
int unit_check (const struct unit *unit, const struct unit_properties *properties, const struct json_document *document,
                struct report *report);
/* Starts the transient unit, delegated, with the process in it (0: none, for a slice), and waits until systemd's job is
 * done. A failed unit with that name, left by an earlier container, is reset first; one that is in use is an error.
 * *out_cgroup: malloc'd, the unit's cgroup as systemd names it ("/machine.slice/husk-c1.scope"). */
int unit_start (const struct unit *unit, const struct unit_properties *properties, pid_t pid, char **out_cgroup,
                struct error *error);
/* Sets properties of a running unit, until it ends. */
int unit_set (const struct unit *unit, const struct unit_properties *properties, struct error *error);
/* Moves a process into the unit's cgroup, or into one below it ("" or "/sub"), with the manager's rights. */
int unit_attach (const struct unit *unit, const char *below, pid_t pid, struct error *error);
/* Stops the unit and waits until it is gone; a failed one is reset. 0 also if the unit does not exist. */
int unit_stop (const struct unit *unit, struct error *error);

#endif
