/*
 * Device rules: the config's, followed by the default devices, reduced to the fewest that mean the same.
 *
 * The rules mean the same on every layout: for each bit of an access (mknod, read, write) the last rule that matches
 * the device and has the bit decides. An access is allowed if all its bits are. If no rule matches, it is allowed: a
 * new cgroup denies nothing by itself. So rules without a denial of everything get one in front: a config, or an
 * update, allows only the devices that it names and the default ones.
 */
#include <string.h>

#include "device_program.h"
#include "settings.h"

/* config-linux.md, "Default Devices", and the devices that terminals need. Making nodes is always allowed; the rules
 * are about opening them. Other runtimes append the same list. */
static const struct limits_device defaults[] = {
  { true, 'a', -1, -1, LIMITS_DEVICE_MKNOD }, { true, 'c', 1, 3, LIMITS_DEVICE_ALL }, /* null */
  { true, 'c', 1, 5, LIMITS_DEVICE_ALL },                                             /* zero */
  { true, 'c', 1, 7, LIMITS_DEVICE_ALL },                                             /* full */
  { true, 'c', 1, 8, LIMITS_DEVICE_ALL },                                             /* random */
  { true, 'c', 1, 9, LIMITS_DEVICE_ALL },                                             /* urandom */
  { true, 'c', 5, 0, LIMITS_DEVICE_ALL },                                             /* tty */
  { true, 'c', 5, 1, LIMITS_DEVICE_ALL },                                             /* console */
  { true, 'c', 5, 2, LIMITS_DEVICE_ALL },                                             /* ptmx */
  { true, 'c', 136, -1, LIMITS_DEVICE_ALL },                                          /* pts */
  { true, 'c', 10, 200, LIMITS_DEVICE_ALL },                                          /* net/tun */
};

static uint32_t
access_bits (const struct json_string *text)
{
  uint32_t bits = 0;
  if (!text->text)
    return LIMITS_DEVICE_ALL;
  for (const char *at = text->text; *at; at++)
    bits |= *at == 'r' ? LIMITS_DEVICE_READ : *at == 'w' ? LIMITS_DEVICE_WRITE : LIMITS_DEVICE_MKNOD;
  return bits;
}

static struct limits_device
device_of (const struct spec_device_rule *rule)
{
  uint32_t access = access_bits (&rule->access);
  return (struct limits_device){ .allow = rule->allow.value,
                                 .type = rule->type.set ? (char)rule->type.value : 'a',
                                 .major = rule->major.set ? rule->major.value : -1,
                                 .minor = rule->minor.set ? rule->minor.value : -1,
                                 .access = access,
                                 .asked = access };
}

/* ---- reducing ------------------------------------------------------------------------------------------------- */

static bool
device_covers (const struct limits_device *wide, const struct limits_device *narrow)
{
  return (wide->type == 'a' || wide->type == narrow->type) && (wide->major < 0 || wide->major == narrow->major)
         && (wide->minor < 0 || wide->minor == narrow->minor);
}

static bool
device_overlaps (const struct limits_device *a, const struct limits_device *b)
{
  return (a->type == 'a' || b->type == 'a' || a->type == b->type)
         && (a->major < 0 || b->major < 0 || a->major == b->major)
         && (a->minor < 0 || b->minor < 0 || a->minor == b->minor);
}

/* Whether a later rule decides for all these devices. */
static bool
decided_later (const struct limits_device *devices, uint32_t count, uint32_t index, uint32_t bit)
{
  for (uint32_t i = index + 1; i < count; i++)
    if ((devices[i].access & bit) && device_covers (&devices[i], &devices[index]))
      return true;
  return false;
}

/* Whether earlier rules decide the same for all these devices, so that this one changes nothing. */
static bool
decided_before (const struct limits_device *devices, uint32_t index, uint32_t bit)
{
  const struct limits_device *device = &devices[index];
  for (uint32_t i = index; i-- > 0;)
    if ((devices[i].access & bit) && device_overlaps (&devices[i], device))
      {
        if (devices[i].allow != device->allow)
          return false;
        if (device_covers (&devices[i], device))
          return true;
      }
  return device->allow;
}

