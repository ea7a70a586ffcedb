/*
 * husk-systemd's connection: which addresses are tried, calls, and verbs.c's waiting. All of it has one deadline, set
 * by bus_open. left() never returns 0, which would mean sd-bus's own default. The match for JobRemoved is installed
 * before any job is requested: otherwise the end of a quick job would be missed.
 */
#include "bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

static uint64_t
now (void)
{
  struct timespec time;
  (void)clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* Microseconds until the deadline, but never 0, which would mean the library's default. */
static uint64_t
left (const struct bus *bus)
{
  uint64_t present = now ();
  return bus->deadline > present ? bus->deadline - present : 1;
}

static int
late (const struct bus *bus, const char *what, struct error *error)
{
  return error_set (error, ETIMEDOUT, "wait for %s for %.3g s", what, (double)bus->patience / 1e6);
}

/* ---- finding it ------------------------------------------------------------------------------------------------ */

static void
hint_missing (const struct bus *bus, struct error *error)
{
  if (bus->user)
    error_hint (error, "the user's systemd is not reachable: is XDG_RUNTIME_DIR set and lingering enabled?");
  else
    error_hint (error, "systemd is not running");
}

/* D-Bus addresses have their own quoting. */
static void
format_address (const char *directory, const char *name, char *out, size_t size)
{
  int used = snprintf (out, size, "unix:path=");
  for (int part = 0; part < 2; part++)
    for (const char *at = part ? name : directory; *at && (size_t)used + 4 < size; at++)
      {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '-' && *at <= '9')
                     || *at == '_' || *at == '*';
        used += snprintf (out + used, size - (size_t)used, plain ? "%c" : "%%%02x", (unsigned char)*at);
      }
}

/* The user's uid on the host: in podman's user namespace the euid is 0, but the user's systemd runs with the host's
 * uid. */
static uid_t
owner (void)
{
  unsigned long inside, outside, count, found = geteuid ();
  FILE *map = fopen ("/proc/self/uid_map", "re");
  while (map && fscanf (map, "%lu %lu %lu", &inside, &outside, &count) == 3)
    if (geteuid () >= inside && geteuid () - inside < count)
      {
        found = outside + geteuid () - inside;
        break;
      }
  if (map)
    (void)fclose (map);
  return (uid_t)found;
}

/* sd-bus authenticates as EXTERNAL without a name: the other side uses the socket's credentials, which the kernel
 * translates between user namespaces. direct: systemd itself is at the other end, not a bus daemon. */
static int
connect_to (struct bus *bus, const char *address, bool direct, struct error *error)
{
  int result = sd_bus_new (&bus->connection);
  if (result >= 0)
    result = sd_bus_set_address (bus->connection, address);
  if (result >= 0 && !direct)
    result = sd_bus_set_bus_client (bus->connection, 1);
  if (result >= 0)
    result = sd_bus_start (bus->connection);
  while (result >= 0 && (result = sd_bus_is_ready (bus->connection)) == 0)
    {
      result = sd_bus_process (bus->connection, NULL);
      if (result == 0)
        result = sd_bus_wait (bus->connection, left (bus));
      if (result >= 0 && left (bus) <= 1)
        {
          bus_close (bus);
          (void)late (bus, "an answer from systemd's bus", error);
          return -1;
        }
    }
  if (result > 0)
    return 0;
  bus_close (bus);
  (void)error_set (error, -result, "connect to %s at %s", bus->user ? "the user's systemd" : "systemd", address);
  hint_missing (bus, error);
  return -1;
}

