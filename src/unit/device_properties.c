/*
 * linux.resources.devices as DevicePolicy and DeviceAllow.
 *
 * On v2 both systemd's program and husk's must allow an access. On v1 systemd writes its list again whenever it is
 * reloaded. So its list must allow whatever husk's rules allow, and may allow more. If a list of devices cannot express
 * that, systemd gets the policy "auto" and no list, and only husk's own rules apply.
 */
#include <string.h>

#include "properties.h"

#define READ 1u
#define WRITE 2u
#define MAKE 4u
#define ALL 7u
#define RULES_MAX 4096 /* systemd does not accept a longer list */

struct entry
{
  char type;
  int64_t major, minor; /* -1: all; minor only with major */
  unsigned access;
};

struct list
{
  struct entry *entries;
  uint32_t count;
  bool everything; /* no rule has denied everything yet, or a later one allows everything */
  bool unlikely;   /* a list cannot express the rules */
};

/* The same as in husk's own rules (limits/devices.c): any node may be made, and these devices used. */
static const struct entry defaults[] = {
  { 'c', -1, -1, MAKE }, { 'b', -1, -1, MAKE }, { 'c', 1, 3, ALL },    { 'c', 1, 5, ALL },
  { 'c', 1, 7, ALL },    { 'c', 1, 8, ALL },    { 'c', 1, 9, ALL },    { 'c', 5, 0, ALL },
  { 'c', 5, 1, ALL },    { 'c', 5, 2, ALL },    { 'c', 136, -1, ALL },
};

static unsigned
access_of (const struct json_string *text)
{
  unsigned access = 0;
  if (!text->text)
    return ALL;
  for (const char *at = text->text; *at; at++)
    access |= *at == 'r' ? READ : *at == 'w' ? WRITE : MAKE;
  return access;
}

static void
add_entry (struct list *list, char type, int64_t major, int64_t minor, unsigned access)
{
  for (uint32_t i = 0; i < list->count; i++)
    if (list->entries[i].type == type && list->entries[i].major == major && list->entries[i].minor == minor)
      {
        list->entries[i].access |= access;
        return;
      }
  list->entries[list->count++] = (struct entry){ type, major, minor, access };
}

/* A denial of part of an earlier rule is left to husk's own rules. */
static void
add_rule (struct list *list, const struct spec_device_rule *rule)
{
  int type = rule->type.set ? rule->type.value : 'a';
  int64_t major = rule->major.set ? rule->major.value : -1, minor = rule->minor.set ? rule->minor.value : -1;
  unsigned access = access_of (&rule->access);
  bool every = type == 'a' && major < 0 && minor < 0;
  if (access == 0)
    return;
  if (!rule->allow.value)
    {
      if (every && access == ALL)
        *list = (struct list){ .entries = list->entries };
      return;
    }
  if (every && access == ALL)
    list->everything = true;
  if (major < 0 && minor >= 0)
    list->unlikely = true;
  if (type != 'b')
    add_entry (list, 'c', major, minor, access);
  if (type != 'c')
    add_entry (list, 'b', major, minor, access);
}

static bool
entry_overlaps (const struct entry *a, const struct entry *b)
{
  return a->type == b->type && (a->major < 0 || b->major < 0 || a->major == b->major)
         && (a->minor < 0 || b->minor < 0 || a->minor == b->minor);
}

/* systemd allows an access only if a single entry does. Finds two entries that allow it only together (one to read, one
 * to write). */
static bool
parted (const struct list *list)
{
  for (uint32_t i = 0; i < list->count; i++)
    for (uint32_t j = 0; j < i; j++)
      {
        const struct entry *a = &list->entries[i], *b = &list->entries[j];
        unsigned use = READ | WRITE;
        if (((a->access | b->access) & use) == use && (a->access & use) != use && (b->access & use) != use
            && entry_overlaps (a, b))
          return true;
      }
  return false;
}

static struct unit_device
device_of (struct arena *arena, const struct entry *entry)
{
  const char *class = entry->type == 'c' ? "char" : "block", *name;
  const char *access = arena_format (arena, "%s%s%s", entry->access & READ ? "r" : "", entry->access & WRITE ? "w" : "",
                                     entry->access & MAKE ? "m" : "");
  if (entry->major < 0)
    name = arena_format (arena, "%s-*", class);
  else if (entry->minor < 0 && entry->major == 136 && entry->type == 'c')
    name = "char-pts"; /* the name that every version accepts */
  else if (entry->minor < 0)
    name = arena_format (arena, "%s-%lld", class, (long long)entry->major);
  else
    name = arena_format (arena, "/dev/%s/%lld:%lld", class, (long long)entry->major, (long long)entry->minor);
  return (struct unit_device){ .device = name, .access = access };
}

static const struct unit_device *
devices_of (struct arena *arena, const struct list *list)
{
  struct unit_device *devices = arena_array (arena, struct unit_device, list->count);
  for (uint32_t i = 0; i < list->count; i++)
    devices[i] = device_of (arena, &list->entries[i]);
  return devices;
}

void
properties_devices (struct properties *properties, const struct spec_resources *resources)
{
  const uint32_t default_count = sizeof defaults / sizeof defaults[0];
  uint32_t count = resources->devices.count;
  origin_t origin = resources->devices.node;
  struct list list = { .everything = true };
  if (count == 0)
    return;
  if (count > RULES_MAX)
    list.unlikely = true, count = 0;
  list.entries = arena_array (properties->arena, struct entry, 2 * count + default_count);
  for (uint32_t i = 0; i < count; i++)
    add_rule (&list, &resources->devices.items[i]);
  for (uint32_t i = 0; i < default_count; i++)
    add_entry (&list, defaults[i].type, defaults[i].major, defaults[i].minor, defaults[i].access);
  bool strict = count && !list.everything && !list.unlikely && !parted (&list);
  property_put (properties, "DevicePolicy", UNIT_TEXT, origin)->text = strict ? "strict" : "auto";
  struct unit_property *allow = property_put (properties, "DeviceAllow", UNIT_ACCESS, origin);
  allow->devices = strict ? devices_of (properties->arena, &list) : NULL;
  allow->count = strict ? list.count : 0;
}
