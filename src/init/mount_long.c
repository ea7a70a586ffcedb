/*
 * fsconfig(2) accepts values of at most 255 bytes, so file systems with longer ones (overlay's lowerdir) are mounted
 * with mount(2). Its path is that of a descriptor in the host's procfs, so that no path in the container is walked.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#define VALUE_MAX 256 /* fsconfig(2)'s limit, the NUL included */

int
mount_has_long_option (const struct plan_mount *mount)
{
  if (!mount->type)
    return 0;
  for (uint32_t i = 0; i < mount->option_count; i++)
    if (mount->options[i].value && strlen (mount->options[i].value) >= VALUE_MAX)
      return 1;
  return mount->source && strlen (mount->source) >= VALUE_MAX;
}

int
mount_long_options (struct init *init, const struct plan_mount *mount)
{
  char place[48], mode[8], data[4096] = ""; /* the kernel reads one page */
  size_t used = 0;
  for (uint32_t i = 0; i < mount->option_count; i++)
    {
      const struct plan_option *option = &mount->options[i];
      used = text_append (data, sizeof data, used, i ? "," : "");
      used = text_append (data, sizeof data, used, option->key);
      used = text_append (data, sizeof data, used, option->value ? "=" : "");
      used = text_append (data, sizeof data, used, option->value);
    }
  if (mount->mode_of_directory)
    {
      if (!mount_mode (init, mount, mode))
        return fail (init, errno, "stat ", mount->destination);
      used = text_append (data, sizeof data, used, used ? ",mode=" : "mode=");
      used = text_append (data, sizeof data, used, mode);
    }
  if (used + 1 >= sizeof data)
    return fail (init, E2BIG, "mount ", mount->type, " on ", mount->destination, ": its options");
  if (mount->copy_up || mount->idmap_fd >= 0 || mount->recursive_set || mount->recursive_clear)
    return fail (init, EINVAL, "mount ", mount->type, " on ", mount->destination,
                 ": an option longer than 255 bytes cannot be combined with tmpcopyup, id maps or recursive options");
  int target = mount_open_target (init, mount, 1);
  if (target < 0)
    return -1;
  path_forget (init);
  const char *path = proc_path (init, place, target);
  const char *source = mount->source ? mount->source : mount->type;
  if (!path
      || syscall (SYS_mount, source, path, mount->type,
                  mount_flags (mount->set) | (mount->superblock_readonly ? MS_RDONLY : 0), data)
             < 0)
    return fail (init, errno, "mount ", mount->type, " on ", mount->destination);
  (void)close (target);
  if (!(mount->propagation & ~(uint64_t)MS_REC))
    return 0;
  int top = path_open (init, mount->destination, O_PATH);
  struct mount_attributes attributes = { .propagation = mount->propagation & ~(uint64_t)MS_REC };
  if (top < 0 || (sys_mount_setattr (top, 0, &attributes) < 0 && errno != ENOSYS))
    return fail (init, errno, "set the propagation of ", mount->destination);
  (void)close (top);
  init_note (init, "mounted with mount(2): an option is longer than 255 bytes");
  return 0;
}