/* DBUS_SESSION_BUS_ADDRESS or DBUS_SYSTEM_BUS_ADDRESS, if it names a bus other than the usual one; else NULL. */
static const char *
other_bus (const struct bus *bus, const char *usual)
{
  const char *address = getenv (bus->user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS");
  size_t length = strlen (usual);
  if (!address || !*address
      || (strncmp (address, usual, length) == 0 && (address[length] == '\0' || address[length] == ',')))
    return NULL;
  return address;
}

/* systemd's own socket comes first: it exists before systemd has its name on the bus, and works without a bus. */
static int
connect_any (struct bus *bus, struct error *error)
{
  char private[512], usual[512], fallback[64];
  const char *directory = bus->user ? getenv ("XDG_RUNTIME_DIR") : "/run";
  struct error first = { 0 };
  if (!directory || !*directory)
    {
      (void)snprintf (fallback, sizeof fallback, "/run/user/%u", (unsigned)owner ());
      directory = fallback;
    }
  format_address (directory, "/systemd/private", private, sizeof private);
  format_address (directory, bus->user ? "/bus" : "/dbus/system_bus_socket", usual, sizeof usual);
  const char *other = other_bus (bus, usual);
  if (other)
    return connect_to (bus, other, false, error);
  if ((bus->user || geteuid () == 0) && connect_to (bus, private, true, &first) == 0)
    return 0;
  if (first.code == ETIMEDOUT) /* systemd exists but does not answer */
    {
      *error = first;
      return -1;
    }
  return connect_to (bus, usual, false, error);
}

static int
job_removed (sd_bus_message *message, void *data, sd_bus_error *unused)
{
  struct bus *bus = data;
  const char *job, *unit, *result;
  uint32_t number;
  (void)unused;
  if (sd_bus_message_read (message, "uoss", &number, &job, &unit, &result) >= 0 && bus->job
      && strcmp (bus->job, job) == 0)
    (void)snprintf (bus->job_result, sizeof bus->job_result, "%s", result);
  return 0;
}

/* Installs the match for the signals of jobs, before a job is requested, so that none is missed. */
static int
listen_to_jobs (struct bus *bus, struct error *error)
{
  int result = sd_bus_match_signal_async (bus->connection, NULL, NULL, MANAGER_PATH, MANAGER, "JobRemoved", job_removed,
                                          NULL, bus);
  if (result < 0)
    return error_set (error, -result, "listen to systemd's jobs");
  if (sd_bus_is_bus_client (bus->connection) <= 0)
    return 0; /* systemd sends everything to a direct connection */
  sd_bus_error said = SD_BUS_ERROR_NULL;
  sd_bus_message *call = bus_manager_call (bus, "Subscribe", error), *reply = NULL;
  int answer = call ? bus_ask (bus, call, "Subscribe", &said, &reply, error) : -1;
  if (answer > 0)
    (void)bus_refused (bus, &said, "listen to systemd's jobs", error);
  sd_bus_error_free (&said);
  sd_bus_message_unref (reply);
  return answer ? -1 : 0;
}

int
bus_open (struct bus *bus, struct error *error)
{
  bus->deadline = now () + bus->patience;
  if (connect_any (bus, error) < 0)
    return -1;
  return listen_to_jobs (bus, error);
}

void
bus_close (struct bus *bus)
{
  sd_bus_close (bus->connection);
  bus->connection = sd_bus_unref (bus->connection);
}

/* ---- talking --------------------------------------------------------------------------------------------------- */

static sd_bus_message *
new_call (struct bus *bus, const char *path, const char *interface, const char *method, struct error *error)
{
  sd_bus_message *call = NULL;
  int result = sd_bus_message_new_method_call (bus->connection, &call, SYSTEMD_SERVICE, path, interface, method);
  if (result >= 0)
    result = sd_bus_message_set_auto_start (call, 0); /* D-Bus activation cannot start systemd */
  if (result >= 0)
    return call;
  (void)error_set (error, -result, "make a call of %s", method);
  return sd_bus_message_unref (call);
}

sd_bus_message *
bus_manager_call (struct bus *bus, const char *method, struct error *error)
{
  return new_call (bus, MANAGER_PATH, MANAGER, method, error);
}

int
bus_ask (struct bus *bus, sd_bus_message *call, const char *method, sd_bus_error *said, sd_bus_message **out_reply,
         struct error *error)
{
  int result = sd_bus_call (bus->connection, call, left (bus), said, out_reply);
  sd_bus_message_unref (call);
  if (result >= 0)
    return 0;
  char what[128];
  (void)snprintf (what, sizeof what, "systemd's reply to %s", method);
  if (result == -ETIMEDOUT)
    return late (bus, what, error);
  /* for a lost connection the library makes up a D-Bus error too */
  if (sd_bus_error_is_set (said) && result != -ECONNRESET && result != -ENOTCONN)
    return 1;
  (void)error_set (error, -result, "wait for %s", what);
  return -1;
}

int
bus_unit_property (struct bus *bus, const char *unit, const char *interface, const char *name, sd_bus_error *said,
                   char **out, struct error *error)
{
  char *path = NULL;
  const char *text = NULL;
  sd_bus_message *reply = NULL;
  int result = sd_bus_path_encode ("/org/freedesktop/systemd1/unit", unit, &path);
  if (result < 0)
    return error_set (error, -result, "ask for the unit %s", unit);
  sd_bus_message *call = new_call (bus, path, "org.freedesktop.DBus.Properties", "Get", error);
  free (path);
  if (!call)
    return -1;
  if ((result = sd_bus_message_append (call, "ss", interface, name)) < 0)
    {
      sd_bus_message_unref (call);
      return error_set (error, -result, "ask for %s of %s", name, unit);
    }
  int answer = bus_ask (bus, call, name, said, &reply, error);
  if (answer == 0 && ((result = sd_bus_message_read (reply, "v", "s", &text)) < 0 || !(*out = strdup (text))))
    answer = error_set (error, result < 0 ? -result : ENOMEM, "read %s of %s", name, unit);
  sd_bus_message_unref (reply);
  return answer;
}

int
bus_wait_job (struct bus *bus, const char *what, struct error *error)
{
  while (!bus->job_result[0])
    {
      int result = sd_bus_process (bus->connection, NULL);
      if (result == 0)
        result = sd_bus_wait (bus->connection, left (bus));
      if (result < 0 && result != -EINTR)
        return error_set (error, -result, "wait for %s", what);
      if (!bus->job_result[0] && left (bus) <= 1)
        return late (bus, what, error);
    }
  return 0;
}

int
bus_pause (struct bus *bus, uint64_t microseconds, const char *what, struct error *error)
{
  if (left (bus) <= microseconds)
    return late (bus, what, error);
  (void)usleep ((useconds_t)microseconds);
  return 0;
}

int
bus_refused (const struct bus *bus, const sd_bus_error *said, const char *what, struct error *error)
{
  const char *name = said->name ? said->name : "";
  const char *message = said->message ? said->message : "no reason given";
  size_t length = strlen (message);
  while (length && (message[length - 1] == '.' || message[length - 1] == '\n'))
    length--;
  (void)error_set (error, 0, "%s: %.*s (%s)", what, (int)length, message, name);
  if (strcmp (name, SD_BUS_ERROR_SERVICE_UNKNOWN) == 0 || strcmp (name, SD_BUS_ERROR_NAME_HAS_NO_OWNER) == 0)
    hint_missing (bus, error);
  else if (!bus->user && geteuid () != 0
           && (strcmp (name, SD_BUS_ERROR_ACCESS_DENIED) == 0
               || strcmp (name, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED) == 0))
    error_hint (error, "only root can make system units: as an ordinary user, husk uses the user's systemd");
  return -1;
}
