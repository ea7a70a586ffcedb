/*
 * container_create, for `husk create`: the parts of creation.c in order. creation_prepare changes nothing outside this
 * process, so signals are blocked only after it; a later failure is undone. The record's lock is released only at
 * husk-init's end of file: until then husk-init dies with this process, which must undo its container.
 */
#include "creation.h"

#include <errno.h>

#include "claim.h"
#include "husk/descriptor.h"
#include "husk/signals.h"
#include "husk/stage.h"
#include "timing.h"

static int
created (struct creation *creation, struct error *error)
{
  uint32_t ask;
  if (creation_make (creation, error) < 0 || creation_commit (creation, error) < 0)
    return -1;
  /* husk-init closes its end once it no longer dies with us */
  if (launch_next_ask (&creation->launch, &ask, error) < 0)
    return -1;
  stage_end (STAGE_SETUP);
  claim_release (creation->directory);
  return 0;
}

int
container_create (const struct globals *globals, const struct create_options *options, struct error *error)
{
  struct creation creation = { .globals = globals, .options = options };
  if (creation_prepare (&creation, error) < 0)
    return creation_failed (&creation, error);
  if (signals_hold (false) < 0)
    return error_set (error, errno, "block signals");
  int result = created (&creation, error);
  if (result < 0)
    {
      creation_undo (&creation);
      stage_end (STAGE_FAILURE);
    }
  timing_report (creation.launch.page);
  return result < 0 ? creation_failed (&creation, error) : 0;
}
