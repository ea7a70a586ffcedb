/*
 * The groups of husk's own profile. A call that no group names gets ENOSYS, as from a kernel that does not have it:
 * calls newer than this file, calls that kernels have dropped, clone3 (its flags are in memory, where a filter cannot
 * see them, and libc falls back to clone), and memory protection keys, which programs cannot rely on anyway.
 */
#include "default.h"

#include <errno.h>
#include <stddef.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "husk/kernel.h"

#define WHOLE_INT 0xffffffffull /* the bits that the kernel uses of an int */

#define NAMESPACES                                                                                                     \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
/* clang-format off */
#define EQUAL(number) { 0, (number), 0, "SCMP_CMP_EQ" }
#define INT(number) { 0, WHOLE_INT, (number), "SCMP_CMP_MASKED_EQ" }

/* If several rules for a call have conditions, the first that holds decides. libseccomp tries masks before comparisons,
 * so it comes to the same result. */
static const struct default_condition no_namespaces[] = {
  { DEFAULT_CLONE_FLAGS, NAMESPACES, 0, "SCMP_CMP_MASKED_EQ" }, { .op = NULL } };
static const struct default_condition other_flags[] = {
  { DEFAULT_CLONE_FLAGS, 0, 0, "SCMP_CMP_GE" }, { .op = NULL } };
/* Linux, 32-bit Linux, each also reporting a 2.6 kernel, and 0xffffffff, which asks for the current one. */
static const struct default_condition plain_personality[] = {
  EQUAL (PER_LINUX), EQUAL (PER_LINUX32), EQUAL (PER_LINUX | UNAME26), EQUAL (PER_LINUX32 | UNAME26),
  EQUAL (0xffffffff), { .op = NULL } };
static const struct default_condition any_value[] = { { 0, 0, 0, "SCMP_CMP_GE" }, { .op = NULL } };
static const struct default_condition refused_family[] = { INT (AF_ALG), INT (AF_VSOCK), { .op = NULL } };

