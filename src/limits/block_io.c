/*
 * linux.resources.blockIO: the controllers blkio (v1) and io (v2).
 */
#include "husk/limits.h"
#include "settings.h"

/* Weights belong to the BFQ scheduler, which has its own files. v2's io.weight (the cost model's) has a different
 * scale. */
static void
compile_weight (struct limits_compiler *compiler, const struct place *place, const struct spec_block_io *config)
{
  if (config->weight.value == 0)
    return;
  struct limits_setting *setting
      = settings_number (compiler, place, place->v2 ? "io" : "blkio", place->v2 ? "io.bfq.weight" : "blkio.weight",
                         (int64_t)config->weight.value, config->weight.node);
  setting->older_file = place->v2 ? "io.weight" : "blkio.bfq.weight";
  setting->older_value = place->v2
                             ? arena_format (compiler->arena, "%llu",
                                             (unsigned long long)spec_weight_of_block_weight (config->weight.value))
                             : setting->value;
  setting->given = setting->value;
}

static void
compile_leaf_weight (struct limits_compiler *compiler, const struct place *place, const struct spec_block_io *config)
{
  if (config->leaf_weight.value == 0)
    return;
  if (place->v2)
    (void)settings_no_equivalent (compiler, place, "a leaf weight", config->leaf_weight.node);
  else
    (void)settings_number (compiler, place, "blkio", "blkio.leaf_weight", (int64_t)config->leaf_weight.value,
                           config->leaf_weight.node);
}

static const char *
device_line (struct limits_compiler *compiler, const struct json_int *major, const struct json_int *minor,
             const char *word, uint64_t value)
{
  return arena_format (compiler->arena, "%lld:%lld %s%llu", (long long)major->value, (long long)minor->value, word,
                       (unsigned long long)value);
}

static void
compile_weight_device (struct limits_compiler *compiler, const struct place *place,
                       const struct spec_weight_device *device)
{
  if (device->weight.value)
    {
      const char *line = device_line (compiler, &device->major, &device->minor, "", device->weight.value);
      struct limits_setting *setting
          = settings_add (compiler, place, place->v2 ? "io" : "blkio",
                          place->v2 ? "io.bfq.weight" : "blkio.weight_device", line, device->weight.node);
      setting->older_file = place->v2 ? "io.weight" : "blkio.bfq.weight_device";
      setting->older_value = place->v2 ? device_line (compiler, &device->major, &device->minor, "",
                                                      spec_weight_of_block_weight (device->weight.value))
                                       : line;
    }
  if (device->leaf_weight.value && place->v2)
    (void)settings_no_equivalent (compiler, place, "a leaf weight", device->leaf_weight.node);
  else if (device->leaf_weight.value)
    (void)settings_add (compiler, place, "blkio", "blkio.leaf_weight_device",
                        device_line (compiler, &device->major, &device->minor, "", device->leaf_weight.value),
                        device->leaf_weight.node);
}

static void
compile_rates (struct limits_compiler *compiler, const struct place *place, const spec_throttle_devices *devices,
               const char *v1_file, const char *v2_word)
{
  for (uint32_t i = 0; i < devices->count; i++)
    {
      const struct spec_throttle_device *device = &devices->items[i];
      const char *line
          = device_line (compiler, &device->major, &device->minor, place->v2 ? v2_word : "", device->rate.value);
      if (place->v2 && device->rate.value == 0) /* in v1, 0 removes the limit */
        line = arena_format (compiler->arena, "%lld:%lld %smax", (long long)device->major.value,
                             (long long)device->minor.value, v2_word);
      (void)settings_add (compiler, place, place->v2 ? "io" : "blkio", place->v2 ? "io.max" : v1_file, line,
                          device->node);
    }
}

static bool
block_io_is_empty (const struct spec_block_io *config)
{
  return !config->weight.value && !config->leaf_weight.value && !config->weight_device.count
         && !config->throttle_read_bps.count && !config->throttle_write_bps.count && !config->throttle_read_iops.count
         && !config->throttle_write_iops.count;
}

void
compile_block_io (struct limits_compiler *compiler, const struct spec_block_io *config)
{
  struct place place;
  if (block_io_is_empty (config)
      || settings_place (compiler, settings_on_v1 (compiler, "blkio") ? "blkio" : "io", config->node, &place) < 0)
    return;
  compile_weight (compiler, &place, config);
  compile_leaf_weight (compiler, &place, config);
  for (uint32_t i = 0; i < config->weight_device.count; i++)
    compile_weight_device (compiler, &place, &config->weight_device.items[i]);
  compile_rates (compiler, &place, &config->throttle_read_bps, "blkio.throttle.read_bps_device", "rbps=");
  compile_rates (compiler, &place, &config->throttle_write_bps, "blkio.throttle.write_bps_device", "wbps=");
  compile_rates (compiler, &place, &config->throttle_read_iops, "blkio.throttle.read_iops_device", "riops=");
  compile_rates (compiler, &place, &config->throttle_write_iops, "blkio.throttle.write_iops_device", "wiops=");
}