static uint32_t
drop_empty (struct limits_device *devices, uint32_t count)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++)
    if (devices[i].access)
      devices[kept++] = devices[i];
  return kept;
}

static uint32_t
reduce (struct limits_device *devices, uint32_t count)
{
  for (uint32_t bit = 1; bit < LIMITS_DEVICE_ALL; bit <<= 1)
    for (uint32_t i = count; i-- > 0;)
      if ((devices[i].access & bit) && decided_later (devices, count, i, bit))
        devices[i].access &= ~bit;
  count = drop_empty (devices, count);
  for (uint32_t bit = 1; bit < LIMITS_DEVICE_ALL; bit <<= 1)
    for (uint32_t i = 0; i < count; i++)
      if ((devices[i].access & bit) && decided_before (devices, i, bit))
        devices[i].access &= ~bit;
  return drop_empty (devices, count);
}

/* ---- for v1 ----------------------------------------------------------------------------------------------------- */

static void
device_add (struct limits *limits, const struct limits_device *device, const char *types)
{
  for (; *types; types++)
    {
      limits->devices[limits->device_count] = *device;
      limits->devices[limits->device_count++].type = *types;
    }
}

/* v1 allows an open only if one line has all its bits, so each line gets the bits that wider lines allow for its
 * devices. mknod is checked separately, but a line keeps it if its rule in the config has it, so that devices.list
 * reads like the config. */
static void
widen (struct limits *limits)
{
  const uint32_t open = LIMITS_DEVICE_READ | LIMITS_DEVICE_WRITE;
  for (uint32_t i = 1; i < limits->device_count; i++)
    for (uint32_t other = 1; other < limits->device_count; other++)
      {
        struct limits_device *line = &limits->devices[i];
        const struct limits_device *wide = &limits->devices[other];
        if (device_covers (wide, line))
          line->access |= wide->access & (line->asked | (line->access & open ? open : 0));
      }
}

/* v1's controller has a default and exceptions that do not nest: either only listed devices are allowed, or all others
 * are. An "a" in a line would mean everything. Fails if neither form can express the rules. */
static int
shape_v1 (struct limits_compiler *compiler)
{
  struct limits *limits = compiler->limits;
  const struct limits_device *rules = limits->devices;
  uint32_t count = limits->device_count, first = 0;
  limits->device_count = 0;
  if (count == 0)
    return 0;
  limits->devices = arena_array (compiler->arena, struct limits_device, 2 * count + 4);
  bool listed = device_is_every (&rules[0]) && !rules[0].allow;
  if (listed)
    {
      device_add (limits, &(struct limits_device){ false, 'a', -1, -1, LIMITS_DEVICE_ALL }, "a");
      first = 1;
    }
  for (uint32_t i = first; i < count; i++)
    {
      if (rules[i].allow != listed)
        return report_error (
            compiler->report, compiler->document, limits->devices_origin, "deny all first, then allow, as engines do",
            "cgroup v1 cannot %s %c %lld:%lld within a wider rule that does the opposite",
            rules[i].allow ? "allow" : "deny", rules[i].type, (long long)rules[i].major, (long long)rules[i].minor);
      device_add (limits, &rules[i], rules[i].type == 'a' ? "cb" : (char[]){ rules[i].type, '\0' });
    }
  if (listed)
    {
      struct limits_device rest
          = { .allow = true, .type = 'a', .major = -1, .minor = -1, .access = LIMITS_DEVICE_ALL & ~rules[0].access };
      device_add (limits, &rest, rest.access ? "cb" : "");
      widen (limits);
    }
  return 0;
}

/* ---- one list ------------------------------------------------------------------------------------------------- */

/* Impossible device numbers would be truncated in the comparison. */
static void
check_numbers (struct limits_compiler *compiler, const struct spec_device_rule *rule)
{
  if (rule->major.value > INT32_MAX || rule->minor.value > INT32_MAX)
    (void)report_error (compiler->report, compiler->document, rule->node, NULL, "%lld:%lld is not a device number",
                        (long long)rule->major.value, (long long)rule->minor.value);
}

