/*
 * The connection to systemd: found, opened, called and waited on, all before one deadline.
 *
 * systemd is asked over its own socket, which needs no bus daemon, where husk may: as root, and a user's systemd, which
 * is found by XDG_RUNTIME_DIR; else over the bus. DBUS_SESSION_BUS_ADDRESS and DBUS_SYSTEM_BUS_ADDRESS come first when
 * they name an unusual bus.
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
  uint64_t patience, deadline; /* in microseconds; the deadline of CLOCK_MONOTONIC */
  sd_bus *connection;
  const char *job;     /* the D-Bus path of the job that is waited for */
  char job_result[32]; /* how the job ended; empty: not yet */
};

/* Connects. 0 or -1. */
int bus_open (struct bus *bus, struct error *error);
void bus_close (struct bus *bus);

/* A call of systemd's manager. NULL with an error. */
sd_bus_message *bus_manager_call (struct bus *bus, const char *method, struct error *error);
/* Sends it, releases it and waits for the reply. 0; 1: systemd refused, with a reason; -1: no reply. */
int bus_ask (struct bus *bus, sd_bus_message *call, const char *method, sd_bus_error *said, sd_bus_message **out_reply,
             struct error *error);
/* A string property of a unit, malloc'd. 0, 1 or -1 as bus_ask. */
int bus_unit_property (struct bus *bus, const char *unit, const char *interface, const char *name, sd_bus_error *said,
                       char **out, struct error *error);
/* Waits until bus->job has ended; see job_result. */
int bus_wait_job (struct bus *bus, const char *what, struct error *error);
/* Sleeps, at most until the deadline: -1 when that is over. */
int bus_pause (struct bus *bus, uint64_t microseconds, const char *what, struct error *error);
/* Makes an error of what systemd has said. Always -1. */
int bus_refused (const struct bus *bus, const sd_bus_error *said, const char *what, struct error *error);

#endif
