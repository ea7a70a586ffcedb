/*
 * Loads config.json: load_bundle for create, run and restore, load_saved for the copy in the record, which start, exec,
 * checkpoint and delete read. The bundle is opened once, and both its config, unless --config names another, and its
 * absolute path come from that descriptor, so they belong to the same directory. load_saved logs no warnings, because
 * create has logged them.
 */
#include "load_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"

/* Address space, not memory: the nodes for 16 MiB of one-digit numbers take about twenty times as much. */
#define LOAD_ARENA (1ul << 30)

struct report
load_report (struct error *error)
{
  return (struct report){ .error = error, .each = report_to_log };
}

/* file NULL: the directory's config.json. */
static int
load (int directory, const char *bundle, const char *file, struct report *report, struct loaded_config *out,
      struct error *error)
{
  if (arena_open (&out->arena, LOAD_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  out->of_bundle = !file;
  if (spec_load (directory, bundle, file, &out->arena, &out->document, error) < 0)
    return -1;
  return spec_decode (&out->document, &out->arena, &out->spec, report);
}

int
load_bundle (const char *bundle, const char *file, struct loaded_config *out, struct error *error)
{
  struct report report = load_report (error);
  auto_close int directory = descriptor_open (bundle ? bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return error_set (error, errno, "open bundle %s", bundle);
  if (load (directory, bundle ? bundle : ".", file, &report, out, error) < 0)
    return -1;
  char link[64], absolute[4096];
  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", directory);
  ssize_t length = readlink (link, absolute, sizeof absolute - 1);
  if (length < 0)
    return error_set (error, errno, "resolve bundle %s", bundle);
  out->bundle = arena_copy (&out->arena, absolute, (size_t)length);
  return 0;
}

int
load_saved (int record_directory, struct loaded_config *out, struct error *error)
{
  struct report report = { .error = error };
  out->bundle = NULL;
  return load (record_directory, NULL, NULL, &report, out, error);
}

const struct json_document *
load_profile_document (struct loaded_config *loaded)
{
  const struct json_document *document = loaded->spec.seccomp_document;
  if (document != &loaded->document || !loaded->of_bundle)
    return document;
  struct json_document *named = arena_new (&loaded->arena, struct json_document);
  *named = *document;
  named->name = SPEC_FILE;
  return named;
}
