/*
 * The process that `exec` runs: read from --process FILE, or the container's own process as changed by the command
 * line.
 */
#ifndef HUSK_CONTAINER_EXEC_PROCESS_H
#define HUSK_CONTAINER_EXEC_PROCESS_H

#include "husk/container.h"
#include "load_config.h"

struct exec_process
{
  struct spec_process process;
  const struct json_document *document; /* to which its origins belong */
  struct json_document file;            /* --process */
};

int exec_process_make (struct loaded_config *loaded, const struct exec_options *options, struct exec_process *out,
                       struct error *error);

#endif
