/*
 * The last resort of delete --force (end.c), when both state.json and made.json are damaged: the saved config is
 * located once more to find the container's cgroup. The caller kills all that is in it, so this fails unless that
 * cgroup exists. The record that it fills names no process and no bundle.
 */
#include "salvage.h"

#include "husk/descriptor.h"
#include "load.h"
#include "record.h"

int
salvage_record (const struct globals *globals, const char *id, struct record *out, int *out_directory,
                struct error *error)
{
  struct loaded loaded = { 0 };
  struct host host;
  struct report report = { .error = error };
  *out = (struct record){ .id = id };
  auto_close int directory = record_open_directory (globals, id, error);
  if (directory < 0 || load_saved (directory, &loaded, error) < 0 || host_probe (&loaded.arena, &host, error) < 0
      || cgroup_locate (&host, globals->cgroup_manager, &loaded.spec, id, &loaded.arena, &out->cgroup, &report) < 0
      || cgroup_number (&out->cgroup, &out->cgroup_number, error) < 0)
    return -1;
  /* where it was made by another manager, or beside another cgroup of husk's, there may be one all the same */
  if (!out->cgroup_number)
    return error_set (error, 0, "its config names no cgroup that is there");
  out->owns_cgroup = true; /* create makes it, or has found it without a process */
  out->has_poststop = loaded.spec.hooks && loaded.spec.hooks->poststop.count;
  *out_directory = take_fd (&directory);
  return 0;
}
