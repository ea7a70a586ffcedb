/*
 * start, set, attach and stop (main.c calls one of them): calls to systemd's manager, and the wait for the resulting
 * job. Every loop must end: a property is left out only once, an existing unit is checked a limited number of times,
 * and each wait ends at bus.c's deadline.
 */
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "properties.h"

#define UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"
#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define PAUSE 10000 /* microseconds between checks of a unit that systemd is stopping */
#define OWN_MAX 16

static bool
is_slice (const char *name)
{
  size_t length = strlen (name);
  return length > 6 && strcmp (name + length - 6, ".slice") == 0;
}

/* Calls the manager with the unit's name as the first argument and, unless it is NULL, mode as the second. */
static int
ask_about (struct bus *bus, const char *method, const char *unit, const char *mode, sd_bus_error *said,
           sd_bus_message **out_reply, struct error *error)
{
  sd_bus_message *call = bus_manager_call (bus, method, error);
  if (!call)
    return -1;
  int result = mode ? sd_bus_message_append (call, "ss", unit, mode) : sd_bus_message_append (call, "s", unit);
  if (result >= 0)
    return bus_ask (bus, call, method, said, out_reply, error);
  sd_bus_message_unref (call);
  return error_set (error, -result, "ask systemd about %s", unit);
}

static int
wait_for_job (struct bus *bus, sd_bus_message *reply, const char *what, struct error *error)
{
  char text[640];
  bus->job_result[0] = '\0';
  int result = sd_bus_message_read (reply, "o", &bus->job);
  if (result < 0)
    return error_set (error, -result, "read systemd's reply about the job to %s", what);
  (void)snprintf (text, sizeof text, "systemd's job to %s", what);
  result = bus_wait_job (bus, text, error);
  bus->job = NULL;
  return result;
}

/* "active", "failed", ...: malloc'd. "inactive" for a unit that systemd does not know. */
static int
state_of (struct bus *bus, const char *unit, char **out, struct error *error)
{
  sd_bus_error said = SD_BUS_ERROR_NULL;
  int answer = bus_unit_property (bus, unit, "org.freedesktop.systemd1.Unit", "ActiveState", &said, out, error);
  if (answer > 0)
    answer = (*out = strdup ("inactive")) ? 0 : error_set (error, ENOMEM, "ask about %s", unit);
  sd_bus_error_free (&said);
  return answer;
}

/* A refusal is ignored: usually there is nothing to reset. */
static int
reset (struct bus *bus, const char *unit, struct error *error)
{
  sd_bus_error said = SD_BUS_ERROR_NULL;
  sd_bus_message *reply = NULL;
  int answer = ask_about (bus, "ResetFailedUnit", unit, NULL, &said, &reply, error);
  sd_bus_error_free (&said);
  sd_bus_message_unref (reply);
  return answer < 0 ? -1 : 0;
}

/* ---- start ------------------------------------------------------------------------------------------------------ */

/* A scope gets its slice and process; a slice's name determines its place. */
static size_t
own_properties (const struct unit_request *request, char *description, size_t size, struct property own[OWN_MAX])
{
  size_t count = 0;
  (void)snprintf (description, size, "husk container %.*s", (int)strcspn (request->name, "."), request->name);
  own[count++] = (struct property){ .name = "Description", .kind = PROPERTY_TEXT, .text = description };
  own[count++] = (struct property){ .name = "DefaultDependencies", .kind = PROPERTY_TRUTH, .truth = false };
  own[count++] = (struct property){
    .name = "CollectMode", .kind = PROPERTY_TEXT, .text = "inactive-or-failed", .optional = true
  };
  if (!is_slice (request->name))
    {
      own[count++] = (struct property){ .name = "Delegate", .kind = PROPERTY_TRUTH, .truth = true };
      if (request->slice)
        own[count++] = (struct property){ .name = "Slice", .kind = PROPERTY_TEXT, .text = request->slice };
      if (request->pid)
        own[count++] = (struct property){ .name = "PIDs", .kind = PROPERTY_PROCESS, .number = (uint64_t)request->pid };
    }
  static const char *const accounting[]
      = { "CPUAccounting", "MemoryAccounting", "TasksAccounting", "IOAccounting", "BlockIOAccounting" };
  for (size_t i = 0; i < sizeof accounting / sizeof accounting[0]; i++)
    own[count++] = (struct property){ .name = accounting[i], .kind = PROPERTY_TRUTH, .truth = true, .optional = true };
  return count;
}

