/*
 * The table of husk list.
 */
#ifndef HUSK_CLI_LIST_TABLE_H
#define HUSK_CLI_LIST_TABLE_H

#include "cli.h"

struct list_row
{
  const char *id;
  int pid;
  const char *status, *bundle, *created;
};

void list_table_begin (void);
/* Prints the row or, if its columns have to be measured first, keeps a copy. */
void list_table_row (const struct list_row *row);
void list_table_end (void);

#endif
