/*
 * husk plan --diff.
 */
#ifndef HUSK_CLI_PLAN_DIFF_H
#define HUSK_CLI_PLAN_DIFF_H

#include "cli.h"

/* operands: configs or bundles. bundle: of configs, or NULL: the directories that they are in. Returns the exit
 * status. */
int cli_plan_diff (const struct globals *globals, const char *const operands[2], const char *bundle, bool secrets);

#endif
