/*
 * A container's record as a directory: creation.c makes it, commands that name a container read it, delete and undo
 * remove it. It is filled under ":ID", which is not a valid id, and renamed when it is complete, so that no process
 * sees half a record. Later states replace state.json by rename. made.json is never written again, because delete
 * --force relies on it. It is removed first, because made.json without state.json means a damaged record.
 */
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "husk/process.h"
#include "record_json.h"

#define RECORD_MADE "made.json" /* a hard link to the first state.json, for delete --force */

static int
write_new (int directory, const char *name, const char *text, size_t size, struct error *error)
{
  auto_close int fd = descriptor_open_at (directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || write_all (fd, text, size) < 0)
    return error_set (error, errno, "write the record's %s", name);
  return 0;
}

static int
write_state (int directory, const struct record *record, bool first, struct error *error)
{
  struct json_writer writer;
  size_t size;
  if (json_write_open (&writer, false) < 0)
    return error_set (error, ENOMEM, "write the record of container \"%s\"", record->id);
  record_write_text (&writer, record);
  const char *text = json_write_text (&writer, &size);
  int result = writer.failed ? error_set (error, ENOMEM, "write the record of container \"%s\"", record->id)
               : first       ? write_new (directory, RECORD_STATE, text, size, error)
                             : replace_file_at (directory, RECORD_STATE, text, size, 0600, error);
  json_write_close (&writer);
  return result;
}

int
record_write (int directory, const struct record *record, struct error *error)
{
  return write_state (directory, record, false, error);
}

/* ---- making
 * ----------------------------------------------------------------------------------------------------------- */

/* Makes the directory and the missing ones above it. Changes path temporarily. */
static int
make_directories (char *path, mode_t mode)
{
  if (mkdir (path, mode) == 0 || errno == EEXIST)
    return 0;
  char *slash = strrchr (path, '/');
  if (errno != ENOENT || !slash || slash == path)
    return -1;
  *slash = '\0';
  int result = make_directories (path, 0755);
  *slash = '/';
  return result < 0 || (mkdir (path, mode) < 0 && errno != EEXIST) ? -1 : 0;
}

static int
make_path (const char *path)
{
  char copy[4096];
  if (snprintf (copy, sizeof copy, "%s", path) < (int)sizeof copy)
    return make_directories (copy, 0700);
  errno = ENAMETOOLONG;
  return -1;
}

int
record_open_root (const struct globals *globals, bool make, struct error *error)
{
  struct stat status;
  int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (globals->root_shared ? O_NOFOLLOW : 0);
  auto_close int fd = descriptor_open (globals->root, flags);
  if (fd < 0 && errno == ENOENT && make && make_path (globals->root) == 0)
    fd = descriptor_open (globals->root, flags);
  if (fd < 0 || fstat (fd, &status) < 0)
    return error_set (error, errno, "open the state directory %s", globals->root);
  if (status.st_uid != 0 && status.st_uid != geteuid ())
    return error_set (error, 0, "the state directory %s belongs to another user (%u)", globals->root, status.st_uid);
  if (globals->root_shared && (status.st_uid != geteuid () || status.st_mode & 077))
    return error_set (error, 0, "the state directory %s must be owned by this user with mode 0700", globals->root);
  if ((status.st_mode & S_IWOTH) && !(status.st_mode & S_ISVTX))
    return error_set (error, 0, "the state directory %s is writable by everybody", globals->root);
  return take_fd (&fd);
}

/* The name before the record is complete. It is cut off for the longest ids, because the colon takes one byte. */
static void
unfinished_name (const char *id, char out[256])
{
  (void)snprintf (out, 256, ":%.254s", id);
}

/* Temporary files of a husk that was killed while it wrote, and anything else. */
static void
remove_strays (int directory)
{
  char entries[4096] __attribute__ ((aligned (8)));
  ssize_t size = lseek (directory, 0, SEEK_SET) < 0 ? -1 : 0;
  /* no opendir(3): it needs a descriptor, and having run out of them may be the reason for undoing */
  while (size >= 0 && (size = syscall (SYS_getdents64, directory, entries, sizeof entries)) > 0)
    for (ssize_t at = 0; at < size;)
      {
        const struct dirent *entry = (const struct dirent *)(entries + at);
        at += entry->d_reclen;
        if (unlinkat (directory, entry->d_name, 0) < 0 && errno == EISDIR && entry->d_name[0] != '.')
          (void)unlinkat (directory, entry->d_name, AT_REMOVEDIR);
      }
}