static void
place_devices (struct limits_compiler *compiler)
{
  struct limits *limits = compiler->limits;
  const struct cgroup *cgroup = compiler->cgroup;
  struct error trouble = { 0 };
  struct place place = { 0 };
  if (settings_on_v1 (compiler, "devices"))
    {
      limits->devices_set
          = settings_place (compiler, "devices", limits->devices_origin, &place) == 0 && shape_v1 (compiler) == 0;
      limits->devices_directory = place.directory;
      return;
    }
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2)
      limits->devices_set = limits->devices_v2 = true, limits->devices_directory = i;
  if (!limits->devices_v2)
    (void)settings_place (compiler, "devices", limits->devices_origin, &place); /* reports the missing controller */
  else if (limits->device_count
           && device_program_compile (limits->devices, limits->device_count, compiler->arena, &limits->program,
                                      &trouble)
                  < 0)
    (void)report_error (compiler->report, compiler->document, limits->devices_origin, NULL, "%s", trouble.text);
}

/* An ordinary user can use neither kind of rules, but cannot make device nodes either: the host's permissions
 * decide. */
void
compile_devices (struct limits_compiler *compiler, const struct spec_resources *resources)
{
  struct limits *limits = compiler->limits;
  uint32_t count = resources->devices.count;
  const uint32_t default_count = sizeof defaults / sizeof defaults[0];
  if (count == 0 || compiler->cgroup->count == 0 || !compiler->host->can_mount)
    return;
  limits->devices_origin = resources->devices.node;
  limits->devices = arena_array (compiler->arena, struct limits_device, count + default_count);
  for (uint32_t i = 0; i < count; i++)
    {
      check_numbers (compiler, &resources->devices.items[i]);
      limits->devices[i] = device_of (&resources->devices.items[i]);
    }
  memcpy (limits->devices + count, defaults, sizeof defaults);
  limits->device_count = reduce (limits->devices, count + default_count);
  place_devices (compiler);
}

static bool
denies_all (const struct spec_resources *resources)
{
  for (uint32_t i = 0; i < resources->devices.count; i++)
    {
      struct limits_device device = device_of (&resources->devices.items[i]);
      if (!device.allow && device_is_every (&device) && device.access == LIMITS_DEVICE_ALL)
        return true;
    }
  return false;
}

const struct spec_resources *
deny_other_devices (const struct spec_resources *resources, origin_t place, struct arena *arena)
{
  const struct spec_resources none = { 0 };
  uint32_t count = resources ? resources->devices.count : 0;
  if (count && denies_all (resources))
    return resources;
  struct spec_resources *ruling = arena_new (arena, struct spec_resources);
  *ruling = resources ? *resources : none;
  ruling->devices.items = arena_array (arena, struct spec_device_rule, count + 1);
  ruling->devices.items[0].allow.set = true;
  ruling->devices.items[0].node = count ? ruling->devices.node : place;
  for (uint32_t i = 0; i < count; i++)
    ruling->devices.items[i + 1] = resources->devices.items[i];
  ruling->devices.node = ruling->devices.items[0].node;
  ruling->devices.count = count + 1;
  return ruling;
}

const struct spec_resources *
default_device_rules (const struct host *host, const struct cgroup *cgroup, const struct spec *spec,
                      const struct spec_resources *resources, struct arena *arena, struct report *report)
{
  bool ruled = resources && resources->devices.count;
  for (uint32_t i = 0; i < cgroup->count; i++)
    ruled |= cgroup->directories[i].v2;
  if (cgroup->count == 0 || !host->can_mount)
    return resources;
  if (!ruled && !settings_on_v1 (&(struct limits_compiler){ .host = host }, "devices"))
    {
      report_warning (report, spec->document, spec->linux_->node, NULL,
                      "this host has no cgroup for device rules: the container may open every device");
      return resources;
    }
  return deny_other_devices (resources, spec->linux_->node, arena);
}
