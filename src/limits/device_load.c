/*
 * Loads the device program and attaches it to the cgroup with bpf(2). Its name distinguishes it from systemd's, which
 * may be attached too (both must allow a device).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device_program.h"
#include "husk/descriptor.h"

#define PROGRAM_NAME "husk_devices"
#define PROGRAMS_MAX 64 /* the kernel's limit for one cgroup */

static int
bpf (int command, union bpf_attr *attributes)
{
  return (int)syscall (SYS_bpf, command, attributes, sizeof *attributes);
}

static uint64_t
address (const void *pointer)
{
  return (uint64_t)(uintptr_t)pointer;
}

static int
load_once (const struct device_program *program)
{
  union bpf_attr attributes;
  memset (&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = address (program->instructions);
  attributes.insn_cnt = program->count;
  attributes.license = address ("Apache-2.0");
  memcpy (attributes.prog_name, PROGRAM_NAME, sizeof PROGRAM_NAME);
  return bpf (BPF_PROG_LOAD, &attributes);
}

/* Before Linux 5.11 programs are charged to RLIMIT_MEMLOCK, which is small by default. */
static int
load_program (const struct device_program *program, struct error *error)
{
  struct rlimit old, all = { RLIM_INFINITY, RLIM_INFINITY };
  int fd = load_once (program);
  if (fd < 0 && errno == EPERM && getrlimit (RLIMIT_MEMLOCK, &old) == 0 && setrlimit (RLIMIT_MEMLOCK, &all) == 0)
    {
      fd = load_once (program);
      int code = errno;
      (void)setrlimit (RLIMIT_MEMLOCK, &old); /* lowering it needs no rights */
      errno = code;
    }
  return fd < 0 ? error_set (error, errno, "load the device rules as a BPF program") : fd;
}

static bool
is_own (int program)
{
  struct bpf_prog_info info;
  union bpf_attr attributes;
  memset (&info, 0, sizeof info);
  memset (&attributes, 0, sizeof attributes);
  attributes.info.bpf_fd = (uint32_t)program;
  attributes.info.info_len = sizeof info;
  attributes.info.info = address (&info);
  return bpf (BPF_OBJ_GET_INFO_BY_FD, &attributes) == 0 && strcmp (info.name, PROGRAM_NAME) == 0;
}

/* The program that an earlier call attached, or -1. */
static int
find_own (int cgroup)
{
  uint32_t ids[PROGRAMS_MAX] = { 0 };
  union bpf_attr attributes;
  memset (&attributes, 0, sizeof attributes);
  attributes.query.target_fd = (uint32_t)cgroup;
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = address (ids);
  attributes.query.prog_cnt = PROGRAMS_MAX;
  if (bpf (BPF_PROG_QUERY, &attributes) < 0)
    return -1;
  uint32_t count = attributes.query.prog_cnt;
  for (uint32_t i = 0; i < count && i < PROGRAMS_MAX; i++)
    {
      memset (&attributes, 0, sizeof attributes);
      attributes.prog_id = ids[i];
      auto_close int fd = bpf (BPF_PROG_GET_FD_BY_ID, &attributes);
      if (fd >= 0 && is_own (fd))
        return take_fd (&fd);
    }
  return -1;
}

static int
attach_program (int cgroup, int program, int old)
{
  union bpf_attr attributes;
  memset (&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (old >= 0) /* Linux 5.6 */
    {
      attributes.attach_flags |= BPF_F_REPLACE;
      attributes.replace_bpf_fd = (uint32_t)old;
    }
  return bpf (BPF_PROG_ATTACH, &attributes);
}

static int
detach (int cgroup, int program)
{
  union bpf_attr attributes;
  memset (&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = BPF_CGROUP_DEVICE;
  return bpf (BPF_PROG_DETACH, &attributes);
}

int
device_program_apply (int cgroup, const struct device_program *program, bool fresh, struct error *error)
{
  auto_close int old = fresh ? -1 : find_own (cgroup);
  if (program->count == 0)
    return old >= 0 && detach (cgroup, old) < 0 ? error_set (error, errno, "remove the device rules") : 0;
  auto_close int fd = load_program (program, error);
  if (fd < 0)
    return -1;
  return attach_program (cgroup, fd, old) < 0 ? error_set (error, errno, "attach the device rules to the cgroup") : 0;
}
