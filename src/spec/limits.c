/*
 * Checks of linux.resources beyond its tables: errors on any host. 0 means unset wherever engines send it for that.
 */
#include <string.h>

#include "types.h"

#define PAGE 4096

static void
check_device_rules (struct checker *checker, const struct spec_resources *resources)
{
  for (uint32_t i = 0; i < resources->devices.count; i++)
    {
      const struct json_string *access = &resources->devices.items[i].access;
      if (access->text && strspn (access->text, "rwm") != strlen (access->text))
        (void)wrong (checker, access->node, "\"%s\" may contain only r, w and m", access->text);
    }
}

static void
check_bytes (struct checker *checker, const struct json_int *limit)
{
  if (limit->value < -1)
    (void)wrong (checker, limit->node, "%lld is neither a number of bytes nor -1", (long long)limit->value);
}

static void
check_memory (struct checker *checker, const struct spec_memory *memory)
{
  check_bytes (checker, &memory->limit);
  check_bytes (checker, &memory->reservation);
  check_bytes (checker, &memory->swap);
  check_bytes (checker, &memory->kernel);
  check_bytes (checker, &memory->kernel_tcp);
  if (memory->limit.value > 0 && memory->limit.value < PAGE)
    (void)wrong (checker, memory->limit.node, "%lld bytes is less than a page of memory (%d)",
                 (long long)memory->limit.value, PAGE);
  if (memory->swap.value > 0 && memory->limit.value > 0 && memory->swap.value < memory->limit.value)
    (void)wrong (checker, memory->swap.node, "memory plus swap cannot be less than memory");
}

static void
check_cpu (struct checker *checker, const struct spec_cpu *cpu)
{
  if (cpu->shares.value && (cpu->shares.value < 2 || cpu->shares.value > 262144))
    (void)wrong (checker, cpu->shares.node, "%llu is out of range (2 to 262144)",
                 (unsigned long long)cpu->shares.value);
  if (cpu->quota.value && cpu->quota.value != -1 && cpu->quota.value < 1000)
    (void)wrong (checker, cpu->quota.node, "%lld is neither a quota of at least 1000 microseconds nor -1",
                 (long long)cpu->quota.value);
  if (cpu->period.value && (cpu->period.value < 1000 || cpu->period.value > 1000000))
    (void)wrong (checker, cpu->period.node, "%llu is out of range (1000 to 1000000 microseconds)",
                 (unsigned long long)cpu->period.value);
  if (cpu->quota.value > 0 && cpu->burst.value > (uint64_t)cpu->quota.value)
    (void)wrong (checker, cpu->burst.node, "the burst cannot be more than the quota");
  if (cpu->realtime_runtime.value < -1)
    (void)wrong (checker, cpu->realtime_runtime.node, "%lld is neither a number of microseconds nor -1",
                 (long long)cpu->realtime_runtime.value);
  if (cpu->realtime_period.value && cpu->realtime_runtime.value > 0
      && (uint64_t)cpu->realtime_runtime.value > cpu->realtime_period.value)
    (void)wrong (checker, cpu->realtime_runtime.node, "the realtime runtime cannot be more than its period");
  check_numbers (checker, &cpu->cpus, "CPUs");
  check_numbers (checker, &cpu->mems, "memory nodes");
}

static void
check_weight (struct checker *checker, const struct json_uint *weight)
{
  if (weight->value && (weight->value < 10 || weight->value > 1000))
    (void)wrong (checker, weight->node, "%llu is out of range (10 to 1000)", (unsigned long long)weight->value);
}

static void
check_block_io (struct checker *checker, const struct spec_block_io *block_io)
{
  check_weight (checker, &block_io->weight);
  check_weight (checker, &block_io->leaf_weight);
  for (uint32_t i = 0; i < block_io->weight_device.count; i++)
    {
      const struct spec_weight_device *device = &block_io->weight_device.items[i];
      if (!device->weight.set && !device->leaf_weight.set)
        (void)wrong (checker, device->node, "\"weight\" or \"leafWeight\" is required");
      check_weight (checker, &device->weight);
      check_weight (checker, &device->leaf_weight);
    }
}

/* "2MB", "64KB": checked because it becomes part of a file name. */
static void
check_huge_page (struct checker *checker, const struct json_string *size)
{
  const char *text = size->text ? size->text : "";
  size_t digits = strspn (text, "0123456789");
  if (digits == 0 || text[0] == '0' || !text[digits] || !strchr ("KMGT", text[digits])
      || strcmp (text + digits + 1, "B") != 0)
    (void)wrong (checker, size->node, "\"%s\" is not a page size such as 64KB, 2MB or 1GB", text);
}

static bool
is_word (const char *text)
{
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at <= ' ' || *at == 0x7f)
      return false;
  return text[0] != '\0';
}

static void
check_network (struct checker *checker, const struct spec_network *network)
{
  for (uint32_t i = 0; i < network->priorities.count; i++)
    {
      const struct json_string *name = &network->priorities.items[i].name;
      if (name->text && (!is_word (name->text) || strchr (name->text, '/') || strlen (name->text) > 15))
        (void)wrong (checker, name->node, "\"%s\" is not the name of a network interface", name->text);
    }
}

static void
check_rdma (struct checker *checker, const struct spec_rdma *rdma)
{
  if (!is_word (rdma->key))
    (void)wrong (checker, rdma->node, "\"%s\" is not the name of a device", rdma->key);
  if (!json_member (checker->document, rdma->node, "hcaHandles")
      && !json_member (checker->document, rdma->node, "hcaObjects"))
    (void)wrong (checker, rdma->node, "\"hcaHandles\" or \"hcaObjects\" is required");
}

/* These files set no limit but move, stop or kill processes, and an engine may pass on entries that others have
 * written. */
static void
check_unified (struct checker *checker, const struct json_pair *pair)
{
  static const char *const orders[]
      = { "cgroup.procs", "cgroup.threads", "cgroup.kill", "cgroup.freeze", "cgroup.type", "cgroup.subtree_control" };
  if (!is_word (pair->key) || strchr (pair->key, '/') || !strchr (pair->key, '.') || pair->key[0] == '.')
    {
      (void)wrong (checker, pair->node, "\"%s\" is not a cgroup file name", pair->key);
      return;
    }
  for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
    if (strcmp (pair->key, orders[i]) == 0)
      (void)wrong (checker, pair->node, "%s is not a resource limit: not allowed in \"unified\"", pair->key);
}

void
check_resources (struct checker *checker, const struct spec_resources *resources)
{
  check_device_rules (checker, resources);
  if (resources->memory)
    check_memory (checker, resources->memory);
  if (resources->cpu)
    check_cpu (checker, resources->cpu);
  if (resources->block_io)
    check_block_io (checker, resources->block_io);
  for (uint32_t i = 0; i < resources->hugepage_limits.count; i++)
    check_huge_page (checker, &resources->hugepage_limits.items[i].page_size);
  if (resources->network)
    check_network (checker, resources->network);
  if (resources->pids && resources->pids->limit.value < -1)
    (void)wrong (checker, resources->pids->limit.node, "%lld is neither a number of tasks nor -1",
                 (long long)resources->pids->limit.value);
  for (uint32_t i = 0; i < resources->rdma.count; i++)
    check_rdma (checker, &resources->rdma.items[i]);
  for (uint32_t i = 0; i < resources->unified.count; i++)
    check_unified (checker, &resources->unified.items[i]);
}
