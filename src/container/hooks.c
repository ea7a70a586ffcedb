/*
 * Hooks in the host's namespaces. A hook gets the state on its stdin, and the end of its output is kept for the error
 * message. The wait ends with the hook itself, its timeout, or a signal that ends husk (base/program.c).
 */
#include "hooks.h"
#include "hook_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/program.h"

#define OUTPUT_KEPT 4096

static int
hook_run (const struct spec_hook *hook, const char *name, const char *bundle, const char *state_json,
          const struct hook_files *files, struct error *error)
{
  char *const default_argv[] = { (char *)hook->path.text, NULL };
  char printed[OUTPUT_KEPT], words[OUTPUT_KEPT], full_name[320];
  struct program_end end;
  struct program program = { .name = full_name,
                             .origin = hook->node,
                             .path = hook->path.text,
                             .arguments = hook->args.count ? (char *const *)hook->args.items : default_argv,
                             .environment = hook->env.set ? (char *const *)hook->env.items : environ,
                             .input = state_json,
                             .input_size = strlen (state_json),
                             /* output is kept, because our stdout may be the container's */
                             .errors = { .text = words, .size = sizeof words },
                             /* no deadline without a timeout: the config decides how long a hook may take */
                             .patience = hook->timeout.set ? (int)hook->timeout.value * 1000 : PROGRAM_NO_DEADLINE,
                             .own_group = true,
                             .interruptible = true };
  if (files->output >= 0)
    program.out = (struct program_output){ .text = printed, .size = sizeof printed, .fd = files->output };
  if (files->errors >= 0)
    program.errors.fd = files->errors;
  if (bundle && access (bundle, X_OK) == 0) /* the bundle may be gone when a container is deleted */
    program.directory = bundle;
  (void)snprintf (full_name, sizeof full_name, "%s (%s)", name, hook->path.text);
  if (program_run (&program, &end, error) < 0)
    return -1;
  if (program_succeeded (&end))
    return 0;
  (void)program_fail (&program, &end, error);
  if (end.way == PROGRAM_LATE)
    error_hint (error, "its timeout is %d s", program.patience / 1000);
  return -1;
}

static int
run_telling (const struct spec_hook *hook, const char *name, const char *bundle, const char *state_json,
             const struct hook_files *files, struct error *error)
{
  int64_t since = log_debug_enabled () ? now_milliseconds () : 0;
  log_debug ("%s: %s begins", name, hook->path.text);
  int result = hook_run (hook, name, bundle, state_json, files, error);
  if (log_debug_enabled ())
    log_debug ("%s: %s has %s, %lld ms", name, hook->path.text, result == 0 ? "ended" : "failed",
               (long long)(now_milliseconds () - since));
  return result;
}

/* Runs hooks from index *at until one fails. *at becomes the index after the last one that ran. */
static int
run_from (const spec_hook_list *hooks, uint32_t *at, const char *kind, const char *bundle, const char *state_json,
          const struct hook_files *files, struct error *error)
{
  int result = 0;
  while (*at < hooks->count && result == 0)
    {
      char name[64];
      const struct spec_hook *hook = &hooks->items[*at];
      (void)snprintf (name, sizeof name, "%s hook %u", kind, (*at)++);
      result = run_telling (hook, name, bundle, state_json, files, error);
    }
  return result;
}

int
hooks_run (const struct spec *spec, const spec_hook_list *hooks, const char *kind, const struct record *record,
           enum status status, struct error *error)
{
  uint32_t at = 0;
  struct hook_files files;
  auto_free char *state = NULL;
  if (hooks->count == 0)
    return 0;
  if (state_json (record, status, &state, error) < 0 || hook_files_open (spec, record->bundle, &files, error) < 0)
    return -1;
  int result = run_from (hooks, &at, kind, record->bundle, state, &files, error);
  hook_files_close (&files);
  return result;
}

int
hooks_run_poststart (const struct spec *spec, const struct record *record, struct error *error)
{
  return spec->hooks ? hooks_run (spec, &spec->hooks->poststart, "poststart", record, STATUS_RUNNING, error) : 0;
}

void
hooks_run_poststop (const struct spec *spec, const struct json_document *document, const struct record *record)
{
  const struct spec_hooks *hooks = spec->hooks;
  struct hook_files files;
  struct error untold = { 0 }, unopened = { 0 };
  auto_free char *state = NULL;
  if (!hooks || !hooks->poststop.count)
    return;
  if (state_json (record, STATUS_STOPPED, &state, &untold) < 0)
    {
      log_warning_line (&untold);
      return;
    }
  if (hook_files_open (spec, record->bundle, &files, &unopened) < 0)
    {
      json_place (document, &unopened);
      log_warning_line (&unopened); /* they run all the same: they give back what others have made */
    }
  for (uint32_t at = 0; at < hooks->poststop.count;)
    {
      struct error failed = { 0 };
      if (run_from (&hooks->poststop, &at, "poststop", record->bundle, state, &files, &failed) == 0)
        break;
      json_place (document, &failed);
      log_warning_line (&failed);
    }
  hook_files_close (&files);
}
