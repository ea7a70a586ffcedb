/*
 * The process that husk exec runs: the container's own process as changed by the command line, or --process FILE, to
 * which only --tty is added. The container's process is a shallow copy, and the plan is compiled from the original as
 * well: replace its lists and structs, and never change them in place.
 */
#include "exec_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "husk/log.h"

static uint32_t
list_count (const char **list)
{
  uint32_t count = 0;
  while (list && list[count])
    count++;
  return count;
}

/* Both lists as one, NULL-terminated. */
static struct json_strings
list_join (struct arena *arena, const struct json_strings *old, const char **added)
{
  struct json_strings joined = { .set = true, .node = old->node };
  uint32_t more = list_count (added);
  joined.items = arena_array (arena, const char *, old->count + more + 1);
  for (uint32_t i = 0; i < old->count; i++)
    joined.items[joined.count++] = old->items[i];
  for (uint32_t i = 0; i < more; i++)
    joined.items[joined.count++] = added[i];
  return joined;
}

/* A decimal id: names are not looked up. */
static int
parse_id (const char *text, const char *option, uint64_t *out, struct error *error)
{
  char *end;
  errno = 0;
  unsigned long value = strtoul (text, &end, 10);
  if (*text < '0' || *text > '9' || *end || errno || value >= 0xffffffffu)
    {
      (void)error_set (error, 0, "%s \"%s\" is not a number from 0 to 4294967294", option, text);
      error_hint (error, "husk does not read /etc/passwd or /etc/group: give the number");
      return -1;
    }
  *out = value;
  return 0;
}

/* UID or UID:GID */
static int
set_user (struct arena *arena, const struct exec_options *options, struct spec_process *process, struct error *error)
{
  struct spec_user *user = arena_new (arena, struct spec_user);
  if (process->user)
    *user = *process->user;
  process->user = user;
  if (options->user)
    {
      char *text = arena_string (arena, options->user);
      char *colon = strchr (text, ':');
      if (colon)
        *colon = '\0';
      if (parse_id (text, "--user", &user->uid.value, error) < 0
          || (colon && parse_id (colon + 1, "--user", &user->gid.value, error) < 0))
        return -1;
      user->uid.set = user->gid.set = true;
      if (!colon)
        user->gid.value = 0;
    }
  uint32_t more = list_count (options->additional_gids);
  if (more)
    {
      uint64_t *gids = arena_array (arena, uint64_t, user->additional_gids.count + more);
      memcpy (gids, user->additional_gids.items, user->additional_gids.count * sizeof *gids);
      for (uint32_t i = 0; i < more; i++)
        if (parse_id (options->additional_gids[i], "--additional-gids", &gids[user->additional_gids.count + i], error)
            < 0)
          return -1;
      user->additional_gids.items = gids;
      user->additional_gids.count += more;
    }
  return 0;
}

/* --cap adds to bounding, permitted and effective. Root's inheritable and ambient sets stay as they are, because an
 * exec'd shell must not pass on more than the container's own process does. Any other user needs them too, or execve
 * would drop the capabilities. A name that is not a capability is left out with a warning, as in a config. */
static void
set_capabilities (struct arena *arena, const struct exec_options *options, struct spec_process *process)
{
  if (!options->capabilities)
    return;
  char hint[CAPABILITY_HINT_SIZE];
  for (const char **name = options->capabilities; *name; name++)
    if (spec_capability (*name) < 0)
      {
        struct error warning = { 0 };
        (void)error_set (&warning, 0, "--cap \"%s\" is not a capability: left out", *name);
        if (spec_capability_hint (*name, hint))
          error_hint (&warning, "%s", hint);
        log_warning_line (&warning);
      }
  struct spec_capabilities *sets = arena_new (arena, struct spec_capabilities);
  if (process->capabilities)
    *sets = *process->capabilities;
  sets->bounding = list_join (arena, &sets->bounding, options->capabilities);
  sets->permitted = list_join (arena, &sets->permitted, options->capabilities);
  sets->effective = list_join (arena, &sets->effective, options->capabilities);
  if (process->user && process->user->uid.value != 0)
    {
      sets->inheritable = list_join (arena, &sets->inheritable, options->capabilities);
      sets->ambient = list_join (arena, &sets->ambient, options->capabilities);
    }
  process->capabilities = sets;
}

static int
apply_options (struct arena *arena, const struct exec_options *options, struct spec_process *process,
               struct error *error)
{
  static const struct json_strings none;
  if (!options->args || !options->args[0])
    return error_set (error, 0, "exec needs a command or --process");
  process->args = list_join (arena, &none, options->args);
  process->env = list_join (arena, &process->env, options->env);
  process->terminal = (struct json_bool){ .set = true, .value = options->tty };
  if (options->cwd && options->cwd[0] != '/')
    return error_set (error, 0, "--cwd \"%s\" is not an absolute path", options->cwd);
  /* without an origin, because this value is not in config.json */
  if (options->cwd)
    process->cwd = (struct json_string){ .text = options->cwd };
  if (options->no_new_privs)
    process->no_new_privileges = (struct json_bool){ .set = true, .value = true };
  if (options->apparmor)
    process->apparmor_profile = (struct json_string){ .text = options->apparmor };
  if (options->label)
    process->selinux_label = (struct json_string){ .text = options->label };
  if (set_user (arena, options, process, error) < 0)
    return -1;
  set_capabilities (arena, options, process);
  return 0;
}

int
exec_process_make (struct loaded_config *loaded, const struct exec_options *options, struct exec_process *out,
                   struct error *error)
{
  struct report report = load_report (error);
  if (!options->process_file)
    {
      if (!loaded->spec.process)
        return error_set (error, 0, "the container has no \"process\"");
      out->process = *loaded->spec.process;
      out->document = &loaded->document;
      return apply_options (&loaded->arena, options, &out->process, error);
    }
  if (json_load_named (options->process_file, &loaded->arena, &out->file, error) < 0
      || spec_decode_process (&out->file, &loaded->arena, &out->process, &report) < 0)
    return -1;
  out->document = &out->file;
  if (options->tty)
    out->process.terminal = (struct json_bool){ .set = true, .value = true };
  return 0;
}
