/*
 * The process that `exec` runs: read from --process FILE, or the container's own process with what the command line
 * changes.
 */
#ifndef HUSK_CONTAINER_EXEC_PROCESS_H
#define HUSK_CONTAINER_EXEC_PROCESS_H

#include "husk/container.h"
#include "load_config.h"

struct exec_process
{
  struct spec_process process;
  const struct json_document *document; /* that its origins belong to */
  struct json_document file;            /* of --process */
};

int exec_process_make (struct loaded_config *loaded, const struct exec_options *options, struct exec_process *out,
                       struct error *error);

#endif