/* Removes the first state first: a directory with that one but no last state is a damaged record. */
static int
remove_opened (int root, int directory, const char *name, const char *id, struct error *error)
{
  static const char *const files[] = { RECORD_MADE, RECORD_STATE, RECORD_CONFIG };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (unlinkat (directory, files[i], 0) < 0 && errno != ENOENT && errno != EISDIR)
      return error_set (error, errno, "remove %s of the record of container \"%s\"", files[i], id);
  if (unlinkat (root, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
    return 0;
  /* what `create` leaves beside them */
  (void)unlinkat (directory, RECORD_PAGE, 0);
  (void)unlinkat (directory, RECORD_START, 0);
  if (unlinkat (root, name, AT_REMOVEDIR) == 0)
    return 0;
  /* failures show when the directory cannot be removed */
  (void)unlinkat (directory, RECORD_NOTIFY "/" RECORD_NOTIFY_SOCKET, 0);
  remove_strays (directory);
  if (unlinkat (root, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
    return error_set (error, errno, "remove the record of container \"%s\"", id);
  return 0;
}

/* Refuses a record of another user: in a directory like /tmp anyone may make one, and husk would obey it with our
 * rights, hooks included. */
static int
check_own (const struct stat *status, const char *id, struct error *error)
{
  if (status->st_uid != 0 && status->st_uid != geteuid ())
    return error_set (error, 0, "the record of container \"%s\" belongs to another user (%u)", id, status->st_uid);
  if (status->st_mode & (S_IWGRP | S_IWOTH))
    return error_set (error, 0, "the record of container \"%s\" is writable by other users", id);
  return 0;
}

/* -1 with error set, or with ENOENT and no error. */
static int
open_own (int root, const char *name, const char *id, struct error *error)
{
  struct stat status;
  auto_close int directory = descriptor_open_at (root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0 && errno == ENOENT)
    return -1;
  if (directory < 0 || fstat (directory, &status) < 0)
    return error_set (error, errno, "open the record of container \"%s\"", id);
  return check_own (&status, id, error) < 0 ? -1 : take_fd (&directory);
}

/* 0 when it does not exist. */
static int
remove_directory (int root, const char *name, const char *id, struct error *error)
{
  auto_close int directory = open_own (root, name, id, error);
  if (directory < 0)
    return error->set ? -1 : 0;
  return remove_opened (root, directory, name, id, error);
}

int
record_remove_own (int root, int directory, const char *id, struct error *error)
{
  return remove_opened (root, directory, id, id, error);
}

int
record_remove_unfinished (const struct globals *globals, const char *id, struct error *error)
{
  char unfinished[256];
  struct error missing = { 0 };
  auto_close int root = record_open_root (globals, false, &missing);
  if (root < 0)
    return missing.code == ENOENT ? 0 : (*error = missing, -1);
  unfinished_name (id, unfinished);
  return remove_directory (root, unfinished, id, error);
}

/* The rename decides between two creates of the same id. */
static int
give_name (int root, const char *unfinished, const char *id)
{
  if (syscall (SYS_renameat2, root, unfinished, root, id, RENAME_NOREPLACE) == 0)
    return 0;
  /* the file system lacks RENAME_NOREPLACE: a plain rename replaces only an empty directory */
  return errno == EINVAL ? renameat (root, unfinished, root, id) : -1;
}

static int
fill_directory (int directory, const struct record *record, const char *config, const char *profile,
                struct error *error)
{
  if (write_state (directory, record, true, error) < 0
      || write_new (directory, RECORD_CONFIG, config, strlen (config), error) < 0
      || (profile && write_new (directory, RECORD_PROFILE, profile, strlen (profile), error) < 0))
    return -1;
  /* later states are renamed into place, so this one stays. On a file system without hard links there is none */
  if (linkat (directory, RECORD_STATE, directory, RECORD_MADE, 0) < 0 && errno != EPERM && errno != EOPNOTSUPP)
    return error_set (error, errno, "write the record's %s", RECORD_MADE);
  return 0;
}

int
record_make (const struct globals *globals, struct record *record, struct arena *arena, const char *config,
             const char *profile, int *out_root, int *out_directory, struct error *error)
{
  char unfinished[256];
  auto_close int root = record_open_root (globals, true, error);
  if (root < 0)
    return -1;
  record->created = arena_string (arena, now_text (&(struct now_text){ 0 }));
  record->boot_id = process_boot_id (error);
  if (!record->boot_id || process_self (&record->creator, &record->creator_start, error) < 0)
    return -1;
  unfinished_name (record->id, unfinished);
  if (mkdirat (root, unfinished, 0700) < 0)
    return errno == EEXIST ? error_set (error, 0, "container \"%s\" already exists", record->id)
                           : error_set (error, errno, "make the record of container \"%s\"", record->id);
  auto_close int directory = descriptor_open_at (root, unfinished, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0)
    (void)error_set (error, errno, "make the record of container \"%s\"", record->id);
  else if (fill_directory (directory, record, config, profile, error) == 0)
    {
      if (give_name (root, unfinished, record->id) == 0)
        {
          *out_root = take_fd (&root);
          *out_directory = take_fd (&directory);
          return 0;
        }
      if (errno == EEXIST || errno == ENOTEMPTY)
        {
          (void)error_set (error, 0, "container \"%s\" already exists", record->id);
          error_hint (error, "choose another id, or remove it with husk delete");
        }
      else
        (void)error_set (error, errno, "make the record of container \"%s\"", record->id);
    }
  if (directory < 0)
    (void)unlinkat (root, unfinished, AT_REMOVEDIR);
  else
    (void)remove_opened (root, directory, unfinished, record->id, &(struct error){ 0 });
  return -1;
}

/* ---- reading
 * ----------------------------------------------------------------------------------------------------------- */

static int
damaged (const struct record *record, const struct error *why, struct error *error)
{
  char line[400];
  error_line (why, line, sizeof line);
  (void)error_set_kind (error, ERROR_DAMAGED, 0, "cannot read the record of container \"%s\": %s", record->id, line);
  error_hint (error, "'husk delete --force' kills the processes in its cgroup");
  return -1;
}

/* state.json is missing. If there is a first state, the last one has been lost. Otherwise a creator of an older husk
 * was killed at its first step, and nothing else was made yet. */
static int
read_missing (int directory, struct record *out, struct error *error)
{
  struct error lost = { 0 };
  struct stat status;
  if (fstat (directory, &status) == 0 && status.st_nlink == 0) /* deleted since it was opened */
    return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist", out->id);
  if (faccessat (directory, RECORD_MADE, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
    {
      (void)error_set (&lost, ENOENT, "open " RECORD_STATE);
      return damaged (out, &lost, error);
    }
  out->earlier_boot = true;
  return 0;
}

static int
check_boot (struct record *out, struct error *error)
{
  const char *boot_id = process_boot_id (error);
  if (!boot_id)
    return -1;
  out->earlier_boot = strcmp (out->boot_id, boot_id) != 0;
  if (out->earlier_boot) /* what has these names now belongs to something else */
    {
      out->cgroup = (struct cgroup){ .count = 0 };
      out->resctrl = (struct resctrl){ .group = NULL };
    }
  return 0;
}

static int
read_state (int directory, const char *name, struct arena *arena, struct record *out, struct error *error)
{
  struct error trouble = { 0 };
  bool first = strcmp (name, RECORD_MADE) == 0;
  if (record_read_file (directory, name, arena, out, &trouble) < 0)
    return trouble.code == ENOENT && !first ? read_missing (directory, out, error) : damaged (out, &trouble, error);
  return check_boot (out, error);
}

/* A creator may finish and exit between reading and checking it, so the state is then read again. */
static int
read_last_state (int directory, struct arena *arena, struct record *out, struct error *error)
{
  const char *id = out->id;
  for (int look = 0; look < 2; look++)
    {
      *out = (struct record){ .id = id };
      if (read_state (directory, RECORD_STATE, arena, out, error) < 0)
        return -1;
      if (out->earlier_boot || out->created_done)
        return 0;
      if (process_alive (out->creator, out->creator_start, &out->creating, error) < 0)
        return -1;
      if (out->creating)
        return 0;
    }
  return 0;
}

int
record_open_directory (const struct globals *globals, const char *id, int *out_root, struct error *error)
{
  struct error missing = { 0 };
  auto_close int root = record_open_root (globals, false, &missing);
  if (root < 0 && missing.code != ENOENT)
    return *error = missing, -1;
  auto_close int directory = root < 0 ? -1 : open_own (root, id, id, error);
  if (directory < 0 && !error->set)
    return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
  if (out_root && directory >= 0)
    *out_root = take_fd (&root);
  return take_fd (&directory);
}

int
record_read_in (int directory, const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                struct error *error)
{
  *out = (struct record){ .id = id };
  if (read_last_state (directory, arena, out, error) < 0)
    return -1;
  out->globals = globals;
  return 0;
}

int
record_read (const struct globals *globals, const char *id, struct arena *arena, struct record *out, int *out_directory,
             struct error *error)
{
  auto_close int directory = record_open_directory (globals, id, NULL, error);
  if (directory < 0 || record_read_in (directory, globals, id, arena, out, error) < 0)
    return -1;
  *out_directory = take_fd (&directory);
  return 0;
}

/* Reads the state without opening its directory. Between the two system calls the directory must not be replaced, so
 * this is for where only its owner can do that. false: take a closer look, which also finds out what is wrong. */
static bool
read_by_path (const struct records *records, const char *id, struct arena *arena, struct record *out)
{
  char path[NAME_MAX + sizeof "/" RECORD_STATE];
  struct stat status;
  struct error unclear = { 0 };
  *out = (struct record){ .id = id };
  (void)snprintf (path, sizeof path, "%s/" RECORD_STATE, id);
  return records->only_owner && fstatat (records->directory, id, &status, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISDIR (status.st_mode) && check_own (&status, id, &unclear) == 0
         && record_read_file (records->directory, path, arena, out, &unclear) == 0 && check_boot (out, &unclear) == 0
         && (out->earlier_boot || out->created_done);
}

int
records_open (const struct globals *globals, struct records *out, struct error *error)
{
  struct stat status;
  out->directory = record_open_root (globals, false, error);
  out->only_owner
      = out->directory >= 0 && fstat (out->directory, &status) == 0 && !(status.st_mode & (S_IWGRP | S_IWOTH));
  return out->directory < 0 ? -1 : 0;
}

int
records_read (const struct records *records, const struct globals *globals, const char *id, struct arena *arena,
              struct record *out, struct error *error)
{
  if (read_by_path (records, id, arena, out))
    return out->globals = globals, 0;
  auto_close int directory = open_own (records->directory, id, id, error);
  if (directory < 0 && !error->set)
    return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
  return directory < 0 ? -1 : record_read_in (directory, globals, id, arena, out, error);
}

int
record_read_made (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                  int *out_directory, struct error *error)
{
  struct stat first, last;
  auto_close int directory = record_open_directory (globals, id, NULL, error);
  *out = (struct record){ .id = id };
  if (directory < 0 || read_state (directory, RECORD_MADE, arena, out, error) < 0)
    return -1;
  /* a creator writes a later state only after it has made the cgroup, so the cgroup is the container's own */
  out->owns_cgroup = fstatat (directory, RECORD_MADE, &first, AT_SYMLINK_NOFOLLOW) < 0
                     || fstatat (directory, RECORD_STATE, &last, AT_SYMLINK_NOFOLLOW) < 0
                     || first.st_ino != last.st_ino;
  *out_directory = take_fd (&directory);
  return 0;
}

int
record_open (const struct globals *globals, const char *id, struct arena *arena, struct record *out, int *out_directory,
             struct error *error)
{
  int directory;
  if (spec_check_id (id, error) < 0)
    return -1;
  if (arena_open (arena, RECORD_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  if (record_read (globals, id, arena, out, &directory, error) < 0)
    return arena_close (arena), -1;
  if (out_directory)
    *out_directory = directory;
  else
    (void)close (directory);
  return 0;
}
