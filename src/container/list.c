/*
 * husk list: the names in the state directory, sorted, then one record after another. No lock is held, so containers
 * come and go meanwhile. One that is gone or being removed is left out. One that cannot be inspected goes to the
 * caller's `bad`, and the listing continues.
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

/* Names of the records, sorted. */
static int
read_names (const char *root, DIR *listing, struct arena *arena, char ***out, size_t *out_count, struct error *error)
{
  uint32_t room = 0, count = 0;
  *out = NULL;
  errno = 0;
  for (struct dirent *entry; (entry = readdir (listing)); errno = 0)
    {
      if (spec_check_id (entry->d_name, &(struct error){ 0 }) < 0)
        continue;
      *out = arena_more (arena, *out, count, &room, 64, sizeof **out);
      (*out)[count++] = arena_string (arena, entry->d_name);
    }
  if (errno)
    return error_set (error, errno, "read the state directory %s", root);
  if (count)
    qsort (*out, count, sizeof **out, compare_ids);
  *out_count = count;
  return 0;
}

int
container_ids (const struct globals *globals, struct arena *arena, char ***out, size_t *out_count, struct error *error)
{
  struct error missing = { 0 };
  int root = record_open_root (globals, false, &missing);
  *out_count = 0;
  if (root < 0)
    return missing.code == ENOENT ? 0 : (*error = missing, -1);
  DIR *listing = fdopendir (root);
  if (!listing)
    {
      (void)error_set (error, errno, "read the state directory %s", globals->root);
      return close (root), -1;
    }
  int result = read_names (globals->root, listing, arena, out, out_count, error);
  (void)closedir (listing);
  return result;
}

struct look
{
  const struct globals *globals;
  struct records records;
  struct arena arena; /* for one record after another, because there may be thousands */
  void (*each) (const struct record *, enum status, void *);
  void (*bad) (const struct error *, void *);
  void *data;
};

static void
look_at (struct look *look, const char *id)
{
  struct record record;
  enum status status;
  struct error trouble = { 0 };
  bool going;
  if (records_read (&look->records, look->globals, id, &look->arena, &record, &trouble) < 0)
    {
      if (trouble.kind != ERROR_NO_CONTAINER) /* deleted meanwhile */
        look->bad (&trouble, look->data);
    }
  else if (record_status (&record, &status, &trouble) < 0 || claim_is_deleting (&record, &going, &trouble) < 0)
    look->bad (&trouble, look->data);
  else if (!going)
    look->each (&record, status, look->data);
  arena_clear (&look->arena);
}

static int
look_at_all (struct look *look, struct arena *arena, struct error *error)
{
  char **names;
  size_t count;
  DIR *listing = fdopendir (look->records.directory);
  if (!listing)
    {
      (void)error_set (error, errno, "read the state directory %s", look->globals->root);
      return close (look->records.directory), -1;
    }
  int result = read_names (look->globals->root, listing, arena, &names, &count, error);
  for (size_t i = 0; result == 0 && i < count; i++)
    look_at (look, names[i]);
  (void)closedir (listing);
  return result;
}

int
container_list (const struct globals *globals, void (*each) (const struct record *, enum status, void *),
                void (*bad) (const struct error *, void *), void *data, struct error *error)
{
  struct arena names;
  struct error missing = { 0 };
  struct look look = { .globals = globals, .each = each, .bad = bad, .data = data };
  if (records_open (globals, &look.records, &missing) < 0)
    return missing.code == ENOENT ? 0 : (*error = missing, -1);
  if (arena_open (&names, 256ul << 20) < 0 || arena_open (&look.arena, RECORD_ARENA) < 0)
    {
      (void)error_set (error, errno, "reserve memory");
      return close (look.records.directory), -1;
    }
  int result = look_at_all (&look, &names, error);
  arena_close (&look.arena);
  arena_close (&names);
  return result;
}
