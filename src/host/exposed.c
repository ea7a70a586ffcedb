/*
 * Whether another user can replace what a path names: a walk through its directories and links.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/path.h"
#include "husk/host.h"

#define LINKS_MAX 40   /* the kernel's limit */
#define OVERFLOW 65534 /* the id shown for ids that a user namespace does not map */

struct walk
{
  int directory; /* where the walk is */
  unsigned links;
  uid_t own;
  char rest[2 * PATH_MAX]; /* the part of the path that is left */
};

/* In a user namespace the overflow id is usually the machine's root. */
static bool
is_trusted (const struct walk *walk, uid_t owner)
{
  return owner == 0 || owner == walk->own || (owner == OVERFLOW && host_in_user_namespace ());
}

/* Why others can change this name in the directory. NULL: only root or husk's user can. */
static const char *
find_reason (const struct walk *walk, const struct stat *directory, const struct stat *entry)
{
  if (!is_trusted (walk, directory->st_uid))
    return "is another user's";
  if (!(directory->st_mode & (S_IWGRP | S_IWOTH)))
    return NULL;
  /* in a sticky directory only its owner can replace an entry, but anybody can create a socket before its agent does */
  if (directory->st_mode & S_ISVTX && !S_ISSOCK (entry->st_mode) && is_trusted (walk, entry->st_uid))
    return NULL;
  return directory->st_mode & S_IWOTH ? "is writable by everybody" : "is writable by its group";
}

/* Takes the first name off the rest. false: none is left. */
static bool
next_name (struct walk *walk, char name[static NAME_MAX + 1])
{
  const char *at = walk->rest;
  struct path_component next;
  if (!path_next (&at, &next) || next.length > NAME_MAX)
    return false;
  (void)snprintf (name, NAME_MAX + 1, "%.*s", (int)next.length, next.name);
  memmove (walk->rest, at, strlen (at) + 1);
  return true;
}

static int
move_to (struct walk *walk, int fd)
{
  if (fd >= 0)
    {
      (void)close (walk->directory);
      walk->directory = fd;
    }
  return fd < 0 ? -1 : 0;
}

/* Puts the link's target in front of the rest. */
static int
follow_link (struct walk *walk, const char *name)
{
  char target[PATH_MAX], rest[sizeof walk->rest];
  ssize_t length = readlinkat (walk->directory, name, target, sizeof target - 1);
  if (length <= 0 || ++walk->links > LINKS_MAX)
    return -1;
  target[length] = '\0';
  if ((size_t)snprintf (rest, sizeof rest, "%s/%s", target, walk->rest) >= sizeof rest)
    return -1;
  memcpy (walk->rest, rest, sizeof rest);
  return target[0] == '/' ? move_to (walk, descriptor_open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

/* Enters the next name. 1: found; 0: that was the last; -1: exposed, and out has the reason. */
static int
go_on (struct walk *walk, struct host_exposure *out)
{
  char name[NAME_MAX + 1], link[64];
  struct stat directory, entry = { .st_mode = S_IFSOCK };
  if (!next_name (walk, name) || fstat (walk->directory, &directory) < 0)
    return 0;
  bool there = fstatat (walk->directory, name, &entry, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there && errno != ENOENT)
    return 0;
  out->reason = find_reason (walk, &directory, &entry);
  if (out->reason)
    {
      (void)snprintf (link, sizeof link, "/proc/self/fd/%d", walk->directory);
      ssize_t length = readlink (link, out->directory, sizeof out->directory - 1);
      out->directory[length > 0 ? length : 0] = '\0';
      return -1;
    }
  if (there && S_ISLNK (entry.st_mode))
    return follow_link (walk, name) == 0;
  return there && S_ISDIR (entry.st_mode)
         && move_to (walk, descriptor_open_at (walk->directory, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC))
                == 0;
}

bool
host_path_exposed (const char *path, struct host_exposure *out)
{
  static struct walk walk;
  char own[PATH_MAX] = "";
  int result;
  if (path[0] != '/' && !getcwd (own, sizeof own))
    return false;
  if ((size_t)snprintf (walk.rest, sizeof walk.rest, "%s/%s", own, path) >= sizeof walk.rest)
    return false;
  walk.directory = descriptor_open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  walk.links = 0;
  walk.own = geteuid ();
  if (walk.directory < 0)
    return false;
  while ((result = go_on (&walk, out)) > 0)
    ;
  descriptor_close (&walk.directory);
  return result < 0;
}