/* A unit with that name exists. 0: it has failed or ended, and another try makes sense. */
static int
reset_failed_unit (struct bus *bus, const char *unit, struct error *error)
{
  char *state = NULL;
  int result = state_of (bus, unit, &state, error);
  if (result == 0
      && (strcmp (state, "active") == 0 || strcmp (state, "activating") == 0 || strcmp (state, "reloading") == 0))
    {
      result = error_set (error, 0, "unit %s exists and is in use", unit);
      error_hint (error, "systemctl status %s shows what uses it", unit);
    }
  if (result == 0 && strcmp (state, "failed") == 0)
    result = reset (bus, unit, error);
  else if (result == 0)
    result = bus_pause (bus, PAUSE, "the old unit of that name to be gone", error);
  free (state);
  return result;
}

/* Requests the start until systemd accepts it. *out_reply: the job. */
static int
request_start (struct bus *bus, struct unit_request *request, struct property *own, size_t own_count,
               sd_bus_message **out_reply, struct error *error)
{
  for (int way_made = 0;;)
    {
      sd_bus_error said = SD_BUS_ERROR_NULL;
      char what[400];
      sd_bus_message *call = bus_manager_call (bus, "StartTransientUnit", error);
      if (!call)
        return -1;
      (void)snprintf (what, sizeof what, "start unit %s", request->name);
      if (sd_bus_message_append (call, "ss", request->name, "fail") < 0
          || properties_append (call, request, own, own_count, error) < 0
          || sd_bus_message_append (call, "a(sa(sv))", 0) < 0)
        {
          sd_bus_message_unref (call);
          return error_set (error, EINVAL, "%s", what);
        }
      int answer = bus_ask (bus, call, "StartTransientUnit", &said, out_reply, error);
      bool again = answer > 0 && properties_do_without (request, own, own_count, &said);
      if (answer > 0 && !again)
        {
          /* limited, because a unit from a file never goes away */
          bool exists = sd_bus_error_has_name (&said, UNIT_EXISTS) && way_made++ < 500;
          again = exists && reset_failed_unit (bus, request->name, error) == 0;
          if (!exists)
            (void)bus_refused (bus, &said, what, error);
        }
      sd_bus_error_free (&said);
      if (!again)
        return answer ? -1 : 0;
    }
}

static int
read_cgroup (struct bus *bus, const char *unit, char **out, struct error *error)
{
  sd_bus_error said = SD_BUS_ERROR_NULL;
  const char *interface = is_slice (unit) ? "org.freedesktop.systemd1.Slice" : "org.freedesktop.systemd1.Scope";
  int answer = bus_unit_property (bus, unit, interface, "ControlGroup", &said, out, error);
  if (answer > 0)
    (void)bus_refused (bus, &said, "ask for the cgroup of the unit", error);
  else if (answer == 0 && !(*out)[0])
    answer = error_set (error, 0, "unit %s has already ended: its process is gone", unit);
  sd_bus_error_free (&said);
  return answer ? -1 : 0;
}

int
systemd_start (struct bus *bus, struct unit_request *request, char **out_cgroup, struct error *error)
{
  char description[300], what[300];
  struct property own[OWN_MAX];
  size_t own_count = own_properties (request, description, sizeof description, own);
  sd_bus_message *reply = NULL;
  if (request_start (bus, request, own, own_count, &reply, error) < 0)
    return -1;
  (void)snprintf (what, sizeof what, "start %s", request->name);
  int result = wait_for_job (bus, reply, what, error);
  sd_bus_message_unref (reply);
  if (result == 0 && strcmp (bus->job_result, "done") != 0)
    {
      struct error trouble = { 0 };
      result = error_set (error, 0, "systemd's job to start %s ended as \"%s\"", request->name, bus->job_result);
      error_hint (error, "see journalctl --unit=%s", request->name);
      (void)reset (bus, request->name, &trouble);
    }
  return result < 0 ? -1 : read_cgroup (bus, request->name, out_cgroup, error);
}

/* ---- set, attach, stop ------------------------------------------------------------------------------------------ */

