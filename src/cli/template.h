/* The config.json that `husk spec` writes. */
#ifndef HUSK_CLI_TEMPLATE_H
#define HUSK_CLI_TEMPLATE_H

#include <stdbool.h>

#include "husk/error.h"
#include "husk/json.h"

struct template_choice
{
  bool rootless;  /* for the caller as an ordinary user */
  bool terminal;  /* of the command; the shell always has one */
  char **command; /* its arguments, NULL at the end; NULL: a shell */
};

/* Writes the template into an open writer. The arena is for temporary data. 0 or -1. */
int template_write (struct json_writer *writer, const struct template_choice *choice, struct arena *arena,
                    struct error *error);

#endif
