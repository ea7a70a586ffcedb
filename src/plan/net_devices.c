/*
 * linux.netDevices as the step NET_DEVICES. husk-init only asks; the parent, with the host's rights, moves the devices
 * once the network namespace exists (src/launch/net_devices.c). The step and the parent's part of the plan share one
 * list.
 */
#include "builder.h"

void
plan_net_devices (struct builder *builder)
{
  const struct spec_linux *config = builder->spec->linux_;
  struct plan_net_devices *devices;
  if (!config->net_devices.count)
    return;
  devices = arena_new (builder->arena, struct plan_net_devices);
  devices->count = config->net_devices.count;
  devices->items = arena_array (builder->arena, struct plan_net_device, devices->count);
  for (uint32_t i = 0; i < devices->count; i++)
    {
      const struct spec_net_device *device = &config->net_devices.items[i];
      bool renamed = device->name.text && device->name.text[0];
      devices->items[i]
          = (struct plan_net_device){ keep (builder, device->key),
                                      keep (builder, renamed ? device->name.text : device->key), device->node };
    }
  builder_step (builder, STEP_NET_DEVICES, config->net_devices.node)->net_devices = devices;
  builder->plan->parent.net_devices = devices;
}
