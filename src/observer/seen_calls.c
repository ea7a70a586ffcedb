/*
 * What an observer that records does with a call: it notes it and lets it through. recorded_profile.c makes a profile
 * of what it has noted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "husk/descriptor.h"
#include "sight.h"

#define CALLS_MAX 4096   /* far more than the number of calls with names */
#define NAMELESS_MAX 256 /* the container may make up any number of them */

static struct seen_call *
find_seen (const struct sight *sight, const struct seccomp_data *data)
{
  for (size_t i = 0; i < sight->count; i++)
    if (sight->calls[i].number == data->nr && sight->calls[i].arch == data->arch)
      return &sight->calls[i];
  return NULL;
}

/* Numbers without a name must not fill the table. */
static bool
has_room (struct sight *sight, const char *name)
{
  if (sight->count < CALLS_MAX && (name || sight->nameless++ < NAMELESS_MAX))
    return true;
  sight->crowded = true;
  return false;
}

/* NULL with errno 0: there is no room for it. */
static struct seen_call *
add_seen (struct sight *sight, const struct seccomp_data *data)
{
  auto_free char *name = seccomp_data_name (data);
  errno = 0;
  if (!has_room (sight, name))
    return NULL;
  if (sight->count == sight->capacity)
    {
      size_t capacity = sight->capacity ? 2 * sight->capacity : 256;
      struct seen_call *more = realloc (sight->calls, capacity * sizeof *more);
      if (!more)
        return NULL;
      sight->calls = more;
      sight->capacity = capacity;
    }
  struct seen_call *call = &sight->calls[sight->count];
  *call = (struct seen_call){ data->arch, data->nr, arguments_selector (data, name), (uint32_t)sight->count++, 0 };
  return call;
}

int
sight_record (struct sight *sight, struct notification *notification, int listener)
{
  const struct seccomp_data *data = &notification->call->data;
  struct seen_call *call = find_seen (sight, data);
  if (!call && !(call = add_seen (sight, data)) && errno)
    return -1;
  if (call)
    {
      call->count++;
      if (sight->observer->format.arguments && call->selector >= 0 && arguments_note (sight, call->selector, data) < 0)
        return -1;
    }
  return notification_continue (notification, listener);
}

int
observe_write (struct observer *observer, const struct seccomp_data *calls, size_t count, struct error *error)
{
  struct sight sight = { .observer = observer };
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++)
    {
      struct seen_call *call = find_seen (&sight, &calls[i]);
      if (!call && !(call = add_seen (&sight, &calls[i])) && errno)
        result = -1;
      if (call)
        call->count++;
    }
  result = result < 0 ? error_set (error, ENOMEM, "write %s", observer->profile_place.path)
                      : sight_write_profile (&sight, error);
  if (sight.remark[0])
    observer->remark = strdup (sight.remark);
  free (sight.calls);
  return result;
}
