/*
 * The top of config.json, and the entry points of src/spec: a whole config, exec's process, update's resources, a bare
 * profile. Each is decoded by tables and then checked, subject by subject; errors go to the report with their place.
 * Only a whole config sets checker->spec, and only a whole config or a process has an arena: check_process must not use
 * the former, check_resources and check_seccomp neither.
 */
#include "types.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct json_type root_type
    = { "root", sizeof (struct spec_root),
        (const struct json_field[]){ JSON_TEXT (struct spec_root, "path", path, .required = true, .filled = true),
                                     JSON_FLAG (struct spec_root, "readonly", readonly),
                                     { 0 } } };

const struct json_type spec_type = {
  "a config", sizeof (struct spec),
  (const struct json_field[]){ JSON_TEXT (struct spec, "ociVersion", oci_version, .required = true),
                               JSON_STRUCT (struct spec, "root", root, struct spec_root, &root_type, .required = true),
                               JSON_LIST (struct spec, "mounts", mounts, struct spec_mount, &spec_mount_type),
                               JSON_STRUCT (struct spec, "process", process, struct spec_process, &spec_process_type),
                               JSON_TEXT (struct spec, "hostname", hostname),
                               JSON_TEXT (struct spec, "domainname", domainname),
                               JSON_STRUCT (struct spec, "hooks", hooks, struct spec_hooks, &spec_hooks_type),
                               JSON_STRUCT (struct spec, "linux", linux_, struct spec_linux, &spec_linux_type,
                                            .required = true, .missing = "the program would run on the host",
                                            .remedy = "a container needs at least a mount namespace"),
                               JSON_TEXT_MAP (struct spec, "annotations", annotations),
                               JSON_UNUSED ("freebsd"),
                               JSON_UNUSED ("solaris"),
                               JSON_UNUSED ("vm"),
                               JSON_UNUSED ("windows"),
                               JSON_UNUSED ("zos"),
                               { 0 } }
};

static const char *
digits (const char *at)
{
  const char *start = at;
  while (isdigit ((unsigned char)*at))
    at++;
  return at > start && (*start != '0' || at == start + 1) ? at : NULL;
}

/* The dot-separated words of a pre-release or a build. Numbers in a pre-release have no leading zero. */
static const char *
words (const char *at, bool pre_release)
{
  static const char number[] = "0123456789";
  static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
  for (;; at++)
    {
      size_t length = strspn (at, word);
      if (length == 0 || (pre_release && length > 1 && *at == '0' && strspn (at, number) == length))
        return NULL;
      at += length;
      if (*at != '.')
        return at;
    }
}

/* SemVer 2.0.0: MAJOR.MINOR.PATCH, then optionally -pre.release, then optionally +build. */
static bool
is_version (const char *text)
{
  for (int part = 0; part < 3; part++)
    {
      text = digits (text);
      if (!text || (part < 2 && *text++ != '.'))
        return false;
    }
  if (*text == '-')
    text = words (text + 1, true);
  if (text && *text == '+')
    text = words (text + 1, false);
  return text && *text == '\0';
}

static void
check_version (struct checker *checker)
{
  const struct json_string *version = &checker->spec->oci_version;
  if (!is_version (version->text))
    (void)wrong (checker, version->node, "\"%s\" is not a version (MAJOR.MINOR.PATCH)", version->text);
  else if (strncmp (version->text, "1.", 2) != 0)
    (void)wrong (checker, version->node, "version %s of the specification is unknown: husk implements 1.x",
                 version->text);
}

static void
check_root (struct checker *checker)
{
  struct json_string *path = &checker->spec->root->path;
  if (path->text && strspn (path->text, "/.") == strlen (path->text) && path->text[0] == '/')
    (void)wrong (checker, path->node, "the host's root cannot be a container's");
  if (!path->text)
    return;
  const char *clean = spec_clean_path (path->text, checker->arena);
  path->text = path->text[0] == '/' ? clean : clean[1] ? clean + 1 : ".";
}

/* A config may be for a platform that husk does not run. If it has "linux" as well, it is for Linux. */
static int
check_platform (struct checker *checker)
{
  static const struct
  {
    const char *key, *name;
  } others[] = { { "freebsd", "FreeBSD" },
                 { "solaris", "Solaris" },
                 { "vm", "virtual machines" },
                 { "windows", "Windows" },
                 { "zos", "z/OS" } };
  if (json_member (checker->document, JSON_ROOT, "linux"))
    return 0;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    {
      origin_t node = json_member (checker->document, JSON_ROOT, others[i].key);
      if (node)
        return wrong (checker, node, "this config is for %s: husk runs Linux containers", others[i].name);
    }
  return 0;
}

int
spec_decode (const struct json_document *document, struct arena *arena, struct spec *out, struct report *report)
{
  struct checker checker = { document, out, report, arena };
  unsigned before = report->errors;
  if (check_platform (&checker) < 0)
    return -1;
  if (json_decode (document, JSON_ROOT, &spec_type, out, arena, report) < 0 && !report->each)
    return -1;
  out->document = out->seccomp_document = document;
  if (out->oci_version.text)
    check_version (&checker);
  if (out->root)
    check_root (&checker);
  if (out->process)
    check_process (&checker, out->process);
  check_mounts (&checker);
  check_annotations (&checker);
  if (out->hooks)
    check_hooks (&checker, out->hooks);
  if (out->linux_)
    check_linux (&checker);
  return report->errors > before ? -1 : 0;
}

int
spec_decode_process (const struct json_document *document, struct arena *arena, struct spec_process *out,
                     struct report *report)
{
  struct checker checker = { document, NULL, report, arena };
  if (json_decode (document, JSON_ROOT, &spec_process_type, out, arena, report) < 0)
    return -1;
  check_process (&checker, out);
  return report->errors ? -1 : 0;
}

int
spec_decode_resources (const struct json_document *document, struct arena *arena, struct spec_resources *out,
                       struct report *report)
{
  if (json_decode (document, JSON_ROOT, &spec_resources_type, out, arena, report) < 0)
    return -1;
  return spec_check_resources (document, out, report);
}

int
spec_check_resources (const struct json_document *document, const struct spec_resources *resources,
                      struct report *report)
{
  struct checker checker = { document, NULL, report, NULL };
  check_resources (&checker, resources);
  return report->errors ? -1 : 0;
}

int
spec_decode_seccomp (const struct json_document *document, struct arena *arena, struct spec_seccomp *out,
                     struct report *report)
{
  if (json_decode (document, JSON_ROOT, &spec_seccomp_type, out, arena, report) < 0)
    return -1;
  return spec_check_seccomp (document, out, report);
}

int
spec_check_seccomp (const struct json_document *document, const struct spec_seccomp *seccomp, struct report *report)
{
  struct checker checker = { document, NULL, report, NULL };
  check_seccomp (&checker, seccomp);
  return report->errors ? -1 : 0;
}

int
spec_check_id (const char *id, struct error *error)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
  size_t length = strlen (id);
  if (length >= 1 && length <= 1024 && strspn (id, letters) == length && id[0] != '-' && strcmp (id, ".") != 0
      && strcmp (id, "..") != 0)
    return 0;
  (void)error_set (error, 0, "\"%.100s\" is not a container id", id);
  error_hint (error, "1 to 1024 of A-Z a-z 0-9 _ + - . and not starting with -");
  return -1;
}
