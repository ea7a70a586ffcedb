/*
 * The object "linux": its table, and the checks that have no file of their own: devices, masked and read-only paths,
 * intelRdt, memory policy, personality. spec_decode calls check_linux, which calls the checks of the other subjects of
 * "linux". Paths are cleaned here, once: src/plan compares only clean ones.
 */
#include "types.h"

#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>

#include "husk/kernel.h"
#include "husk/path.h"

static const struct json_name device_type_names[]
    = { { "c", 'c' }, { "u", 'c' }, { "b", 'b' }, { "p", 'p' }, { NULL, 0 } };
/* clang-format off */
#define PROPAGATION(name, flags) { name, flags },
const struct json_name spec_propagation_names[] = { SPEC_PROPAGATIONS (PROPAGATION) { NULL, 0 } };
/* clang-format on */
const struct json_name spec_policy_names[] = {
  { "MPOL_DEFAULT", MPOL_DEFAULT },
  { "MPOL_PREFERRED", MPOL_PREFERRED },
  { "MPOL_BIND", MPOL_BIND },
  { "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
  { "MPOL_LOCAL", MPOL_LOCAL },
  { "MPOL_PREFERRED_MANY", 5 },      /* Linux 5.15: older headers lack it, and #ifndef cannot test for an enum */
  { "MPOL_WEIGHTED_INTERLEAVE", 6 }, /* Linux 6.9 */
  { NULL, 0 },
};

const char *
spec_memory_mode_name (int64_t mode)
{
  const char *name = json_name_of (spec_policy_names, mode);
  return name ? name : "an unknown memory policy";
}

const struct json_name spec_policy_flag_names[] = {
  { "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
  { "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
  { "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
  { NULL, 0 },
};
const struct json_name spec_domain_names[] = { { "LINUX", PER_LINUX }, { "LINUX32", PER_LINUX32 }, { NULL, 0 } };

static const struct json_type namespace_type
    = { "a namespace", sizeof (struct spec_namespace),
        (const struct json_field[]){ JSON_CHOICE (struct spec_namespace, "type", type, spec_namespace_names,
                                                  "a namespace type", .required = true),
                                     JSON_TEXT (struct spec_namespace, "path", path),
                                     { 0 } } };
static const struct json_type device_type
    = { "a device", sizeof (struct spec_device),
        (const struct json_field[]){
            JSON_CHOICE (struct spec_device, "type", type, device_type_names, "a device type: c, b, u or p",
                         .required = true),
            JSON_TEXT (struct spec_device, "path", path, .required = true),
            JSON_INT (struct spec_device, "major", major, .ranged = true, .minimum = 0, .maximum = 4095),
            JSON_INT (struct spec_device, "minor", minor, .ranged = true, .minimum = 0, .maximum = 1048575),
            JSON_UINT (struct spec_device, "fileMode", file_mode, .ranged = true, .maximum = UINT32_MAX),
            JSON_UINT (struct spec_device, "uid", uid, .ranged = true, .maximum = UINT32_MAX - 1),
            JSON_UINT (struct spec_device, "gid", gid, .ranged = true, .maximum = UINT32_MAX - 1),
            { 0 } } };
static const struct json_type net_device_type
    = { "a network device", sizeof (struct spec_net_device),
        (const struct json_field[]){ JSON_TEXT (struct spec_net_device, "name", name), { 0 } } };
static const struct json_type time_offset_type
    = { "a time offset", sizeof (struct spec_time_offset),
        (const struct json_field[]){
            JSON_INT (struct spec_time_offset, "secs", secs),
            JSON_UINT (struct spec_time_offset, "nanosecs", nanosecs, .ranged = true, .maximum = 999999999),
            { 0 } } };
static const struct json_type intel_rdt_type
    = { "intelRdt", sizeof (struct spec_intel_rdt),
        (const struct json_field[]){ JSON_TEXT (struct spec_intel_rdt, "closID", clos_id),
                                     JSON_TEXT (struct spec_intel_rdt, "l3CacheSchema", l3_cache_schema),
                                     JSON_TEXT (struct spec_intel_rdt, "memBwSchema", mem_bw_schema),
                                     JSON_TEXTS (struct spec_intel_rdt, "schemata", schemata),
                                     JSON_FLAG (struct spec_intel_rdt, "enableMonitoring", enable_monitoring),
                                     { 0 } } };
static const struct json_type memory_policy_type
    = { "a memory policy", sizeof (struct spec_memory_policy),
        (const struct json_field[]){ JSON_CHOICE (struct spec_memory_policy, "mode", mode, spec_policy_names,
                                                  "a memory policy", .required = true),
                                     JSON_TEXT (struct spec_memory_policy, "nodes", nodes),
                                     JSON_TEXTS (struct spec_memory_policy, "flags", flags),
                                     { 0 } } };
static const struct json_type personality_type
    = { "a personality", sizeof (struct spec_personality),
        (const struct json_field[]){ JSON_CHOICE (struct spec_personality, "domain", domain, spec_domain_names,
                                                  "an execution domain", .required = true),
                                     JSON_TEXTS (struct spec_personality, "flags", flags),
                                     { 0 } } };

const struct json_type spec_linux_type = {
  "linux", sizeof (struct spec_linux),
  (const struct json_field[]){
      JSON_LIST (struct spec_linux, "namespaces", namespaces, struct spec_namespace, &namespace_type),
      JSON_LIST (struct spec_linux, "uidMappings", uid_mappings, struct spec_id_mapping, &spec_id_mapping_type),
      JSON_LIST (struct spec_linux, "gidMappings", gid_mappings, struct spec_id_mapping, &spec_id_mapping_type),
      JSON_KEYED (struct spec_linux, "timeOffsets", time_offsets, struct spec_time_offset, &time_offset_type),
      JSON_LIST (struct spec_linux, "devices", devices, struct spec_device, &device_type),
      JSON_KEYED (struct spec_linux, "netDevices", net_devices, struct spec_net_device, &net_device_type),
      JSON_TEXT (struct spec_linux, "cgroupsPath", cgroups_path),
      JSON_STRUCT (struct spec_linux, "resources", resources, struct spec_resources, &spec_resources_type),
      JSON_STRUCT (struct spec_linux, "intelRdt", intel_rdt, struct spec_intel_rdt, &intel_rdt_type),
      JSON_STRUCT (struct spec_linux, "memoryPolicy", memory_policy, struct spec_memory_policy, &memory_policy_type),
      JSON_TEXT_MAP (struct spec_linux, "sysctl", sysctl),
      JSON_STRUCT (struct spec_linux, "seccomp", seccomp, struct spec_seccomp, &spec_seccomp_type),
      JSON_CHOICE (struct spec_linux, "rootfsPropagation", rootfs_propagation, spec_propagation_names,
                   "a mount propagation: shared, slave, private or unbindable"),
      JSON_TEXTS (struct spec_linux, "maskedPaths", masked_paths),
      JSON_TEXTS (struct spec_linux, "readonlyPaths", readonly_paths),
      JSON_TEXT (struct spec_linux, "mountLabel", mount_label),
      JSON_STRUCT (struct spec_linux, "personality", personality, struct spec_personality, &personality_type),
      { 0 } }
};

/* "/proc/kcore/" does not name a file: uncleaned, it would count as missing and stay visible. */
static void
check_paths (struct checker *checker, struct json_strings *paths)
{
  for (uint32_t i = 0; i < paths->count; i++)
    if (path_is_absolute (paths->items[i]))
      paths->items[i] = spec_clean_path (paths->items[i], checker->arena);
    else
      (void)wrong (checker, json_element (checker->document, paths->node, i), "\"%s\" is not an absolute path",
                   paths->items[i]);
}

static void
check_device (struct checker *checker, struct spec_device *device)
{
  const char *path = device->path.text;
  device->clean = path ? spec_clean_path (path, checker->arena) : NULL;
  if (path && (!path_is_absolute (path) || path_climbs (path) || path[strlen (path) - 1] == '/'))
    (void)wrong (checker, device->path.node, "\"%s\" is not the absolute path of a file", path);
  if (device->type.set && device->type.value != 'p' && (!device->major.set || !device->minor.set))
    (void)wrong (checker, device->node, "\"major\" and \"minor\" are required for this type of device");
}

static void
check_intel_rdt (struct checker *checker, const struct spec_intel_rdt *rdt)
{
  const char *cache = rdt->l3_cache_schema.text;
  if (cache && cache[0] && (strncmp (cache, "L3", 2) != 0 || strchr (cache, '\n')))
    warn (checker, rdt->l3_cache_schema.node, NULL, "the schema should be one line that starts with \"L3:\"");
  if (rdt->mem_bw_schema.text
      && (strncmp (rdt->mem_bw_schema.text, "MB:", 3) != 0 || strchr (rdt->mem_bw_schema.text, '\n')))
    (void)wrong (checker, rdt->mem_bw_schema.node, "the schema must be one line that starts with \"MB:\"");
  if (rdt->clos_id.text && strcmp (rdt->clos_id.text, "/") != 0
      && (strpbrk (rdt->clos_id.text, "/\n") || strcmp (rdt->clos_id.text, ".") == 0
          || strcmp (rdt->clos_id.text, "..") == 0))
    (void)wrong (checker, rdt->clos_id.node, "\"%s\" is not a class name", rdt->clos_id.text);
  for (uint32_t i = 0; i < rdt->schemata.count; i++)
    if (strchr (rdt->schemata.items[i], '\n'))
      (void)wrong (checker, json_element (checker->document, rdt->schemata.node, i), "a schema must be one line");
}

static void
check_memory_policy (struct checker *checker, struct spec_memory_policy *policy)
{
  bool nodes = policy->nodes.text && policy->nodes.text[0];
  bool takes_none = policy->mode.value == 0 || policy->mode.value == 4;
  bool needs_some = policy->mode.value == 2 || policy->mode.value == 3 || policy->mode.value >= 5;
  check_numbers (checker, &policy->nodes, "memory nodes");
  if (nodes && takes_none)
    (void)wrong (checker, policy->nodes.node, "this mode takes no nodes");
  if (!nodes && needs_some)
    (void)wrong (checker, policy->node, "this mode needs \"nodes\"");
  for (uint32_t i = 0; i < policy->flags.count; i++)
    {
      const struct json_name *name = spec_policy_flag_names;
      while (name->text && strcmp (name->text, policy->flags.items[i]) != 0)
        name++;
      if (name->text)
        policy->flag_bits |= (uint32_t)name->value;
      else
        (void)wrong (checker, json_element (checker->document, policy->flags.node, i),
                     "\"%s\" is not a memory policy flag", policy->flags.items[i]);
    }
}

void
check_linux (struct checker *checker)
{
  struct spec_linux *config = checker->spec->linux_;
  check_paths (checker, &config->masked_paths);
  check_paths (checker, &config->readonly_paths);
  for (uint32_t i = 0; i < config->devices.count; i++)
    check_device (checker, &config->devices.items[i]);
  if (config->intel_rdt)
    check_intel_rdt (checker, config->intel_rdt);
  if (config->memory_policy)
    check_memory_policy (checker, config->memory_policy);
  if (config->personality && config->personality->flags.count)
    (void)wrong (checker, config->personality->flags.node, "personality flags are not supported");
  if (config->resources)
    check_resources (checker, config->resources);
  if (config->seccomp)
    check_seccomp (checker, config->seccomp);
  check_namespaces (checker);
  check_net_devices (checker);
  check_sysctl (checker);
}
