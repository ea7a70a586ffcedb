/*
 * Turns husk's request into CRIU's, before husk lets the work begin. Most members have the names and meanings of
 * rpc.proto. Descriptors opened here are not close-on-exec, because criu inherits them.
 */
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "husk/descriptor.h"

#define KEPT 10 /* descriptors from here on are free for any use */

/* The strings of protobuf-c are not const, but it never writes to them. */
static char *
copy_text (const char *value)
{
  return (char *)(uintptr_t)value;
}

/* Fills a list of pointers to messages. Both the messages and the list are in the arena. */
#define LIST(list, Message, INITIAL, asked, each)                                                                      \
  do                                                                                                                   \
    {                                                                                                                  \
      options->n_##list = (asked).count;                                                                               \
      options->list = arena_array (arena, Message *, (asked).count);                                                   \
      for (uint32_t i = 0; i < (asked).count; i++)                                                                     \
        {                                                                                                              \
          const struct criu_item *item = &(asked).items[i];                                                            \
          Message *message = options->list[i] = arena_new (arena, Message);                                            \
          *message = (Message)INITIAL;                                                                                 \
          each;                                                                                                        \
        }                                                                                                              \
    }                                                                                                                  \
  while (0)

/* Files that a restored process inherits: copies of husk-criu's own descriptors (criu has another standard error), and
 * files that are opened here. */
static int
add_inherited (Options *options, const struct criu_request *asked, struct arena *arena, struct error *error)
{
  options->inherit_fd = arena_array (arena, InheritedFile *, asked->descriptors.count + asked->files.count);
  for (uint32_t i = 0; i < asked->descriptors.count + asked->files.count; i++)
    {
      bool given = i < asked->descriptors.count;
      const struct criu_item *item
          = given ? &asked->descriptors.items[i] : &asked->files.items[i - asked->descriptors.count];
      InheritedFile *file = options->inherit_fd[options->n_inherit_fd++] = arena_new (arena, InheritedFile);
      *file = (InheritedFile)INHERITED_FILE__INIT;
      file->key = copy_text (item->name);
      file->fd = given ? fcntl ((int)item->fd, F_DUPFD, KEPT) : open (item->path, O_RDONLY);
      if (file->fd < 0 && given)
        return error_set (error, errno, "keep descriptor %u", item->fd);
      if (file->fd < 0)
        return error_set (error, errno, "open %s", item->path);
    }
  return 0;
}

static int
add_lists (Options *options, const struct criu_request *asked, struct arena *arena, struct error *error)
{
  LIST (ext_mnt, Mount, MOUNT__INIT, asked->mounts,
        (message->key = copy_text (item->name), message->val = copy_text (item->path)));
  LIST (join_ns, JoinedNamespace, JOINED_NAMESPACE__INIT, asked->namespaces,
        (message->ns = copy_text (item->name), message->ns_file = copy_text (item->path)));
  LIST (cg_root, CgroupRoot, CGROUP_ROOT__INIT, asked->cgroups,
        (message->ctrl = item->name[0] ? copy_text (item->name) : NULL, message->path = copy_text (item->path)));
  options->n_external = asked->external.count;
  options->external = arena_array (arena, char *, asked->external.count);
  for (uint32_t i = 0; i < asked->external.count; i++)
    options->external[i] = copy_text (asked->external.items[i].name);
  return add_inherited (options, asked, arena, error);
}

#define FLAG(name) options->has_##name = options->name = asked->name

static void
add_flags (Options *options, const struct criu_request *asked)
{
  FLAG (leave_running);
  FLAG (tcp_established);
  FLAG (tcp_skip_in_flight);
  FLAG (tcp_close);
  FLAG (link_remap);
  FLAG (ext_unix_sk);
  FLAG (shell_job);
  FLAG (lazy_pages);
  FLAG (file_locks);
  FLAG (auto_dedup);
  options->has_track_mem = options->track_mem = asked->track_memory;
  options->has_notify_scripts = options->notify_scripts = true;
  options->has_orphan_pts_master = options->orphan_pts_master = !asked->shell_job;
  options->has_evasive_devices = options->evasive_devices = true;
  options->has_manage_cgroups = options->manage_cgroups = asked->cgroups_mode != 0;
  options->has_rst_sibling = options->rst_sibling = asked->verb == CRIU_RESTORE;
}

static void
add_values (struct request *request, const struct criu_request *asked)
{
  Options *options = &request->options;
  options->root = copy_text (asked->mount ? asked->mount : asked->root);
  options->parent_img = copy_text (asked->parent_images);
  options->freeze_cgroup = copy_text (asked->freeze_cgroup);
  options->lsm_profile = copy_text (asked->lsm_profile);
  options->lsm_mount_context = copy_text (asked->lsm_mount_context);
  options->config_file = copy_text (asked->config_file);
  options->has_network_lock = asked->network_lock != 0, options->network_lock = asked->network_lock;
  options->has_pid = asked->pid != 0, options->pid = asked->pid;
  options->has_manage_cgroups_mode = true;
  options->manage_cgroups_mode = (typeof (options->manage_cgroups_mode))asked->cgroups_mode;
  options->has_empty_ns = asked->empty_namespaces != 0, options->empty_ns = asked->empty_namespaces;
  options->has_status_fd = asked->has_status, options->status_fd = CRIU_STATUS;
  options->has_log_level = true, options->log_level = 4;
  if (!asked->page_server)
    return;
  request->page_server = (PageServer)PAGE_SERVER__INIT;
  request->page_server.address = copy_text (asked->page_server);
  request->page_server.has_port = true, request->page_server.port = (int32_t)asked->page_server_port;
  options->ps = &request->page_server;
}

static int
open_directory (const char *path, struct error *error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY); /* criu inherits it */
  return fd < 0 ? error_set (error, errno, "open the directory %s", path) : fd;
}

int
request_make (struct request *request, const struct criu_request *asked, struct arena *arena, struct error *error)
{
  static char dump_log[] = "dump.log", restore_log[] = "restore.log";
  Options *options = &request->options;
  *request = (struct request){ .message = REQUEST__INIT, .options = OPTIONS__INIT, .asked = asked };
  request->message.type = asked->verb == CRIU_RESTORE    ? TYPE__RESTORE
                          : asked->verb == CRIU_PRE_DUMP ? TYPE__PRE_DUMP
                                                         : TYPE__DUMP;
  request->message.opts = options;
  options->images_dir_fd = open_directory (asked->images, error);
  options->has_work_dir_fd = true;
  options->work_dir_fd = options->images_dir_fd < 0 ? -1 : open_directory (asked->work, error);
  if (options->work_dir_fd < 0)
    return -1;
  options->log_file = asked->verb == CRIU_RESTORE ? restore_log : dump_log;
  (void)unlinkat (options->work_dir_fd, options->log_file, 0);
  add_flags (options, asked);
  add_values (request, asked);
  return add_lists (options, asked, arena, error);
}
