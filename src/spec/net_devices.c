/*
 * Checks linux.netDevices: the kernel must accept the names, each may occur only once, and there must be a network
 * namespace to move the devices to.
 */
#include "types.h"

#include <ctype.h>
#include <net/if.h>
#include <string.h>

/* The kernel's rules for a name. In a template the kernel fills in "%d". */
static bool
is_name (const char *name, bool template)
{
  size_t length = strlen (name);
  if (length == 0 || length >= IFNAMSIZ || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    return false;
  for (const char *at = name; *at; at++)
    if (*at == '/' || *at == ':' || isspace ((unsigned char)*at))
      return false;
  const char *percent = template ? strchr (name, '%') : NULL;
  return !percent || (percent[1] == 'd' && !strchr (percent + 1, '%'));
}

static const char *
name_inside (const struct spec_net_device *device)
{
  return device->name.text && device->name.text[0] ? device->name.text : device->key;
}

void
check_net_devices (struct checker *checker)
{
  const struct spec_linux *config = checker->spec->linux_;
  if (config->net_devices.count && !spec_namespace (checker->spec, SPEC_NAMESPACE_NETWORK))
    (void)wrong (checker, config->net_devices.node, "\"netDevices\" need a network namespace to move to");
  for (uint32_t i = 0; i < config->net_devices.count; i++)
    {
      const struct spec_net_device *device = &config->net_devices.items[i];
      const char *name = name_inside (device);
      if (!is_name (device->key, false))
        (void)wrong (checker, device->node, "\"%.40s\" is not a network device name", device->key);
      else if (!is_name (name, true))
        (void)wrong (checker, device->name.node, "\"%.40s\" cannot be a network device name", name);
      for (uint32_t before = 0; before < i && !strchr (name, '%'); before++)
        if (strcmp (name, name_inside (&config->net_devices.items[before])) == 0)
          (void)wrong (checker, device->node, "two network devices would have the name \"%s\"", name);
    }
}
