/*
 * What the files that compile linux.resources share to add settings.
 */
#ifndef HUSK_LIMITS_SETTINGS_H
#define HUSK_LIMITS_SETTINGS_H

#include "husk/limits.h"

struct limits_compiler
{
  const struct host *host;
  const struct cgroup *cgroup;
  const struct json_document *document;
  struct arena *arena;
  struct limits *limits;
  struct report *report;
};

/* Where a controller is: the index of the container's directory in its hierarchy. */
struct place
{
  bool v2;
  uint32_t directory;
};

/* Finds the controller that the value at node needs. 0, or -1 with an error that this host lacks it. */
int settings_place (struct limits_compiler *compiler, const char *controller, origin_t node, struct place *out);
/* Whether a v1 hierarchy of this host has it, or cgroup2. */
bool settings_on_v1 (const struct limits_compiler *compiler, const char *controller);
bool settings_on_v2 (const struct limits_compiler *compiler, const char *controller);
/* Adds a value. The caller sets rarely needed members in the result, which is valid until the next call. */
struct limits_setting *settings_add (struct limits_compiler *compiler, const struct place *place,
                                     const char *controller, const char *file, const char *value, origin_t node);
/* The same for a number. -1 becomes the layout's "no limit". */
struct limits_setting *settings_number (struct limits_compiler *compiler, const struct place *place,
                                        const char *controller, const char *file, int64_t value, origin_t node);
/* Reports a value that cannot be converted (config-linux.md, "Unified"). Always returns -1. */
int settings_no_equivalent (struct limits_compiler *compiler, const struct place *place, const char *what,
                            origin_t node);

void compile_memory (struct limits_compiler *compiler, const struct spec_memory *memory);
void compile_cpu (struct limits_compiler *compiler, const struct spec_cpu *cpu);
void compile_block_io (struct limits_compiler *compiler, const struct spec_block_io *config);
/* The device rules, followed by the default devices and reduced. */
void compile_devices (struct limits_compiler *compiler, const struct spec_resources *resources);
/* A container whose rules do not deny all devices may open the default ones and those that they allow, as with runc:
 * returns the resources with a first rule that denies all. Its origin is place if there are no other rules. */
const struct spec_resources *deny_other_devices (const struct spec_resources *resources, origin_t place,
                                                 struct arena *arena);
/* The same for a new container, but not for an ordinary user's, which cannot have rules. */
const struct spec_resources *default_device_rules (const struct host *host, const struct cgroup *cgroup,
                                                   const struct spec *spec, const struct spec_resources *resources,
                                                   struct arena *arena, struct report *report);

#endif
