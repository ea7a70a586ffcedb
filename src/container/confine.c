/*
 * Which seccomp profile a container's program gets, if any. confine_bundle decides, for create, run and restore; start
 * and exec follow the record by confine_saved, and must not decide again. The order matters: --privileged changes the
 * config, --seccomp-profile replaces its profile, and privilege_decide judges the result.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "husk/log.h"
#include "husk/path.h"
#include "husk/profile.h"
#include "husk/text.h"
#include "record.h"

#define LOCALHOST "Localhost:"
#define FILE_SHOWN 400 /* of its name in a message */

/* ---- --seccomp-profile, like a pod's securityContext.seccompProfile ---------------------------------------------- */

static int
use_profile (struct loaded_config *loaded, struct report *report)
{
  struct spec_seccomp *profile = arena_new (&loaded->arena, struct spec_seccomp);
  if (spec_decode_seccomp (&loaded->profile, &loaded->arena, profile, report) < 0)
    return -1;
  spec_annotate_profile (&loaded->spec, profile);
  loaded->spec.linux_->seccomp = profile;
  loaded->spec.seccomp_document = &loaded->profile;
  return 0;
}

/* The path must stay below the root, as the API server requires of localhostProfile: a pod's author wrote it. */
static bool
descends (const char *path)
{
  return *path && *path != '/' && !path_climbs (path);
}

static uint64_t
bounding_of (const struct spec *spec, const struct host *host)
{
  const struct spec_process *process = spec->process;
  uint64_t capabilities = 0;
  for (uint32_t i = 0; process && process->capabilities && i < process->capabilities->bounding.count; i++)
    {
      int number = spec_capability (process->capabilities->bounding.items[i]);
      capabilities |= number < 0 ? 0 : 1ull << number;
    }
  return capabilities & host->known_capabilities;
}

/* A file in any of the formats, for this container: its bounding capabilities, this machine. The container keeps what
 * it came to, so that exec follows what create decided. */
static int
use_file (struct loaded_config *loaded, const struct host *host, struct error *error)
{
  struct report report = load_report (error);
  struct profile_target target;
  struct spec_seccomp *profile = arena_new (&loaded->arena, struct spec_seccomp);
  if (profile_target_here (&target, error) < 0)
    return -1;
  target.capabilities = bounding_of (&loaded->spec, host);
  if (profile_read (&loaded->profile, &target, NULL, &loaded->arena, profile, &report) < 0)
    return -1;
  spec_annotate_profile (&loaded->spec, profile);
  loaded->spec.linux_->seccomp = profile;
  loaded->spec.seccomp_document = &loaded->profile;
  loaded->profile_text = profile_json (profile, &loaded->arena, error);
  return loaded->profile_text ? 0 : -1;
}

static int
load_localhost (const struct create_options *options, const char *path, const struct host *host,
                struct loaded_config *loaded, struct error *error)
{
  char shown[150], root_shown[150];
  const char *root = options->seccomp_profile_root ? options->seccomp_profile_root : "/var/lib/kubelet/seccomp";
  if (!descends (path))
    return error_set (error, 0, "--seccomp-profile " LOCALHOST "%s is not a path below %s",
                      text_end (path, shown, sizeof shown), text_end (root, root_shown, sizeof root_shown));
  const char *file = arena_format (&loaded->arena, "%s/%s", root, path);
  const char *name = text_end (file, arena_alloc (&loaded->arena, FILE_SHOWN), FILE_SHOWN);
  if (json_load (AT_FDCWD, file, name, &loaded->arena, &loaded->profile, error) < 0)
    {
      if (error->code == ENOENT)
        error_hint (error, "the profile must be on this node, below --seccomp-profile-root");
      return -1;
    }
  return use_file (loaded, host, error);
}

