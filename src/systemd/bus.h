/*
 * The connection to systemd: finding and opening it, calls and waiting, all with one deadline.
 *
 * Where permitted, systemd's own socket is used, which needs no bus daemon: by root, and for a user's systemd, found by
 * XDG_RUNTIME_DIR. Otherwise the bus is used. DBUS_SESSION_BUS_ADDRESS and DBUS_SYSTEM_BUS_ADDRESS come first if they
 * name an unusual bus.
 */
#ifndef HUSK_SYSTEMD_BUS_H
#define HUSK_SYSTEMD_BUS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "husk/error.h"

#define SYSTEMD_SERVICE "org.freedesktop.systemd1"

struct bus
{
  bool user;
  uint64_t patience, deadline; /* in microseconds; the deadline by CLOCK_MONOTONIC */
  sd_bus *connection;
  const char *job;     /* the D-Bus path of the awaited job */
  char job_result[32]; /* how the job ended; empty: not yet */
};

/* Connects. 0 or -1. */
int bus_open (struct bus *bus, struct error *error);
void bus_close (struct bus *bus);

/* A call to systemd's manager. NULL with an error. */
sd_bus_message *bus_manager_call (struct bus *bus, const char *method, struct error *error);
/* Sends it, releases it and waits for the reply. 0; 1: systemd refused, with a reason; -1: no reply. */
int bus_ask (struct bus *bus, sd_bus_message *call, const char *method, sd_bus_error *said, sd_bus_message **out_reply,
             struct error *error);
/* A string property of a unit, malloc'd. 0, 1 or -1 as bus_ask. */
int bus_unit_property (struct bus *bus, const char *unit, const char *interface, const char *name, sd_bus_error *said,
                       char **out, struct error *error);
/* Waits until bus->job has ended; see job_result. */
int bus_wait_job (struct bus *bus, const char *what, struct error *error);
/* Sleeps. -1 if the deadline would pass meanwhile. */
int bus_pause (struct bus *bus, uint64_t microseconds, const char *what, struct error *error);
/* Turns systemd's D-Bus error into an error. Always returns -1. */
int bus_refused (const struct bus *bus, const sd_bus_error *said, const char *what, struct error *error);

#endif
