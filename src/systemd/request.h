/*
 * husk's request to systemd: one JSON object, read by a table. src/unit/unit.c writes it.
 */
#ifndef HUSK_SYSTEMD_REQUEST_H
#define HUSK_SYSTEMD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/error.h"
#include "variant.h"

enum verb
{
  VERB_CHECK, /* only reads the properties */
  VERB_START,
  VERB_SET,
  VERB_ATTACH,
  VERB_STOP,
};

enum property_kind
{
  PROPERTY_TRUTH,   /* b */
  PROPERTY_NUMBER,  /* t */
  PROPERTY_TEXT,    /* s */
  PROPERTY_MASK,    /* ay */
  PROPERTY_RATES,   /* a(st) */
  PROPERTY_ACCESS,  /* a(ss) */
  PROPERTY_PROCESS, /* au, with one element */
  PROPERTY_VARIANT, /* any type, determined by its text */
};

struct property_device
{
  const char *device, *access;
  uint64_t rate;
};

struct property
{
  const char *name;
  enum property_kind kind;
  bool truth;
  uint64_t number;
  const char *text;
  const uint8_t *mask;
  const struct property_device *devices;
  uint32_t count; /* the number of the mask's bytes, or of devices */
  variant *variant;
  bool optional; /* leave it out if systemd, being too old, refuses it */
  bool left_out;
};

struct unit_request
{
  enum verb verb;
  bool user;
  uint64_t patience;        /* in milliseconds */
  const char *name, *slice; /* slice NULL: systemd's choice */
  const char *below;        /* attach: "" or "/sub" */
  pid_t pid;                /* 0: none */
  struct property *properties;
  size_t count;
  const char *refused; /* the name of a property that is invalid or that systemd refused */
};

/* Reads a request from this descriptor to its end, into the arena. 0 or -1. */
int request_read (int fd, struct arena *arena, struct unit_request *out, struct error *error);
/* Frees GLib's values. */
void request_close (struct unit_request *request);

#endif
