/*
 * linux.netDevices: creation.c moves the devices when husk-init asks NET_DEVICES, returns them if it must undo, and
 * closes this once the container is created. A device loses its addresses when it moves, so they are read before and
 * set again after. The container's namespace is held open meanwhile, because virtual devices vanish with it. A device
 * counts as moved before it is named and configured, so that net_devices_return includes one that failed there.
 */
#include "husk/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"
#include "rtnetlink.h"

struct address /* as the kernel reported it */
{
  struct address *next;
  struct nlmsghdr message[];
};

struct net_device
{
  const struct plan_net_device *planned;
  struct address *addresses;
  bool was_up;
  int index; /* in the container's namespace; 0: unknown */
};

/* ---- links ----------------------------------------------------------------------------------------------------- */

struct link
{
  int index;
  bool up;
};

static void
note_link (const struct nlmsghdr *message, void *data)
{
  const struct ifinfomsg *head = NLMSG_DATA (message);
  struct link *link = data;
  if (message->nlmsg_type == RTM_NEWLINK)
    *link = (struct link){ head->ifi_index, head->ifi_flags & IFF_UP };
}

static int
find_link (int socket, const char *name, struct link *out)
{
  struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
  struct rtnetlink_request request;
  *out = (struct link){ 0 };
  rtnetlink_begin (&request, RTM_GETLINK, 0, &head, sizeof head);
  rtnetlink_add (&request, IFLA_IFNAME, name, strlen (name) + 1);
  rtnetlink_add (&request, IFLA_EXT_MASK, &(uint32_t){ RTEXT_FILTER_SKIP_STATS }, sizeof (uint32_t));
  return rtnetlink_ask (socket, &request, note_link, out);
}

static int
send_link (int socket, int index, const char *name, int namespace)
{
  struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = index };
  struct rtnetlink_request request;
  rtnetlink_begin (&request, RTM_SETLINK, 0, &head, sizeof head);
  rtnetlink_add (&request, IFLA_IFNAME, name, strlen (name) + 1);
  if (namespace >= 0)
    rtnetlink_add (&request, IFLA_NET_NS_FD, &namespace, sizeof namespace);
  return rtnetlink_ask (socket, &request, NULL, NULL);
}

static int
bring_up (int socket, int index)
{
  struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
  struct rtnetlink_request request;
  rtnetlink_begin (&request, RTM_SETLINK, 0, &head, sizeof head);
  return rtnetlink_ask (socket, &request, NULL, NULL);
}

/* ---- addresses, which a device loses when it moves --------------------------------------------------------------- */

struct collector
{
  struct arena *arena;
  struct address **end;
  unsigned index;
};

static const struct rtattr *
attribute (const struct nlmsghdr *message, unsigned type)
{
  const struct ifaddrmsg *head = NLMSG_DATA (message);
  size_t left = IFA_PAYLOAD (message);
  for (const struct rtattr *at = IFA_RTA (head); RTA_OK (at, left); at = RTA_NEXT (at, left))
    if (at->rta_type == type)
      return at;
  return NULL;
}

static uint32_t
address_flags (const struct nlmsghdr *message)
{
  const struct rtattr *flags = attribute (message, IFA_FLAGS); /* all 32 bits; the head has only 8 */
  uint32_t value = ((const struct ifaddrmsg *)NLMSG_DATA (message))->ifa_flags;
  if (flags && RTA_PAYLOAD (flags) == sizeof value)
    memcpy (&value, RTA_DATA (flags), sizeof value);
  return value;
}

static void
note_address (const struct nlmsghdr *message, void *data)
{
  struct collector *collector = data;
  const struct ifaddrmsg *head = NLMSG_DATA (message);
  if (message->nlmsg_type != RTM_NEWADDR || head->ifa_index != collector->index || head->ifa_scope != RT_SCOPE_UNIVERSE
      || !(address_flags (message) & IFA_F_PERMANENT))
    return;
  struct address *address = arena_alloc (collector->arena, sizeof *address + message->nlmsg_len);
  memcpy (address->message, message, message->nlmsg_len);
  *collector->end = address;
  collector->end = &address->next;
}

static int
collect_addresses (int socket, int index, struct arena *arena, struct address **out)
{
  struct collector collector = { arena, out, (unsigned)index };
  struct ifaddrmsg head = { .ifa_family = AF_UNSPEC };
  struct rtnetlink_request request;
  *out = NULL;
  rtnetlink_begin (&request, RTM_GETADDR, NLM_F_DUMP, &head, sizeof head);
  return rtnetlink_ask (socket, &request, note_address, &collector);
}

/* Attributes that describe the address are kept; the kernel's state of it (tentative, failed) is not. */
static int
set_address (int socket, int index, const struct address *address, bool renamed)
{
  static const uint32_t kept = IFA_F_PERMANENT | IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS
                               | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
  static const uint16_t attributes[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_RT_PRIORITY, IFA_LABEL };
  struct ifaddrmsg head = *(const struct ifaddrmsg *)NLMSG_DATA (address->message);
  uint32_t flags = address_flags (address->message) & kept;
  struct rtnetlink_request request;
  head.ifa_index = (unsigned)index;
  head.ifa_flags = (uint8_t)flags;
  rtnetlink_begin (&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof head);
  for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
    {
      const struct rtattr *value = attribute (address->message, attributes[i]);
      if (value && !(renamed && attributes[i] == IFA_LABEL)) /* a label begins with the device's name */
        rtnetlink_add (&request, attributes[i], RTA_DATA (value), RTA_PAYLOAD (value));
    }
  rtnetlink_add (&request, IFA_FLAGS, &flags, sizeof flags);
  return rtnetlink_ask (socket, &request, NULL, NULL);
}

