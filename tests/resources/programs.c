/* How many device programs the kernel has: on cgroups, dying ones, and those that a descriptor keeps. */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
bpf (int command, union bpf_attr *attributes)
{
  return (int)syscall (SYS_bpf, command, attributes, sizeof *attributes);
}

int
main (void)
{
  union bpf_attr attributes = { 0 };
  unsigned count = 0;
  for (unsigned id = 0; memset (&attributes, 0, sizeof attributes), attributes.start_id = id,
                bpf (BPF_PROG_GET_NEXT_ID, &attributes) == 0;)
    {
      id = attributes.next_id;
      memset (&attributes, 0, sizeof attributes);
      attributes.prog_id = id;
      int program = bpf (BPF_PROG_GET_FD_BY_ID, &attributes);
      struct bpf_prog_info info = { 0 };
      memset (&attributes, 0, sizeof attributes);
      attributes.info.bpf_fd = (unsigned)program;
      attributes.info.info_len = sizeof info;
      attributes.info.info = (unsigned long)&info;
      if (program >= 0 && bpf (BPF_OBJ_GET_INFO_BY_FD, &attributes) == 0 && info.type == BPF_PROG_TYPE_CGROUP_DEVICE)
        count++;
      (void)close (program);
    }
  printf ("%u\n", count);
  return 0;
}
