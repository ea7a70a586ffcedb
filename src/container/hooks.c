/*
 * Hooks in the host's namespaces. A hook gets the state on its stdin, and the end of its output is kept for the error
 * message. The wait ends with the hook itself, its timeout, or a signal that ends husk (base/program.c).
 */
#include "hooks.h"

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
          struct error *error)
{
  char *const default_argv[] = { (char *)hook->path.text, NULL };
  char words[OUTPUT_KEPT], full_name[320];
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
             struct error *error)
{
  int64_t since = log_debug_enabled () ? now_milliseconds () : 0;
  log_debug ("%s: %s begins", name, hook->path.text);
  int result = hook_run (hook, name, bundle, state_json, error);
  if (log_debug_enabled ())
    log_debug ("%s: %s has %s, %lld ms", name, hook->path.text, result == 0 ? "ended" : "failed",
               (long long)(now_milliseconds () - since));
  return result;
}

/* Runs hooks from index *at until one fails. *at becomes the index after the last one that ran. */
static int
run_from (const spec_hook_list *hooks, uint32_t *at, const char *kind, const char *bundle, const char *state_json,
          struct error *error)
{
  int result = 0;
  while (*at < hooks->count && result == 0)
    {
      char name[64];
      const struct spec_hook *hook = &hooks->items[*at];
      (void)snprintf (name, sizeof name, "%s hook %u", kind, (*at)++);
      result = run_telling (hook, name, bundle, state_json, error);
    }
  return result;
}

int
hooks_run (const spec_hook_list *hooks, const char *kind, const struct record *record, enum status status,
           struct error *error)
{
  uint32_t at = 0;
  auto_free char *state = NULL;
  if (hooks->count == 0)
    return 0;
  return state_json (record, status, &state, error) < 0 ? -1
                                                        : run_from (hooks, &at, kind, record->bundle, state, error);
}

int
hooks_run_poststart (const struct spec_hooks *hooks, const struct record *record, struct error *error)
{
  return hooks ? hooks_run (&hooks->poststart, "poststart", record, STATUS_RUNNING, error) : 0;
}

void
hooks_run_poststop (const struct spec_hooks *hooks, const struct json_document *document, const struct record *record)
{
  struct error untold = { 0 };
  auto_free char *state = NULL;
  if (!hooks || !hooks->poststop.count)
    return;
  if (state_json (record, STATUS_STOPPED, &state, &untold) < 0)
    {
      log_warning_line (&untold);
      return;
    }
  for (uint32_t at = 0; at < hooks->poststop.count;)
    {
      struct error failed = { 0 };
      if (run_from (&hooks->poststop, &at, "poststop", record->bundle, state, &failed) == 0)
        return;
      json_place (document, &failed);
      log_warning_line (&failed);
    }
}