const struct default_group default_groups[] = {
  { .reason = "files: opening, reading, writing",
    .names = "_llseek close close_range copy_file_range creat dup dup2 dup3 fadvise64 fadvise64_64 arm_fadvise64_64"
             " fallocate fcntl fcntl64 fdatasync flock fsync ftruncate ftruncate64 ioctl lseek open openat openat2"
             " pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice sync"
             " sync_file_range sync_file_range2 arm_sync_file_range syncfs tee truncate truncate64 vmsplice write"
             " writev cachestat" },
  { .reason = "files: names, directories, owners, attributes",
    .names = "access chdir chmod chown chown32 faccessat faccessat2 fchdir fchmod fchmodat fchmodat2 fchown fchown32"
             " fchownat fgetxattr flistxattr fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 futimesat"
             " getcwd getdents getdents64 getxattr getxattrat lchown lchown32 lgetxattr link linkat listxattr"
             " listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat newfstatat"
             " readlink readlinkat removexattr removexattrat rename renameat renameat2 rmdir setxattr setxattrat stat"
             " stat64 statfs statfs64 statx symlink symlinkat umask unlink unlinkat utime utimensat utimensat_time64"
             " utimes statmount listmount" },
  { .reason = "waiting for descriptors, and descriptors to wait for",
    .names = "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait"
             " epoll_wait_old eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1"
             " inotify_rm_watch pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4"
             " timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64" },
  { .reason = "older asynchronous I/O",
    .names = "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit" },
  { .reason = "memory",
    .names = "brk madvise membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap"
             " mseal msync munlock munlockall munmap process_mrelease remap_file_pages map_shadow_stack cacheflush" },
  { .reason = "programs, processes and their ends",
    .names = "capget capset execve execveat exit exit_group fork getpgid getpgrp getpid getppid getpriority getrlimit"
             " getrusage getsid gettid pidfd_open pidfd_send_signal prctl prlimit64 ptrace restart_syscall setpgid"
             " setpriority setrlimit setsid sysinfo ugetrlimit uname vfork wait4 waitid waitpid" },
  { .reason = "users and groups: the kernel asks for the capabilities",
    .names = "getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid"
             " getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups"
             " setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid"
             " setuid32" },
  { .reason = "threads, futexes, scheduling",
    .names = "arch_prctl futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list"
             " get_thread_area getcpu ioprio_get ioprio_set modify_ldt rseq sched_get_priority_max"
             " sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler"
             " sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam"
             " sched_setscheduler sched_yield set_robust_list set_thread_area set_tid_address set_tls swapcontext" },
  { .reason = "signals",
    .names = "alarm breakpoint getitimer kill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo"
             " rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo setitimer"
             " sigaltstack sigprocmask sigreturn tgkill tkill uretprobe" },
  { .reason = "time: reading it, sleeping, timers; setting it is up to the kernel's capabilities",
    .names = "adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64"
             " clock_nanosleep clock_nanosleep_time64 gettimeofday nanosleep time timer_create timer_delete"
             " timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 times" },
  { .reason = "sockets",
    .names = "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg"
             " recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair" },
  { .reason = "AF_ALG reaches the kernel's cryptography, AF_VSOCK the hypervisor from any network namespace: fail"
             " as if unsupported",
    .names = "socket", .errno_ret = EAFNOSUPPORT, .conditions = refused_family },
  { .reason = "sockets of any other family", .names = "socket", .conditions = any_value },
  { .reason = "shared memory, semaphores, message queues",
    .names = "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend"
             " mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop"
             " semtimedop_time64 shmat shmctl shmdt shmget" },
  { .reason = "randomness, and restrictions that a program puts on itself",
    .names = "getrandom landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr"
             " lsm_list_modules seccomp" },
  { .reason = "calls of a single architecture",
    .names = "riscv_flush_icache riscv_hwprobe s390_guarded_storage s390_pci_mmio_read s390_pci_mmio_write"
             " s390_runtime_instr" },
  { .reason = "threads and processes without new namespaces", .names = "clone",
    .not_with = CAPABILITY (CAP_SYS_ADMIN), .conditions = no_namespaces },
  { .reason = "new namespaces: in a new user namespace a process has every capability", .names = "clone",
    .not_with = CAPABILITY (CAP_SYS_ADMIN), .errno_ret = EPERM, .conditions = other_flags },
  { .reason = "personalities that leave protections alone", .names = "personality",
    .conditions = plain_personality },
  { .reason = "personalities that disable protections, such as address space randomization", .names = "personality",
    .errno_ret = EPERM, .conditions = any_value },

  { .reason = "processes with new namespaces", .names = "clone clone3", .capabilities = CAPABILITY (CAP_SYS_ADMIN),
    .others_decide = true },
  { .reason = "namespaces, mounts, host and domain names",
    .names = "fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree open_tree_attr pivot_root"
             " setdomainname sethostname setns umount umount2 unshare",
    .capabilities = CAPABILITY (CAP_SYS_ADMIN) },
  { .reason = "quotas, watching whole file systems, the old kernel profiler",
    .names = "fanotify_init lookup_dcookie quotactl quotactl_fd", .capabilities = CAPABILITY (CAP_SYS_ADMIN) },
  { .reason = "BPF programs", .names = "bpf", .capabilities = CAPABILITY (CAP_SYS_ADMIN) | CAPABILITY (CAP_BPF) },
  { .reason = "performance counters and tracepoints", .names = "perf_event_open",
    .capabilities = CAPABILITY (CAP_SYS_ADMIN) | CAPABILITY (CAP_PERFMON) },
  { .reason = "the kernel log", .names = "syslog",
    .capabilities = CAPABILITY (CAP_SYS_ADMIN) | CAPABILITY (CAP_SYSLOG) },
  { .reason = "memory, descriptors and page faults of other processes",
    .names = "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev userfaultfd",
    .capabilities = CAPABILITY (CAP_SYS_PTRACE) },
  { .reason = "files by handle, bypassing the directories above them", .names = "name_to_handle_at open_by_handle_at",
    .capabilities = CAPABILITY (CAP_DAC_READ_SEARCH) },
  { .reason = "changing the root directory", .names = "chroot", .capabilities = CAPABILITY (CAP_SYS_CHROOT) },
  { .reason = "kernel modules", .names = "delete_module finit_module init_module",
    .capabilities = CAPABILITY (CAP_SYS_MODULE) },
  { .reason = "rebooting the machine", .names = "reboot", .capabilities = CAPABILITY (CAP_SYS_BOOT) },
  { .reason = "process accounting", .names = "acct", .capabilities = CAPABILITY (CAP_SYS_PACCT) },
  { .reason = "I/O ports", .names = "ioperm iopl", .capabilities = CAPABILITY (CAP_SYS_RAWIO) },
  { .reason = "setting the clock, which all containers share",
    .names = "clock_settime clock_settime64 settimeofday stime",
    .capabilities = CAPABILITY (CAP_SYS_TIME) },
  { .reason = "hanging up terminals", .names = "vhangup", .capabilities = CAPABILITY (CAP_SYS_TTY_CONFIG) },
  { .reason = "NUMA placement of memory",
    .names = "get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node",
    .capabilities = CAPABILITY (CAP_SYS_NICE) },

  { .reason = "io_uring makes calls that no filter sees", .errno_ret = EPERM,
    .names = "io_uring_enter io_uring_register io_uring_setup" },
  { .reason = "keyrings belong to users, not to containers", .errno_ret = EPERM,
    .names = "add_key keyctl request_key" },
  { .reason = "swap, and loading another kernel", .errno_ret = EPERM,
    .names = "kexec_file_load kexec_load swapoff swapon" },
  { .names = NULL },
};
/* clang-format on */