static int
load_default (struct loaded_config *loaded, const struct host *host, struct error *error)
{
  struct report report = load_report (error);
  char *text = profile_default_json (bounding_of (&loaded->spec, host), NULL, &loaded->arena, error);
  if (!text)
    return -1;
  loaded->profile_text = arena_string (&loaded->arena, text);
  if (json_parse (text, strlen (text), "RuntimeDefault", &loaded->arena, &loaded->profile, error) < 0)
    return -1;
  return use_profile (loaded, &report);
}

static int
choose_profile (const struct create_options *options, const struct host *host, struct loaded_config *loaded,
                struct error *error)
{
  char shown[300];
  const char *chosen = options->seccomp_profile;
  if (strcmp (chosen, "Unconfined") == 0)
    loaded->spec.linux_->seccomp = NULL;
  else if (strcmp (chosen, "RuntimeDefault") == 0)
    return load_default (loaded, host, error);
  else if (strncmp (chosen, LOCALHOST, strlen (LOCALHOST)) == 0)
    return load_localhost (options, chosen + strlen (LOCALHOST), host, loaded, error);
  else if (strchr (chosen, '/'))
    return json_load_named (chosen, &loaded->arena, &loaded->profile, error) < 0 ? -1 : use_file (loaded, host, error);
  else
    {
      (void)error_set (error, 0, "--seccomp-profile \"%s\" is not a profile type",
                       text_end (chosen, shown, sizeof shown));
      error_hint (error, "Unconfined, RuntimeDefault, " LOCALHOST "PATH, or a file's path with a slash in it, ./FILE");
      return -1;
    }
  return 0;
}

/* ---- the decision ------------------------------------------------------------------------------------------------ */

static void
log_decision (const struct spec *spec, const struct host *host, const struct record *record)
{
  struct error line = { 0 };
  if (record->confinement == CONFINED_CONTRADICTED)
    {
      struct contradiction contradiction = privilege_contradiction (spec, host);
      (void)error_set_at (&line, contradiction.node, 0, CONTRADICTION, contradiction.text);
      json_place (spec->document, &line);
      log_warning_line (&line);
      return;
    }
  log_info ("seccomp: the profile of %s is %s: %s", record->profile,
            confinement_applies (record->confinement) ? "applied" : "not applied",
            confinement_text (record->confinement));
}

int
confine_bundle (const struct globals *globals, const struct create_options *options, const struct host *host,
                struct loaded_config *loaded, struct record *record, struct error *error)
{
  struct spec *spec = &loaded->spec;
  struct report report = load_report (error);
  record->profile = options->seccomp_profile ? options->seccomp_profile
                    : loaded->of_bundle      ? SPEC_FILE
                                             : loaded->document.name;
  record->privileged = options->privileged;
  if (options->privileged)
    privilege_grant (spec, host, &loaded->arena);
  if (options->seccomp_profile && choose_profile (options, host, loaded, error) < 0)
    return -1;
  record->confinement = privilege_decide (spec, host, globals->privileged_seccomp, options->privileged);
  log_decision (spec, host, record);
  if (!confinement_applies (record->confinement))
    {
      spec->linux_->seccomp = NULL;
      loaded->profile_text = NULL;
    }
  record->own_profile = loaded->profile_text != NULL;
  record->errno_for_newer = options->errno_for_newer;
  record->no_new_keyring = options->no_new_keyring;
  if (spec->linux_->seccomp)
    profile_check_agent_place (spec->seccomp_document, spec->linux_->seccomp, &report);
  return 0;
}

int
confine_saved (const struct record *record, int record_directory, const struct host *host, struct loaded_config *loaded,
               struct error *error)
{
  struct report report = { .error = error };
  if (record->privileged && host)
    privilege_grant (&loaded->spec, host, &loaded->arena);
  if (!confinement_applies (record->confinement))
    loaded->spec.linux_->seccomp = NULL;
  if (!record->own_profile)
    return 0;
  if (json_load (record_directory, RECORD_PROFILE, RECORD_PROFILE, &loaded->arena, &loaded->profile, error) < 0)
    return -1;
  return use_profile (loaded, &report);
}
