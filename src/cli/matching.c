/*
 * kill and delete with --regex: what they do to one container, done to each whose id matches an extended regular
 * expression, anywhere in it unless it has ^ and $. The ids are read once, before the first is touched. One
 * container that fails is reported and does not keep the others from their turn. That none matches is not an error:
 * scripts clean up what may not be there.
 */
#include "cli.h"

#include <errno.h>

#include "husk/expression.h"
#include "husk/signals.h"

static int
match_each (const struct globals *globals, const char *expression, cli_act *act, const void *data)
{
  struct arena arena;
  struct error error = { 0 };
  char **ids;
  size_t count;
  int status = 0;
  if (arena_open (&arena, 256ul << 20) < 0)
    return (void)error_set (&error, errno, "reserve memory"), cli_fail (&error);
  if (container_ids (globals, &arena, &ids, &count, &error) < 0)
    return cli_fail (&error);
  for (size_t i = 0; i < count && !signals_status (); i++)
    {
      struct error failed = { 0 };
      if (expression_matches (expression, ids[i]) && act (globals, ids[i], data, &failed) < 0
          && failed.kind != ERROR_NO_CONTAINER) /* deleted meanwhile */
        status = cli_fail (&failed);
    }
  arena_close (&arena);
  return signals_status () ? signals_status () : status;
}

int
cli_each_matching (const struct globals *globals, const char *expression, cli_act *act, const void *data)
{
  struct error error = { 0 };
  size_t column;
  const char *fault = expression_fault (expression, &column);
  if (!fault && *expression)
    return match_each (globals, expression, act, data);
  if (fault)
    (void)error_set (&error, 0, "--regex \"%.60s\": character %zu: %s", expression, column, fault);
  else /* of a variable that is not set */
    (void)error_set (&error, 0, "--regex needs an expression: an empty one would match every container");
  return cli_fail (&error);
}
