/* The config.json that `husk spec` writes. */
#ifndef HUSK_CLI_TEMPLATE_H
#define HUSK_CLI_TEMPLATE_H

#include <stdbool.h>

#include "husk/error.h"
#include "husk/json.h"

/* Writes the template into an open writer; rootless: one for the caller as an ordinary user. The arena is for temporary
 * data. 0 or -1. */
int template_write (struct json_writer *writer, bool rootless, struct arena *arena, struct error *error);

#endif
