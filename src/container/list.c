/*
 * husk list: the names in the state directory, sorted, then one record after another, each in an arena of its own. No
 * lock is held, so containers come and go meanwhile. One that is gone or being removed is left out. One that cannot be
 * inspected goes to the caller's `bad`, and the listing continues.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "husk/descriptor.h"
#include "record.h"

static int
compare_ids (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

int
container_ids (const struct globals *globals, struct arena *arena, char ***out, size_t *out_count, struct error *error)
{
  struct error missing = { 0 };
  int code;
  size_t room = 0;
  int root = record_open_root (globals, false, &missing);
  *out_count = 0;
  *out = NULL;
  if (root < 0)
    return missing.code == ENOENT ? 0 : (*error = missing, -1);
  DIR *listing = fdopendir (root);
  if (!listing)
    {
      (void)error_set (error, errno, "read the state directory %s", globals->root);
      return close (root), -1;
    }
  errno = 0;
  for (struct dirent *entry; (entry = readdir (listing)); errno = 0)
    {
      if (spec_check_id (entry->d_name, &(struct error){ 0 }) < 0)
        continue;
      if (*out_count == room)
        {
          char **more = arena_array (arena, char *, room ? room * 2 : 64);
          if (room)
            memcpy (more, *out, room * sizeof *more);
          *out = more;
          room = room ? room * 2 : 64;
        }
      (*out)[(*out_count)++] = arena_string (arena, entry->d_name);
    }
  code = errno;
  (void)closedir (listing);
  if (code)
    return error_set (error, code, "read the state directory %s", globals->root);
  if (*out_count)
    qsort (*out, *out_count, sizeof **out, compare_ids);
  return 0;
}

/* Each record has an arena of its own, because there may be thousands. */
static void
look_at (const struct globals *globals, const char *id, void (*each) (const struct record *, enum status, void *),
         void (*bad) (const struct error *, void *), void *data)
{
  struct arena arena;
  struct record record;
  enum status status;
  struct error trouble = { 0 };
  bool going;
  if (record_open (globals, id, &arena, &record, NULL, &trouble) < 0)
    {
      if (trouble.kind != ERROR_NO_CONTAINER) /* deleted meanwhile */
        bad (&trouble, data);
      return;
    }
  if (record_status (&record, &status, &trouble) < 0 || claim_is_deleting (&record, &going, &trouble) < 0)
    bad (&trouble, data);
  else if (!going)
    each (&record, status, data);
  arena_close (&arena);
}

int
container_list (const struct globals *globals, void (*each) (const struct record *, enum status, void *),
                void (*bad) (const struct error *, void *), void *data, struct error *error)
{
  struct arena arena;
  char **names;
  size_t count;
  if (arena_open (&arena, 256ul << 20) < 0)
    return error_set (error, errno, "reserve memory");
  if (container_ids (globals, &arena, &names, &count, error) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    look_at (globals, names[i], each, bad, data);
  arena_close (&arena);
  return 0;
}
