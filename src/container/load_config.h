/*
 * Loads and decodes a bundle's config, or the copy that create saved.
 */
#ifndef HUSK_CONTAINER_LOAD_CONFIG_H
#define HUSK_CONTAINER_LOAD_CONFIG_H

#include "husk/spec.h"

struct loaded_config
{
  struct arena arena;
  struct json_document document;
  struct spec spec;
  struct json_document profile; /* --seccomp-profile */
  const char *profile_text;     /* its text, to be saved; or NULL */
  char *bundle;                 /* absolute; NULL for a saved config */
  bool of_bundle;               /* it is the bundle's config.json */
};

/* Reads bundle/config.json (bundle NULL: the working directory), or file if it is not NULL. Warnings go to the log. */
int load_bundle (const char *bundle, const char *file, struct loaded_config *out, struct error *error);
/* Reads the copy of config.json in a record's directory, without repeating its warnings. */
int load_saved (int record_directory, struct loaded_config *out, struct error *error);
/* The profile's document, for reports that name it in each line: the bundle's config.json is only "config.json". */
const struct json_document *load_profile_document (struct loaded_config *loaded);
/* A report that stores the first error in error and logs warnings. */
struct report load_report (struct error *error);

#endif
