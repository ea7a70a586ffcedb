/*
 * The files that hooks print to. Hooks themselves only get pipes, and husk and husk-init copy what they print: so an
 * error can quote it, and a startContainer hook, which is a program of the image, has no descriptor of a file of the
 * host that it could open again by /proc.
 *
 * A FIFO that nobody reads is an error instead of a wait without end, and what a full pipe does not take is lost.
 */
#include "hook_files.h"

#include <errno.h>
#include <fcntl.h>

#include "husk/descriptor.h"

static int
open_file (const struct spec *spec, const char *key, const char *bundle, int *out, struct error *error)
{
  const struct json_pair *pair = json_pair_of (&spec->annotations, key);
  if (!pair)
    return 0;
  auto_close int directory = pair->value[0] == '/' ? -1 : descriptor_open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  *out = descriptor_open_at (directory, pair->value, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                             0600);
  if (*out >= 0)
    return 0;
  (void)error_set_at (error, pair->node, errno, "open \"%.200s\" for the output of hooks", pair->value);
  if (error->code == ENXIO)
    error_hint (error, "nobody reads this FIFO, or it is a socket");
  return -1;
}

int
hook_files_open (const struct spec *spec, const char *bundle, struct hook_files *out, struct error *error)
{
  *out = (struct hook_files)NO_HOOK_FILES;
  if (!spec->hooks)
    return 0;
  if (open_file (spec, HOOKS_STDOUT_ANNOTATION, bundle, &out->output, error) < 0
      || open_file (spec, HOOKS_STDERR_ANNOTATION, bundle, &out->errors, error) < 0)
    return hook_files_close (out), -1;
  return 0;
}

void
hook_files_close (struct hook_files *files)
{
  descriptor_close (&files->output);
  descriptor_close (&files->errors);
}