int
systemd_set (struct bus *bus, struct unit_request *request, struct error *error)
{
  for (;;)
    {
      sd_bus_error said = SD_BUS_ERROR_NULL;
      sd_bus_message *call = bus_manager_call (bus, "SetUnitProperties", error), *reply = NULL;
      char what[400];
      if (!call)
        return -1;
      (void)snprintf (what, sizeof what, "set properties of unit %s", request->name);
      if (sd_bus_message_append (call, "sb", request->name, 1) < 0
          || properties_append (call, request, NULL, 0, error) < 0)
        {
          sd_bus_message_unref (call);
          return error_set (error, EINVAL, "%s", what);
        }
      int answer = bus_ask (bus, call, "SetUnitProperties", &said, &reply, error);
      bool again = answer > 0 && properties_do_without (request, NULL, 0, &said);
      if (answer > 0 && !again)
        (void)bus_refused (bus, &said, what, error);
      sd_bus_error_free (&said);
      sd_bus_message_unref (reply);
      if (!again)
        return answer ? -1 : 0;
    }
}

int
systemd_attach (struct bus *bus, const char *unit, const char *below, pid_t pid, struct error *error)
{
  sd_bus_error said = SD_BUS_ERROR_NULL;
  sd_bus_message *call = bus_manager_call (bus, "AttachProcessesToUnit", error), *reply = NULL;
  char what[400];
  if (!call)
    return -1;
  (void)snprintf (what, sizeof what, "put process %d into unit %s", (int)pid, unit);
  int result = sd_bus_message_append (call, "ssau", unit, below, 1, (uint32_t)pid);
  if (result < 0)
    {
      sd_bus_message_unref (call);
      return error_set (error, -result, "%s", what);
    }
  int answer = bus_ask (bus, call, "AttachProcessesToUnit", &said, &reply, error);
  if (answer > 0)
    {
      (void)bus_refused (bus, &said, what, error);
      if (sd_bus_error_has_name (&said, SD_BUS_ERROR_UNKNOWN_METHOD))
        error_hint (error, "this needs systemd 238 or newer");
    }
  sd_bus_error_free (&said);
  sd_bus_message_unref (reply);
  return answer ? -1 : 0;
}

/* systemd unloads a unit once it has ended, and a failed one once it is reset. */
static int
wait_until_gone (struct bus *bus, const char *unit, struct error *error)
{
  for (int rounds = 0; rounds < 100; rounds++)
    {
      char *state = NULL;
      sd_bus_error said = SD_BUS_ERROR_NULL;
      sd_bus_message *reply = NULL;
      int answer = reset (bus, unit, error) < 0 ? -1 : ask_about (bus, "GetUnit", unit, NULL, &said, &reply, error);
      sd_bus_error_free (&said);
      sd_bus_message_unref (reply);
      if (answer) /* systemd does not know it any more: it is gone */
        return answer < 0 ? -1 : 0;
      if (state_of (bus, unit, &state, error) < 0)
        return -1;
      /* something else may keep an ended unit in memory, which husk does not wait for */
      bool ended = strcmp (state, "inactive") == 0;
      free (state);
      if (ended)
        return 0;
      if (bus_pause (bus, PAUSE, "the unit to be gone", error) < 0)
        return -1;
    }
  return error_set (error, 0, "unit %s is still there after systemd's job to stop it ended as \"%s\"", unit,
                    bus->job_result);
}

int
systemd_stop (struct bus *bus, const char *unit, struct error *error)
{
  sd_bus_error said = SD_BUS_ERROR_NULL;
  sd_bus_message *reply = NULL;
  char what[400];
  int answer = ask_about (bus, "StopUnit", unit, "replace", &said, &reply, error);
  bool none = answer > 0 && sd_bus_error_has_name (&said, NO_SUCH_UNIT);
  (void)snprintf (what, sizeof what, "stop %s", unit);
  if (answer > 0 && !none)
    (void)bus_refused (bus, &said, what, error);
  sd_bus_error_free (&said);
  int result = none ? 0 : answer ? -1 : wait_for_job (bus, reply, what, error);
  sd_bus_message_unref (reply);
  return result < 0 || none ? result : wait_until_gone (bus, unit, error);
}