static int
set_addresses (int socket, int index, const struct net_device *device, bool renamed)
{
  for (const struct address *address = device->addresses; address; address = address->next)
    if (set_address (socket, index, address, renamed) < 0)
      return -1;
  return 0;
}

/* ---- moving ------------------------------------------------------------------------------------------------------ */

static int
open_both (struct net_devices *devices, pid_t pid, struct error *error)
{
  char path[48];
  *devices = (struct net_devices){ true, -1, -1, -1, -1, NULL, 0 };
  (void)snprintf (path, sizeof path, "/proc/%d/ns/net", (int)pid);
  devices->host_namespace = descriptor_open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  devices->namespace = descriptor_open (path, O_RDONLY | O_CLOEXEC);
  devices->outside = rtnetlink_open ();
  if (devices->host_namespace < 0 || devices->namespace < 0 || devices->outside < 0)
    return error_set (error, errno, "open the network namespaces");
  if (setns (devices->namespace, CLONE_NEWNET) < 0)
    return error_set (error, errno, "enter the container's network namespace");
  devices->inside = rtnetlink_open (); /* a socket stays in the namespace where it was made */
  int trouble = errno;
  if (setns (devices->host_namespace, CLONE_NEWNET) < 0)
    return error_set (error, errno, "leave the container's network namespace");
  return devices->inside < 0 ? error_set (error, trouble, "open the container's network namespace") : 0;
}

static int
failed (const struct net_device *device, int code, const char *what, struct error *error)
{
  const struct plan_net_device *planned = device->planned;
  (void)error_set_at (error, planned->origin, code, "%s network device %s", what, planned->host_name);
  if (code == EINVAL)
    error_hint (error, "some devices, like lo, cannot leave their network namespace");
  return -1;
}

/* The kernel chooses a template's name. Until then the device has a temporary name, by which it is found. */
static int
arrive (struct net_devices *devices, struct net_device *device, const char *name, struct error *error)
{
  const struct plan_net_device *planned = device->planned;
  struct link link;
  if (find_link (devices->inside, name, &link) < 0)
    return failed (device, errno, "find again", error);
  device->index = link.index;
  if (strcmp (name, planned->name) != 0 && send_link (devices->inside, link.index, planned->name, -1) < 0)
    return failed (device, errno, "name", error);
  if (set_addresses (devices->inside, link.index, device, strcmp (planned->host_name, planned->name) != 0) < 0)
    return failed (device, errno, "restore the addresses of", error);
  return bring_up (devices->inside, link.index) < 0 ? failed (device, errno, "bring up", error) : 0;
}

static int
move (struct net_devices *devices, struct net_device *device, pid_t pid, struct arena *arena, struct error *error)
{
  const struct plan_net_device *planned = device->planned;
  char own[IFNAMSIZ];
  const char *name = planned->name;
  struct link link, taken;
  if (find_link (devices->outside, planned->host_name, &link) < 0)
    return failed (device, errno, "find", error);
  device->was_up = link.up;
  if (strchr (name, '%'))
    {
      (void)snprintf (own, sizeof own, "hk%d-%u", (int)pid, devices->count & 0xfff);
      name = own;
    }
  else if (find_link (devices->inside, name, &taken) == 0)
    return error_set_at (error, planned->origin, 0, "the container's network namespace already has a network device %s",
                         name);
  if (collect_addresses (devices->outside, link.index, arena, &device->addresses) < 0)
    return failed (device, errno, "read the addresses of", error);
  if (send_link (devices->outside, link.index, name, devices->namespace) < 0)
    return failed (device, errno, "move", error);
  devices->count++;
  return arrive (devices, device, name, error);
}

int
net_devices_move (struct net_devices *devices, const struct plan_net_devices *planned, pid_t pid, struct arena *arena,
                  struct error *error)
{
  if (open_both (devices, pid, error) < 0)
    return -1;
  devices->moved = arena_array (arena, struct net_device, planned->count);
  for (uint32_t i = 0; i < planned->count; i++)
    {
      devices->moved[i].planned = &planned->items[i];
      if (move (devices, &devices->moved[i], pid, arena, error) < 0)
        return -1;
    }
  return 0;
}

int
net_devices_return (struct net_devices *devices, struct error *error)
{
  int result = 0;
  while (devices->open && devices->count > 0)
    {
      const struct net_device *device = &devices->moved[--devices->count];
      const char *name = device->planned->host_name;
      struct link link;
      if (send_link (devices->inside, device->index, name, devices->host_namespace) < 0
          || find_link (devices->outside, name, &link) < 0
          || set_addresses (devices->outside, link.index, device, false) < 0
          || (device->was_up && bring_up (devices->outside, link.index) < 0))
        result = failed (device, errno, "return", error);
    }
  net_devices_close (devices);
  return result;
}

void
net_devices_close (struct net_devices *devices)
{
  if (!devices->open)
    return;
  descriptor_close (&devices->host_namespace);
  descriptor_close (&devices->namespace);
  descriptor_close (&devices->outside);
  descriptor_close (&devices->inside);
  devices->open = false;
}
