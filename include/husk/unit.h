/*
 * Units of systemd: a container's cgroup as a transient scope. The D-Bus side is a program of its own, husk-systemd
 * (src/systemd, built where libsystemd is there), so that husk stays static; this is husk's side of it. Each call runs
 * it once, and it has a deadline of its own.
 *
 * husk-systemd is looked for beside husk's own executable, then in the directory it is installed to.
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
  const char *slice; /* "machine.slice": the unit that holds it */
  bool user;         /* of the user's systemd, not of the system's */
  origin_t origin;   /* linux.cgroupsPath; 0 when the unit is known from a record */
};

/* What a property's value is, and its D-Bus type. */
enum unit_value
{
  UNIT_NUMBER,  /* t */
  UNIT_TEXT,    /* s */
  UNIT_MASK,    /* ay: bit 0 of the first byte is number 0 */
  UNIT_RATES,   /* a(st): block devices, a number each */
  UNIT_ACCESS,  /* a(ss): devices, "rwm" or a part of it each */
  UNIT_VARIANT, /* what the text says, in GVariant's text format: husk-systemd reads it */
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
  bool optional; /* its value is in a control file too: an older systemd that refuses it does without */
  origin_t origin;
  uint64_t number;
  const char *text;
  const uint8_t *mask;
  const struct unit_device *devices;
  uint32_t count; /* of the mask's bytes or of the devices */
};
struct unit_properties
{
  struct unit_property *items;
  uint32_t count, room;
};

/* linux.cgroupsPath in systemd's form, "slice:prefix:name": the unit is "prefix-name.scope", or name itself when that
 * ends in .slice (its place is in its name then), or "name.scope" without a prefix; no slice means system.slice
 * (user.slice of a user's systemd). NULL or empty: "husk-ID.scope" there. Refused at the value's place: another form,
 * names that systemd does not take. Pure. */
int unit_locate (const struct json_document *document, const struct json_string *path, const char *id, bool user,
                 struct arena *arena, struct unit *out, struct report *report);
/* The cgroup of a unit below its manager's: "machine.slice/husk-c1.scope"; a slice "a-b.slice" lies in "a.slice". */
const char *unit_path (const struct unit *unit, struct arena *arena);

/* linux.resources (NULL: none) as properties. What systemd has no property for, and values that it would not take, are
 * left to the control files, whose errors are better. A property that is there already is replaced. v2: the host's
 * layout; it decides about the names. Device rules become a list that allows at least what husk's own rules do. Pure.
 */
int unit_properties (const struct spec_resources *resources, const struct json_document *document, bool v2,
                     struct arena *arena, struct unit_properties *out, struct report *report);
#define UNIT_ANNOTATION "org.systemd.property."
/* The annotations org.systemd.property.NAME: a GVariant text each, as CRI-O has them (NAMESec in seconds is NAMEUSec).
 * They can set any property of the unit, so they are "potentially unsafe" in features.md's sense, and `features` lists
 * them so: engines hold them back from who may not. They mean something only with systemd's cgroups; husk's own
 * properties (Slice, Delegate, PIDs) are refused. The texts are not read here: unit_check does that. Pure. */
int unit_annotations (const struct json_pairs *annotations, const struct json_document *document, struct arena *arena,
                      struct unit_properties *out, struct report *report);

/* A property's value for people, malloc'd; NULL: no memory. */
char *unit_property_text (const struct unit_property *property);

/* husk-systemd is there; whether systemd is, only a call shows. */
bool unit_possible (void);
/* Has husk-systemd read the texts of annotations, for which systemd need not be there: each that cannot be read is an
 * error at its place, before anything is made. Without annotations nothing is run. */
int unit_check (const struct unit *unit, const struct unit_properties *properties, const struct json_document *document,
                struct report *report);
/* Starts the transient unit with the process in it (0: none, of a slice), delegated, and waits until systemd's job is
 * done. A failed unit of that name, which an earlier container has left, is reset first; one that is in use is an
 * error. out_cgroup: malloc'd, the unit's cgroup as systemd names it ("/machine.slice/husk-c1.scope"). */
int unit_start (const struct unit *unit, const struct unit_properties *properties, pid_t pid, char **out_cgroup,
                struct error *error);
/* Sets properties of a running unit (until it ends). */
int unit_set (const struct unit *unit, const struct unit_properties *properties, struct error *error);
/* Puts a process into the unit's cgroup, or into one below it ("" or "/sub"), with the manager's rights. */
int unit_attach (const struct unit *unit, const char *below, pid_t pid, struct error *error);
/* Stops the unit and waits until it is gone; a failed one is reset. 0 if there is no unit. */
int unit_stop (const struct unit *unit, struct error *error);

#endif
