/*
 * The kernel: its version, and whether the system calls that husk cannot do without are there and allowed. A filter
 * around husk, as in a container of another runtime, may deny them. Each is called with arguments that the kernel
 * refuses before it does anything; ENOSYS and EPERM are then the answer of a filter or of an old kernel.
 */
#include "examine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "husk/calls.h"
#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "husk/profile.h"

#define OLDEST LINUX (5, 10)
#define WRONG 0x80000000ul /* no flag of any of them */

#define BY_WRAPPER (-1) /* openat2(2), which husk calls through descriptor_open_how alone */

struct needed_call
{
  const char *name;
  long number;
  bool mounts;     /* without the right to mount the kernel itself answers EPERM */
  uint32_t since;  /* LINUX () */
  const char *use; /* optional: what is lost without it; NULL: everything */
  unsigned long arguments[5];
};

static const struct needed_call calls[] = {
  { "clone3", SYS_clone3, false, LINUX (5, 3), NULL, { 0 } },
  { "unshare", SYS_unshare, false, 0, NULL, { CLONE_NEWNS | CLONE_NEWUSER | CLONE_VFORK } },
  { "setns", SYS_setns, false, 0, NULL, { WRONG } },
  { "memfd_create", SYS_memfd_create, false, 0, NULL, { 0, WRONG } },
  { "openat2", BY_WRAPPER, false, LINUX (5, 6), NULL, { WRONG } },
  { "pidfd_open", SYS_pidfd_open, false, LINUX (5, 3), NULL, { 0, WRONG } },
  { "pidfd_send_signal", SYS_pidfd_send_signal, false, LINUX (5, 1), NULL, { WRONG, 0, 0, WRONG } },
  { "open_tree", SYS_open_tree, false, LINUX (5, 2), NULL, { WRONG, 0, WRONG } },
  { "move_mount", SYS_move_mount, true, LINUX (5, 2), NULL, { WRONG, 0, WRONG, 0, WRONG } },
  { "fsopen", SYS_fsopen, true, LINUX (5, 2), NULL, { 0, WRONG } },
  { "pivot_root", SYS_pivot_root, true, 0, "--no-pivot is needed", { 0 } },
  { "keyctl", SYS_keyctl, false, 0, "--no-new-keyring is needed", { WRONG } },
  { "pidfd_getfd",
    SYS_pidfd_getfd,
    false,
    LINUX (5, 6),
    "SCMP_ACT_NOTIFY and --seccomp-explain do not work",
    { WRONG } },
  { "mount_setattr",
    SYS_mount_setattr,
    false,
    LINUX (5, 12),
    "id-mapped mounts and recursive mount options (rro, rnosuid) are refused",
    { WRONG, 0, WRONG } },
};

/* 0: it is there; otherwise the errno that says that it is not. */
static int
refusal_of (const struct needed_call *call, const struct host *host)
{
  const unsigned long *arguments = call->arguments;
  if (call->mounts && !host->can_mount)
    return 0;
  if (call->number == BY_WRAPPER)
    {
      const struct open_how wrong = { .resolve = WRONG };
      return descriptor_open_how (-1, "", &wrong) < 0 && (errno == ENOSYS || errno == EPERM) ? errno : 0;
    }
  if (syscall (call->number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]) >= 0)
    return 0;
  return errno == ENOSYS || errno == EPERM ? errno : 0;
}

static void
add_missing_call (struct doctor *doctor, const struct needed_call *call, int code, uint32_t kernel)
{
  bool filtered = code == EPERM || kernel >= call->since;
  finding_add (doctor, (struct doctor_finding){
                           .state = call->use ? DOCTOR_LIMITED : DOCTOR_MISSING,
                           .subject = "system call",
                           .found = arena_format (doctor->arena, "%s(2) answers: %s", call->name, errno_text (code)),
                           .meaning = call->use ? call->use : "husk makes it for every container",
                           .remedy = filtered ? "allow it in the seccomp profile of the container that husk runs in"
                                              : arena_format (doctor->arena, "use Linux %u.%u or newer",
                                                              call->since >> 8, call->since & 0xff),
                       });
}

static void
examine_calls (struct doctor *doctor, uint32_t kernel)
{
  uint32_t before = doctor->count;
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    {
      int code = refusal_of (&calls[i], &doctor->host);
      if (code)
        add_missing_call (doctor, &calls[i], code, kernel);
    }
  if (doctor->count == before)
    finding_add (doctor, (struct doctor_finding){ DOCTOR_OK, "system calls", "the calls that husk makes are allowed",
                                                  NULL, NULL });
}

/* husk-init is executed from a memfd. */
static void
examine_memfd (struct doctor *doctor)
{
  long value = finding_sysctl ("/proc/sys/vm/memfd_noexec", 0);
  if (value < 2)
    return;
  finding_add (doctor, (struct doctor_finding){ DOCTOR_MISSING, "memfd",
                                                arena_format (doctor->arena, "vm.memfd_noexec is %ld", value),
                                                "husk-init, which is executed from a memfd, cannot be",
                                                "set it to 1 or 0, in the pid namespace that husk runs in" });
}

static void
examine_modules (struct doctor *doctor)
{
  const struct host *host = &doctor->host;
  finding_add (doctor,
               (struct doctor_finding){ DOCTOR_OK, "security modules",
                                        arena_format (doctor->arena, "AppArmor is %s, SELinux is %s",
                                                      host->apparmor ? "on" : "off", host->selinux ? "on" : "off"),
                                        host->apparmor && host->selinux
                                            ? NULL
                                            : "a config that names a profile or label of one that is off is refused",
                                        NULL });
}

void
examine_kernel (struct doctor *doctor)
{
  struct utsname name;
  uint32_t version = 0;
  if (uname (&name) < 0 || profile_kernel_read (name.release, false, &version) < 0)
    finding_add (doctor, (struct doctor_finding){ DOCTOR_LIMITED, "kernel", "its version is unknown",
                                                  "husk needs Linux 5.10 or newer", "look at uname -r" });
  else
    finding_add (doctor, (struct doctor_finding){ version < OLDEST ? DOCTOR_MISSING : DOCTOR_OK, "kernel",
                                                  arena_format (doctor->arena, "Linux %s", name.release),
                                                  version < OLDEST ? "husk needs Linux 5.10 or newer" : NULL,
                                                  version < OLDEST ? "use a newer kernel" : NULL });
  examine_calls (doctor, version);
  examine_memfd (doctor);
  examine_modules (doctor);
}
