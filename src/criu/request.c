/*
 * husk-criu's command line as a request to CRIU, made in main.c before husk lets it begin. The key of a word is a
 * field's name in rpc.proto, except for images, work, mount, directory, file, inherit_path and page_server. The request
 * points into argv, whose words are cut in place at '=' and tab; main.c reads them in that form later. Descriptors
 * opened here are not close-on-exec, because criu inherits them.
 */
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT 10 /* descriptors from here on are nobody's by number */

static void *
more (void *items, size_t *count, size_t size)
{
  void *grown = realloc (items, (*count + 1) * size);
  if (!grown)
    abort (); /* a few words of a command line */
  ++*count;
  return grown;
}

/* A message in a list of pointers to such. */
#define ADD(list, Message, INITIAL)                                                                                    \
  ({                                                                                                                   \
    Message *added = more (NULL, &(size_t){ 0 }, sizeof *added);                                                       \
    *added = (Message)INITIAL;                                                                                         \
    options->list = more (options->list, &options->n_##list, sizeof *options->list);                                   \
    options->list[options->n_##list - 1] = added;                                                                      \
    added;                                                                                                             \
  })

/* "A\tB": ends A and gives B, or NULL. */
static char *
split (char *value)
{
  char *tab = strchr (value, '\t');
  if (tab)
    *tab++ = '\0';
  return tab;
}

static bool
take_list (Options *options, const char *key, char *value)
{
  if (strcmp (key, "external") == 0)
    {
      options->external = more (options->external, &options->n_external, sizeof *options->external);
      options->external[options->n_external - 1] = value;
      return true;
    }
  char *second = split (value);
  if (!second)
    return false;
  if (strcmp (key, "ext_mnt") == 0)
    {
      Mount *mount = ADD (ext_mnt, Mount, MOUNT__INIT);
      mount->key = value, mount->val = second;
    }
  else if (strcmp (key, "inherit_fd") == 0)
    {
      InheritedFile *file = ADD (inherit_fd, InheritedFile, INHERITED_FILE__INIT);
      file->fd = fcntl (atoi (value), F_DUPFD, KEPT), file->key = second; /* criu has a standard error of its own */
    }
  else if (strcmp (key, "join_ns") == 0)
    {
      JoinedNamespace *joined = ADD (join_ns, JoinedNamespace, JOINED_NAMESPACE__INIT);
      joined->ns = value, joined->ns_file = second;
    }
  else if (strcmp (key, "cg_root") == 0)
    {
      CgroupRoot *root = ADD (cg_root, CgroupRoot, CGROUP_ROOT__INIT);
      root->ctrl = *value ? value : NULL, root->path = second;
    }
  else if (strcmp (key, "inherit_path") == 0)
    {
      InheritedFile *file = ADD (inherit_fd, InheritedFile, INHERITED_FILE__INIT);
      file->key = value, file->fd = open (second, O_RDONLY); /* criu inherits it */
      return file->fd >= 0;
    }
  else if (strcmp (key, "page_server") == 0)
    {
      static PageServer server = PAGE_SERVER__INIT;
      server.address = value, server.has_port = true, server.port = atoi (second);
      options->ps = &server;
    }
  else
    return false;
  return true;
}

#define FLAG(name)                                                                                                     \
  if (strcmp (key, #name) == 0)                                                                                        \
  return options->has_##name = true, options->name = true
#define NUMBER(name)                                                                                                   \
  if (strcmp (key, #name) == 0)                                                                                        \
  return options->has_##name = true, options->name = (typeof (options->name))strtoul (value, NULL, 10), true
#define TEXT(name)                                                                                                     \
  if (strcmp (key, #name) == 0)                                                                                        \
  return options->name = value, true

static bool
take (Options *options, const char *key, char *value)
{
  FLAG (leave_running);
  FLAG (ext_unix_sk);
  FLAG (tcp_established);
  FLAG (shell_job);
  FLAG (file_locks);
  FLAG (auto_dedup);
  FLAG (link_remap);
  FLAG (tcp_skip_in_flight);
  FLAG (tcp_close);
  FLAG (lazy_pages);
  FLAG (track_mem);
  NUMBER (pid);
  NUMBER (manage_cgroups_mode);
  NUMBER (empty_ns);
  NUMBER (status_fd);
  TEXT (root);
  TEXT (parent_img);
  TEXT (freeze_cgroup);
  TEXT (lsm_profile);
  TEXT (lsm_mount_context);
  return take_list (options, key, value);
}

static int
open_directory (const char *path, struct error *error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY); /* criu inherits it */
  return fd < 0 ? error_set (error, errno, "open the directory %s", path) : fd;
}

static int
take_word (struct request *request, char *word, struct error *error)
{
  Options *options = &request->options;
  char *value = strchr (word, '=');
  if (!value)
    return error_set (error, 0, "\"%s\" is not KEY=VALUE", word);
  *value++ = '\0';
  if (strcmp (word, "images") == 0)
    return (options->images_dir_fd = open_directory (value, error)) < 0 ? -1 : 0;
  if (strcmp (word, "work") == 0)
    {
      request->work = value;
      options->has_work_dir_fd = true;
      return (options->work_dir_fd = open_directory (value, error)) < 0 ? -1 : 0;
    }
  if (strcmp (word, "mount") == 0)
    {
      request->mount = value;
      return 0;
    }
  if (strcmp (word, "directory") == 0 || strcmp (word, "file") == 0)
    return 0; /* no words of CRIU's: mount points */
  return take (options, word, value) ? 0 : error_set (error, 0, "\"%s\" is no option of CRIU's here", word);
}

int
request_make (struct request *request, const char *verb, char **words, struct error *error)
{
  static char dump_log[] = "dump.log", restore_log[] = "restore.log";
  bool restore = strcmp (verb, "restore") == 0;
  *request = (struct request){ .message = REQUEST__INIT, .options = OPTIONS__INIT, .work = "." };
  Options *options = &request->options;
  options->images_dir_fd = -1;
  for (; *words; words++)
    if (take_word (request, *words, error) < 0)
      return -1;
  if (options->images_dir_fd < 0)
    return error_set (error, 0, "images=DIRECTORY is missing");
  request->message.type = restore ? TYPE__RESTORE : strcmp (verb, "pre-dump") == 0 ? TYPE__PRE_DUMP : TYPE__DUMP;
  request->message.opts = options;
  (void)unlinkat (options->has_work_dir_fd ? options->work_dir_fd : AT_FDCWD, restore ? restore_log : dump_log, 0);
  options->has_log_level = true, options->log_level = 4;
  options->log_file = restore ? restore_log : dump_log;
  options->has_notify_scripts = options->notify_scripts = true;
  options->has_orphan_pts_master = options->orphan_pts_master = !options->shell_job;
  options->has_evasive_devices = options->evasive_devices = true;
  options->has_manage_cgroups = options->manage_cgroups = options->manage_cgroups_mode != 0;
  options->has_rst_sibling = options->rst_sibling = restore;
  options->root = request->mount ? (char *)request->mount : options->root;
  return 0;
}
