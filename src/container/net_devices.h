/*
 * linux.netDevices: network devices of the host that the container gets, with their addresses (config-linux.md,
 * "Network Devices"). They are husk's only until the container is created; nobody brings them back when it ends.
 */
#ifndef HUSK_CONTAINER_NET_DEVICES_H
#define HUSK_CONTAINER_NET_DEVICES_H

#include <sys/types.h>

#include "husk/arena.h"
#include "husk/plan.h"

struct net_device;

struct net_devices
{
  bool open;
  int host_namespace, namespace; /* held: a namespace that ends takes virtual devices along */
  int outside, inside;           /* rtnetlink sockets in these */
  struct net_device *moved;
  uint32_t count;
};

/* Moves all into the network namespace of PID, sets their addresses again, and up. On failure the caller calls
 * net_devices_return. */
int net_devices_move (struct net_devices *devices, const struct plan_net_devices *planned, pid_t pid,
                      struct arena *arena, struct error *error);
/* Back to the host, with their names and addresses, after a container that failed. Trouble is told of the last. */
int net_devices_return (struct net_devices *devices, struct error *error);
/* They are the container's. */
void net_devices_close (struct net_devices *devices);

#endif
