/*
 * Two locks by flock(2): on the record's directory, and on config.json in it, the mark. A creator holds only the first.
 * delete holds both, and takes the directory's first, so that it can be told from a creator. Commands that only read a
 * record try a lock and drop it at once. flock has no deadline, so a lock is tried every few milliseconds until the
 * caller's time is over. A process that has taken the directory's lock must check that the directory still has a name
 * (is_gone): another process may have deleted it.
 */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "record.h"

#define LOOK_AGAIN_MILLISECONDS 5
#define LOOKS 3 /* a delete takes the second lock a moment after the first */

static void
pause_a_moment (void)
{
  const struct timespec moment = { .tv_nsec = LOOK_AGAIN_MILLISECONDS * 1000000L };
  (void)nanosleep (&moment, NULL);
}

static bool
is_gone (int directory)
{
  struct stat status;
  return fstat (directory, &status) == 0 && status.st_nlink == 0;
}

/* -1 with errno, EWOULDBLOCK when the time is over. */
static int
lock_within (int fd, int how, int milliseconds)
{
  int64_t deadline = 0;
  while (descriptor_lock (fd, how | LOCK_NB) < 0)
    {
      if (errno != EWOULDBLOCK)
        return -1;
      deadline = deadline ? deadline : now_milliseconds () + milliseconds;
      if (now_milliseconds () >= deadline)
        return -1;
      pause_a_moment ();
    }
  return 0;
}

static int
open_mark (int directory)
{
  return descriptor_open_at (directory, RECORD_CONFIG, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
}

int
claim_container (const struct globals *globals, const char *id, int milliseconds, struct claim *out,
                 struct error *error)
{
  *out = NO_CLAIM;
  int found = -1;
  auto_close int directory = record_open_directory (globals, id, &found, error);
  auto_close int root = found;
  if (directory < 0)
    return -1;
  if (lock_within (directory, LOCK_EX, milliseconds) < 0)
    {
      (void)error_set (error, errno, "container \"%s\" is being created, undone or deleted by another husk", id);
      return -1;
    }
  if (is_gone (directory))
    return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
  auto_close int mark = open_mark (directory); /* may be missing in a damaged record */
  if (mark >= 0 && lock_within (mark, LOCK_EX, milliseconds) < 0)
    return error_set (error, errno, "lock the record of container \"%s\"", id);
  *out = (struct claim){ take_fd (&root), take_fd (&directory), take_fd (&mark) };
  return 0;
}

void
claim_close (struct claim *claim)
{
  descriptor_close (&claim->root);
  descriptor_close (&claim->directory);
  descriptor_close (&claim->mark);
}

int
claim_own (int directory, bool alone, bool *out_gone, struct error *error)
{
  if (lock_within (directory, alone ? LOCK_EX : LOCK_SH, CLAIM_MILLISECONDS) < 0)
    return error_set (error, errno, "lock the container's record");
  if (out_gone)
    *out_gone = is_gone (directory);
  return 0;
}

void
claim_release (int directory)
{
  (void)descriptor_lock (directory, LOCK_UN);
}

/* Whether nobody holds the lock exclusively; -1 with errno. */
static int
is_free (int fd)
{
  if (fd >= 0 && descriptor_lock (fd, LOCK_SH | LOCK_NB) == 0)
    {
      (void)descriptor_lock (fd, LOCK_UN);
      return 1;
    }
  return fd >= 0 && errno == EWOULDBLOCK ? 0 : -1;
}

/* Whether it is deleted, or a delete is at work, which holds both locks until the directory is gone. */
static bool
is_being_deleted (int directory)
{
  if (is_gone (directory))
    return true;
  if (is_free (directory) != 0)
    return false;
  auto_close int mark = open_mark (directory);
  return mark < 0 ? errno == ENOENT : is_free (mark) == 0;
}

int
claim_failed (int directory, const char *id, struct error *error)
{
  bool told
      = error->kind == ERROR_NO_CONTAINER || error->kind == ERROR_NOT_FOUND || error->kind == ERROR_NOT_EXECUTABLE;
  if (directory < 0 || told || !is_being_deleted (directory))
    return -1;
  *error = (struct error){ 0 };
  return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist: it was deleted meanwhile", id);
}

int
claim_by_creator (const struct globals *globals, const char *id, bool *out, struct error *error)
{
  struct error missing = { 0 };
  *out = false;
  auto_close int directory = record_open_directory (globals, id, NULL, &missing);
  if (directory < 0)
    return missing.kind == ERROR_NO_CONTAINER ? 0 : (*error = missing, -1);
  for (int look = 0; look < LOOKS; look++)
    {
      int own = is_free (directory);
      if (own < 0)
        return error_set (error, errno, "find out who holds the record of container \"%s\"", id);
      auto_close int mark = own ? -1 : open_mark (directory);
      if (own || is_free (mark) == 0)
        return 0;
      pause_a_moment ();
    }
  *out = !is_gone (directory);
  return 0;
}

/* A process that removes a record removes its state first, and holds the lock, exclusive or shared. */
int
claim_is_deleting (const struct record *record, bool *out, struct error *error)
{
  struct error missing = { 0 };
  *out = false;
  if (!record->earlier_boot || record->bundle)
    return 0;
  auto_close int directory = record_open_directory (record->globals, record->id, NULL, &missing);
  *out = directory < 0 && missing.kind == ERROR_NO_CONTAINER;
  if (directory < 0)
    return *out ? 0 : (*error = missing, -1);
  /* a reader holds the lock for a moment, a delete until the record is gone */
  for (int look = 0; look < LOOKS && !*out; look++)
    {
      if (descriptor_lock (directory, LOCK_EX | LOCK_NB) == 0)
        {
          *out = is_gone (directory);
          return 0;
        }
      if (errno != EWOULDBLOCK)
        return error_set (error, errno, "find out who holds the record of container \"%s\"", record->id);
      *out = is_gone (directory);
      pause_a_moment ();
    }
  *out = true;
  return 0;
}

int
claim_act (const struct globals *globals, const char *id, int (*act) (struct record *, void *, struct error *),
           void *data, struct error *error)
{
  struct arena arena;
  struct record record;
  int found = -1;
  if (record_open (globals, id, &arena, &record, &found, error) < 0)
    return -1;
  auto_close int directory = found;
  return act (&record, data, error) < 0 ? claim_failed (directory, id, error) : 0;
}
