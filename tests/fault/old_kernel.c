/*
 * Executes a program on a kernel that looks like Linux 5.10: no mount_setattr, no flags for close_range and none of the
 * newer ones for memfd_create. What it runs, husk-init and the container's program too, sees the same.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define MFD_NEWER 0x18 /* MFD_NOEXEC_SEAL and MFD_EXEC, Linux 6.3 */

/* The low half of an argument. */
#define ARGUMENT(index) (offsetof (struct seccomp_data, args) + 8 * (index))
#define LOAD(offset) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, (offset))
#define SKIP_UNLESS(value, count) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (count))
#define ANSWER(code) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))

int
main (int argc, char **argv)
{
  struct sock_filter filter[] = {
    LOAD (offsetof (struct seccomp_data, nr)),
    SKIP_UNLESS (SYS_mount_setattr, 1),
    ANSWER (ENOSYS),
    SKIP_UNLESS (SYS_close_range, 3),
    LOAD (ARGUMENT (2)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 0, 5, 0),
    ANSWER (EINVAL),
    SKIP_UNLESS (SYS_memfd_create, 3),
    LOAD (ARGUMENT (1)),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, MFD_NEWER, 0, 1),
    ANSWER (EINVAL),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
  if (argc < 2 || syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
    {
      perror ("old_kernel");
      return 125;
    }
  (void)execv (argv[1], argv + 1);
  perror (argv[1]);
  return 125;
}
