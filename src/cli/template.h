/* The config.json that `husk spec` writes. */
#ifndef HUSK_CLI_TEMPLATE_H
#define HUSK_CLI_TEMPLATE_H

#include <stdbool.h>

#include "husk/error.h"
#include "husk/json.h"

/* Writes the template into a writer that is open; rootless: one for the caller. The arena is for what is needed on
 * the way. 0 or -1. */
int template_write (struct json_writer *writer, bool rootless, struct arena *arena, struct error *error);

#endif
