/*
 * events: reports what a container uses, and its OOM kills, until it ends.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "claim.h"
#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/resctrl.h"
#include "husk/statistics.h"
#include "record.h"

#define LOOK_AGAIN_MILLISECONDS 20 /* v1 sends its event just before it kills */
#define LOOKS_AGAIN 25

struct event_watch
{
  struct arena arena;
  struct record record;
  int pidfd, oom;
  short oom_events;
  uint64_t killed; /* number of OOM kills so far */
  int looks;       /* how often to look again after oom was ready */
  int (*line) (const char *json, void *data);
  void *data;
};

/* What the container uses, all of it. */
static int
write_data (struct json_writer *writer, const struct event_watch *event_watch, const struct statistics *statistics,
            struct error *error)
{
  const struct resctrl *resctrl = &event_watch->record.resctrl;
  auto_close int file_system = resctrl->group ? resctrl_open (error) : -1;
  if (resctrl->group && file_system < 0)
    return -1;
  json_write_object (writer, "data");
  statistics_write (writer, statistics);
  json_write_object (writer, "intel_rdt");
  if (resctrl->group && resctrl_report (file_system, resctrl, writer, error) < 0)
    return -1;
  json_write_object_end (writer);
  json_write_null (writer, "network_interfaces"); /* husk does not manage the container's network */
  json_write_object_end (writer);
  return 0;
}

static int
write_event (const struct event_watch *event_watch, const char *type, const struct statistics *statistics,
             struct error *error)
{
  struct json_writer writer;
  if (json_write_open (&writer, false) < 0)
    return error_set (error, ENOMEM, "write an event");
  json_write_object (&writer, NULL);
  json_write_string (&writer, "type", type);
  json_write_string (&writer, "id", event_watch->record.id);
  if (statistics && write_data (&writer, event_watch, statistics, error) < 0)
    {
      json_write_close (&writer);
      return -1;
    }
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, NULL);
  int result = 0;
  if (writer.failed)
    errno = ENOMEM, result = -1;
  else
    result = event_watch->line (text, event_watch->data);
  json_write_close (&writer);
  return result < 0 ? error_set (error, errno, "write an event") : 0;
}

static int
write_statistics_event (const struct event_watch *event_watch, struct error *error)
{
  struct arena arena;
  struct statistics statistics;
  if (arena_open (&arena, 8ul << 20) < 0)
    return error_set (error, errno, "reserve memory");
  int result = cgroup_statistics (&event_watch->record.cgroup, &arena, &statistics, error) < 0
                       || write_event (event_watch, "stats", &statistics, error) < 0
                   ? -1
                   : 0;
  arena_close (&arena);
  return result;
}

static int
write_oom_events (struct event_watch *event_watch, struct error *error)
{
  uint64_t news = event_watch->oom < 0
                      ? 0
                      : cgroup_new_oom_kills (&event_watch->record.cgroup, event_watch->oom, &event_watch->killed);
  if (news > 0)
    event_watch->looks = 0;
  for (; news > 0; news--)
    if (write_event (event_watch, "oom", NULL, error) < 0)
      return -1;
  return 0;
}

static int
watch (struct event_watch *event_watch, int64_t interval, struct error *error)
{
  struct error late = { 0 };
  for (int64_t next = now_milliseconds ();;)
    {
      struct pollfd polls[] = { { event_watch->pidfd, POLLIN, 0 }, { event_watch->oom, event_watch->oom_events, 0 } };
      int64_t left = next - now_milliseconds ();
      if (left <= 0)
        {
          /* a container that ends in this moment has nothing more to report */
          if (write_statistics_event (event_watch, &late) < 0 && descriptor_poll (polls, 1, 0) == 0)
            return *error = late, -1;
          next += interval;
          left = next - now_milliseconds ();
          if (left < 0) /* husk was stopped, or the interval is shorter than the work */
            next = now_milliseconds (), left = 0;
        }
      if (event_watch->looks > 0 && left > LOOK_AGAIN_MILLISECONDS)
        left = LOOK_AGAIN_MILLISECONDS;
      int ready = descriptor_poll (polls, 2, left > INT32_MAX ? INT32_MAX : (int)left);
      if (ready > 0 && polls[1].revents)
        event_watch->looks = LOOKS_AGAIN;
      if (event_watch->looks > 0 || polls[0].revents)
        {
          event_watch->looks--;
          if (write_oom_events (event_watch, error) < 0)
            return -1;
        }
      if (ready > 0 && polls[0].revents)
        return 0;
    }
}

int
container_events (const struct globals *globals, const char *id, int64_t interval,
                  int (*line) (const char *json, void *data), void *data, struct error *error)
{
  struct event_watch event_watch = { .oom = -1, .line = line, .data = data };
  struct error blind = { 0 };
  int found = -1;
  if (record_open (globals, id, &event_watch.arena, &event_watch.record, &found, error) < 0)
    return -1;
  auto_close int directory = found;
  auto_close int pidfd = record_open_process (&event_watch.record, error);
  if (pidfd < 0 || record_trust_cgroup_of_living (&event_watch.record, error) < 0)
    return claim_failed (directory, id, error);
  if (interval == 0)
    return write_statistics_event (&event_watch, error) < 0 ? claim_failed (directory, id, error) : 0;
  auto_close int oom = cgroup_oom_open (&event_watch.record.cgroup, &event_watch.oom_events, &blind);
  if (oom < 0 && event_watch.record.cgroup.count)
    log_warning_line (&blind);
  event_watch.pidfd = pidfd;
  event_watch.oom = oom;
  event_watch.killed = OOM_KILLS_UNKNOWN;
  if (oom >= 0) /* earlier kills are not reported */
    (void)cgroup_new_oom_kills (&event_watch.record.cgroup, oom, &event_watch.killed);
  return watch (&event_watch, interval, error);
}
