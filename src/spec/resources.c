/*
 * The tables of linux.resources, in config.json and in update's file, without any code. limits.c checks what goes
 * beyond type and range, and src/limits decides what a number means for a control file.
 */
#include "types.h"

#define DEVICE_NUMBERS(owner, needed)                                                                                  \
  JSON_INT (owner, "major", major, .required = needed), JSON_INT (owner, "minor", minor, .required = needed)

static const struct json_name rule_type_names[] = { { "a", 'a' }, { "c", 'c' }, { "b", 'b' }, { NULL, 0 } };

static const struct json_type device_rule_type
    = { "a device rule", sizeof (struct spec_device_rule),
        (const struct json_field[]){
            JSON_FLAG (struct spec_device_rule, "allow", allow, .required = true),
            JSON_CHOICE (struct spec_device_rule, "type", type, rule_type_names, "a device type: a, c or b"),
            DEVICE_NUMBERS (struct spec_device_rule, false),
            JSON_TEXT (struct spec_device_rule, "access", access),
            { 0 } } };
static const struct json_type memory_type = {
  "memory", sizeof (struct spec_memory),
  (const struct json_field[]){ JSON_INT (struct spec_memory, "limit", limit),
                               JSON_INT (struct spec_memory, "reservation", reservation),
                               JSON_INT (struct spec_memory, "swap", swap),
                               JSON_INT (struct spec_memory, "kernel", kernel),
                               JSON_INT (struct spec_memory, "kernelTCP", kernel_tcp),
                               JSON_UINT (struct spec_memory, "swappiness", swappiness, .ranged = true, .maximum = 100),
                               JSON_FLAG (struct spec_memory, "disableOOMKiller", disable_oom_killer),
                               JSON_FLAG (struct spec_memory, "useHierarchy", use_hierarchy),
                               JSON_FLAG (struct spec_memory, "checkBeforeUpdate", check_before_update),
                               { 0 } }
};
static const struct json_type cpu_type = {
  "cpu", sizeof (struct spec_cpu),
  (const struct json_field[]){ JSON_UINT (struct spec_cpu, "shares", shares),
                               JSON_INT (struct spec_cpu, "quota", quota),
                               JSON_UINT (struct spec_cpu, "burst", burst),
                               JSON_UINT (struct spec_cpu, "period", period),
                               JSON_INT (struct spec_cpu, "realtimeRuntime", realtime_runtime),
                               JSON_UINT (struct spec_cpu, "realtimePeriod", realtime_period),
                               JSON_TEXT (struct spec_cpu, "cpus", cpus),
                               JSON_TEXT (struct spec_cpu, "mems", mems),
                               JSON_INT (struct spec_cpu, "idle", idle, .ranged = true, .minimum = 0, .maximum = 1),
                               { 0 } }
};
static const struct json_type weight_device_type
    = { "a weight", sizeof (struct spec_weight_device),
        (const struct json_field[]){
            DEVICE_NUMBERS (struct spec_weight_device, true),
            JSON_UINT (struct spec_weight_device, "weight", weight, .ranged = true, .maximum = 65535),
            JSON_UINT (struct spec_weight_device, "leafWeight", leaf_weight, .ranged = true, .maximum = 65535),
            { 0 } } };
static const struct json_type throttle_type
    = { "a rate", sizeof (struct spec_throttle_device),
        (const struct json_field[]){ DEVICE_NUMBERS (struct spec_throttle_device, true),
                                     JSON_UINT (struct spec_throttle_device, "rate", rate, .required = true),
                                     { 0 } } };
#define THROTTLE(key, member) JSON_LIST (struct spec_block_io, key, member, struct spec_throttle_device, &throttle_type)
static const struct json_type block_io_type = {
  "blockIO", sizeof (struct spec_block_io),
  (const struct json_field[]){
      JSON_UINT (struct spec_block_io, "weight", weight, .ranged = true, .maximum = 65535),
      JSON_UINT (struct spec_block_io, "leafWeight", leaf_weight, .ranged = true, .maximum = 65535),
      JSON_LIST (struct spec_block_io, "weightDevice", weight_device, struct spec_weight_device, &weight_device_type),
      THROTTLE ("throttleReadBpsDevice", throttle_read_bps),
      THROTTLE ("throttleWriteBpsDevice", throttle_write_bps),
      THROTTLE ("throttleReadIOPSDevice", throttle_read_iops),
      THROTTLE ("throttleWriteIOPSDevice", throttle_write_iops),
      { 0 } }
};
static const struct json_type hugepage_type
    = { "a huge page limit", sizeof (struct spec_hugepage_limit),
        (const struct json_field[]){ JSON_TEXT (struct spec_hugepage_limit, "pageSize", page_size, .required = true),
                                     JSON_UINT (struct spec_hugepage_limit, "limit", limit, .required = true),
                                     { 0 } } };
static const struct json_type priority_type
    = { "an interface's priority", sizeof (struct spec_interface_priority),
        (const struct json_field[]){ JSON_TEXT (struct spec_interface_priority, "name", name, .required = true),
                                     JSON_UINT (struct spec_interface_priority, "priority", priority, .required = true,
                                                .ranged = true, .maximum = UINT32_MAX),
                                     { 0 } } };
static const struct json_type network_type
    = { "network", sizeof (struct spec_network),
        (const struct json_field[]){
            JSON_UINT (struct spec_network, "classID", class_id, .ranged = true, .maximum = UINT32_MAX),
            JSON_LIST (struct spec_network, "priorities", priorities, struct spec_interface_priority, &priority_type),
            { 0 } } };
static const struct json_type pids_type
    = { "pids", sizeof (struct spec_pids),
        (const struct json_field[]){ JSON_INT (struct spec_pids, "limit", limit), { 0 } } };
static const struct json_type rdma_type
    = { "an rdma limit", sizeof (struct spec_rdma),
        (const struct json_field[]){
            JSON_UINT (struct spec_rdma, "hcaHandles", hca_handles, .ranged = true, .maximum = UINT32_MAX),
            JSON_UINT (struct spec_rdma, "hcaObjects", hca_objects, .ranged = true, .maximum = UINT32_MAX),
            { 0 } } };

const struct json_type spec_resources_type = {
  "resources", sizeof (struct spec_resources),
  (const struct json_field[]){
      JSON_LIST (struct spec_resources, "devices", devices, struct spec_device_rule, &device_rule_type),
      JSON_STRUCT (struct spec_resources, "memory", memory, struct spec_memory, &memory_type),
      JSON_STRUCT (struct spec_resources, "cpu", cpu, struct spec_cpu, &cpu_type),
      JSON_STRUCT (struct spec_resources, "blockIO", block_io, struct spec_block_io, &block_io_type),
      JSON_LIST (struct spec_resources, "hugepageLimits", hugepage_limits, struct spec_hugepage_limit, &hugepage_type),
      JSON_STRUCT (struct spec_resources, "network", network, struct spec_network, &network_type),
      JSON_STRUCT (struct spec_resources, "pids", pids, struct spec_pids, &pids_type),
      JSON_KEYED (struct spec_resources, "rdma", rdma, struct spec_rdma, &rdma_type),
      JSON_TEXT_MAP (struct spec_resources, "unified", unified),
      { 0 } }
};
