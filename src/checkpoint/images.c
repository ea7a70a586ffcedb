/*
 * The image directory, for checkpoint.c and restore.c: its path and descriptors.json. Checkpoint notes there CRIU's
 * names for descriptors 0 to 2 of the process, and restore passes its own descriptors under these names. They must be
 * exactly CRIU's own names (pipe:[N], tty[RDEV:DEV], file[MOUNT:INODE]).
 */
#include "images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "husk/descriptor.h"

#define DESCRIPTORS "descriptors.json"

const char *
images_directory (const char *path, bool make, struct arena *arena, struct error *error)
{
  char absolute[4096];
  if (!path)
    path = "checkpoint";
  if (make && mkdir (path, 0700) < 0 && errno != EEXIST)
    (void)error_set (error, errno, "make the directory %s", path);
  else if (!realpath (path, absolute))
    (void)error_set (error, errno, "open the directory %s", path);
  return error->set ? NULL : arena_string (arena, absolute);
}

/* The mount that an open file is on. */
static long
mount_of (pid_t pid, int fd)
{
  char path[64], text[512];
  (void)snprintf (path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, fd);
  if (read_small (path, text, sizeof text) <= 0)
    return -1;
  const char *line = strstr (text, "mnt_id:");
  return line ? strtol (line + 7, NULL, 10) : -1;
}

static bool
sees_mount (pid_t pid, long mount)
{
  char path[48], line[4096];
  bool found = false;
  (void)snprintf (path, sizeof path, "/proc/%d/mountinfo", (int)pid);
  FILE *mounts = fopen (path, "re");
  while (mounts && !found && fgets (line, sizeof line, mounts))
    found = strtol (line, NULL, 10) == mount;
  if (mounts)
    (void)fclose (mounts);
  return found;
}

/* The name under which CRIU accepts another descriptor in its place. A pipe or socket has its own name. A file outside
 * the container's mounts has one of its mount and inode, and the request must list it. Empty: the file belongs to the
 * container. */
static void
name_descriptor (pid_t pid, int fd, bool terminals, char *out, size_t size, struct criu_request *request)
{
  char path[48];
  struct stat status;
  (void)snprintf (path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
  ssize_t length = readlink (path, out, size - 1);
  out[length > 0 ? length : 0] = '\0';
  if (strncmp (out, "pipe:", 5) == 0 || strncmp (out, "socket:", 7) == 0)
    return;
  long mount = mount_of (pid, fd);
  out[0] = '\0';
  if (mount < 0 || stat (path, &status) < 0 || sees_mount (pid, mount))
    return;
  bool terminal = S_ISCHR (status.st_mode) && major (status.st_rdev) >= 136 && major (status.st_rdev) <= 143;
  if (terminal && !terminals)
    return;
  if (terminal)
    (void)snprintf (out, size, "tty[%llx:%llx]", (unsigned long long)status.st_rdev, (unsigned long long)status.st_dev);
  else
    (void)snprintf (out, size, "file[%lx:%llx]", (unsigned long)mount, (unsigned long long)status.st_ino);
  criu_add (request, &request->external, (struct criu_item){ .name = arena_string (request->arena, out) });
}

int
images_note_descriptors (const char *images, pid_t pid, bool terminals, struct criu_request *request,
                         struct error *error)
{
  struct json_writer writer;
  char path[4352], name[4096];
  size_t size;
  (void)snprintf (path, sizeof path, "%s/" DESCRIPTORS, images);
  if (json_write_open (&writer, false) < 0)
    return error_set (error, ENOMEM, "write %s", path);
  json_write_array (&writer, NULL);
  for (int fd = 0; fd < 3; fd++)
    {
      name_descriptor (pid, fd, terminals, name, sizeof name, request);
      json_write_string (&writer, NULL, name);
    }
  json_write_array_end (&writer);
  const char *text = json_write_text (&writer, &size);
  int result = writer.failed ? error_set (error, ENOMEM, "write %s", path)
                             : replace_file_at (AT_FDCWD, path, text, size, 0600, error);
  json_write_close (&writer);
  return result;
}

int
images_inherit_descriptors (const char *images, struct criu_request *request, struct error *error)
{
  struct json_document document;
  struct error trouble = { 0 };
  auto_close int directory = descriptor_open (images, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return error_set (error, errno, "open the directory %s", images);
  if (json_load (directory, DESCRIPTORS, DESCRIPTORS, request->arena, &document, &trouble) < 0)
    {
      (void)error_set (error, 0, "%s does not contain a checkpoint: %s", images, trouble.text);
      return -1;
    }
  struct json_strings none = { .node = JSON_ROOT };
  for (int fd = 0; fd < 3; fd++)
    {
      origin_t node = json_element (&document, none.node, (uint32_t)fd);
      const char *name = node ? json_node (&document, node)->text : NULL;
      if (name && *name)
        criu_add (request, &request->descriptors, (struct criu_item){ .name = name, .fd = (uint32_t)fd });
    }
  return 0;
}
