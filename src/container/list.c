#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "record.h"

static int
compare (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Names of the records, sorted. */
static int
read_names (const struct globals *globals, struct arena *arena, char ***out, size_t *out_count, struct error *error)
{
  struct error missing = { 0 };
  size_t room = 0;
  int root = record_open_root (globals, false, &missing);
  *out_count = 0;
  *out = NULL;
  if (root < 0)
    return missing.code == ENOENT ? 0 : (*error = missing, -1);
  DIR *listing = fdopendir (root);
  if (!listing)
    return error_set (error, errno, "read the state directory %s", globals->root);
  for (struct dirent *entry; (entry = readdir (listing));)
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
  (void)closedir (listing);
  if (*out_count)
    qsort (*out, *out_count, sizeof **out, compare);
  return 0;
}

int
container_list (const struct globals *globals, void (*each) (const struct record *, enum status, void *), void *data,
                struct error *error)
{
  struct arena arena;
  char **names;
  size_t count;
  if (arena_open (&arena, 256ul << 20) < 0)
    return error_set (error, errno, "reserve memory");
  if (read_names (globals, &arena, &names, &count, error) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    {
      struct record record;
      struct error gone = { 0 };
      int directory;
      if (record_read (globals, names[i], &arena, &record, &directory, &gone) < 0)
        continue; /* deleted meanwhile */
      (void)close (directory);
      each (&record, record_status (&record), data);
    }
  arena_close (&arena);
  return 0;
}
