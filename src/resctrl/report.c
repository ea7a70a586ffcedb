/*
 * What the resctrl file system says of a container's group, as the object "intel_rdt" of `husk events`, in the form
 * that clients of runc expect: what the processor has, the schemata of the root and of the group, and for each L3 cache
 * how much of it and of the memory's bandwidth the group uses. A file that this processor lacks leaves its member out.
 */
#include "husk/resctrl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/tree.h"

#define TEXT_MAX 8192
#define CACHES_MAX 256 /* more of L3 than any machine has */

static const struct
{
  const char *prefix, *info, *object, *root, *group;
} resources[] = { { "L3", "info/L3", "l3_cache_info", "l3_cache_schema_root", "l3_cache_schema" },
                  { "MB", "info/MB", "mem_bw_info", "mem_bw_schema_root", "mem_bw_schema" } };

/* The members of both infos: a number in decimal, but for the mask. */
static const char *const infos[]
    = { "cbm_mask", "min_cbm_bits", "num_closids", "bandwidth_gran", "delay_linear", "min_bandwidth" };

static bool
read_number (int directory, const char *file, uint64_t *out)
{
  char text[64], *end;
  if (tree_read (directory, file, text, sizeof text) <= 0)
    return false;
  *out = strtoull (text, &end, 10); /* "Unavailable", "Error" */
  return end > text;
}

static void
write_info (struct json_writer *writer, int file_system, const char *path, const char *key)
{
  char mask[64];
  uint64_t number;
  auto_close int directory = tree_open_below (file_system, path, O_RDONLY | O_DIRECTORY);
  if (directory < 0)
    return;
  json_write_object (writer, key);
  for (size_t i = 0; i < sizeof infos / sizeof infos[0]; i++)
    if (i == 0 && tree_read (directory, infos[i], mask, sizeof mask) > 0)
      {
        mask[strcspn (mask, "\n")] = '\0';
        json_write_string (writer, infos[i], mask);
      }
    else if (i > 0 && read_number (directory, infos[i], &number) && number)
      json_write_uint (writer, infos[i], number);
  json_write_object_end (writer);
}

/* The line of a group's schemata for the resource, without what the kernel puts before it. */
static void
write_schema (struct json_writer *writer, int group, const char *prefix, const char *key)
{
  char text[TEXT_MAX];
  if (tree_read (group, "schemata", text, sizeof text) <= 0)
    return;
  for (char *line = text; *line; line += *line == '\n')
    {
      line += strspn (line, " \t");
      size_t length = strcspn (line, "\n");
      char end = line[length];
      line[length] = '\0';
      if (strncmp (line, prefix, strlen (prefix)) == 0)
        {
          json_write_string (writer, key, line);
          return;
        }
      line[length] = end;
      line += length;
    }
}

struct caches
{
  char names[CACHES_MAX][24]; /* "mon_L3_00" */
  uint32_t count;
};

static int
compare_names (const void *a, const void *b)
{
  return strcmp (a, b);
}

static void
find_caches (int data, struct caches *out)
{
  DIR *listing = fdopendir (fcntl (data, F_DUPFD_CLOEXEC, 0));
  out->count = 0;
  for (struct dirent *entry; listing && out->count < CACHES_MAX && (entry = readdir (listing));)
    if (strncmp (entry->d_name, "mon_L3_", 7) == 0 && strlen (entry->d_name) < sizeof out->names[0])
      strcpy (out->names[out->count++], entry->d_name);
  if (listing)
    (void)closedir (listing);
  qsort (out->names, out->count, sizeof out->names[0], compare_names);
}

/* For each L3 cache an object with those of the files that the kernel has; nothing if it lacks the first. */
static void
write_monitored (struct json_writer *writer, int data, const struct caches *caches, const char *key,
                 const char *const files[])
{
  bool begun = false;
  for (uint32_t i = 0; i < caches->count; i++)
    {
      uint64_t number;
      auto_close int cache = tree_open_below (data, caches->names[i], O_RDONLY | O_DIRECTORY);
      if (cache < 0 || faccessat (cache, files[0], F_OK, 0) < 0)
        continue;
      if (!begun)
        json_write_array (writer, key);
      begun = true;
      json_write_object (writer, NULL);
      for (size_t file = 0; files[file]; file++)
        if (read_number (cache, files[file], &number) && number)
          json_write_uint (writer, files[file], number);
      json_write_object_end (writer);
    }
  if (begun)
    json_write_array_end (writer);
}

static void
write_use (struct json_writer *writer, int group, const struct resctrl *resctrl)
{
  static const char *const bandwidth[] = { "mbm_total_bytes", "mbm_local_bytes", NULL };
  static const char *const occupancy[] = { "llc_occupancy", NULL };
  char path[512] = "mon_data";
  if (resctrl->monitor)
    (void)snprintf (path, sizeof path, "mon_groups/%s/mon_data", resctrl->monitor);
  auto_close int data = tree_open_below (group, path, O_RDONLY | O_DIRECTORY);
  if (data < 0)
    return;
  struct caches caches;
  find_caches (data, &caches);
  write_monitored (writer, data, &caches, "mbm_stats", bandwidth);
  write_monitored (writer, data, &caches, "cmt_stats", occupancy);
}

int
resctrl_report (int file_system, const struct resctrl *resctrl, struct json_writer *writer, struct error *error)
{
  auto_close int group = tree_open_below (file_system, resctrl->group, O_RDONLY | O_DIRECTORY);
  if (group < 0)
    return error_set (error, errno, "open resctrl group \"%s\"", resctrl->group);
  for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++)
    {
      write_info (writer, file_system, resources[i].info, resources[i].object);
      write_schema (writer, file_system, resources[i].prefix, resources[i].root);
      write_schema (writer, group, resources[i].prefix, resources[i].group);
    }
  write_use (writer, group, resctrl);
  return 0;
}
