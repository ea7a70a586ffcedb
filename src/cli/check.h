/*
 * What the two files of `husk check` share.
 */
#ifndef HUSK_CLI_CHECK_H
#define HUSK_CLI_CHECK_H

#include "cli.h"
#include "husk/compile.h"

struct check
{
  struct cli_config config;
  bool json, strict, host;
  struct compiled_bundle compiled;
  struct report report;
  struct json_writer writer; /* if json */
};

/* Begins the array of findings; each is then an element. 0 or -1. */
int check_json_open (struct check *check);
/* Adds an error that is not in the report: the config could not be read, or not even parsed. */
void check_json_error (struct check *check, const struct error *error);
/* Ends the array and prints it. Returns the exit status of printing. */
int check_json_print (struct check *check);

#endif
