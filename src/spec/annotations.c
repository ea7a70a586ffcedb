/*
 * The values of the annotations that change what husk does. What they change is decided where the subject is; here a
 * value that means nothing is found, so that it is an error of the config, with its place, before anything is made.
 */
#include "types.h"

#include <string.h>

static void
check_privilege (struct checker *checker, const struct json_pair *pair)
{
  if (strcmp (pair->value, "true") != 0 && strcmp (pair->value, "false") != 0)
    warn (checker, pair->node, "write \"true\" or \"false\"", "%s is \"%.40s\": read as \"false\"", pair->key,
          pair->value);
}

static void
check_file (struct checker *checker, const struct json_pair *pair)
{
  if (!*pair->value)
    (void)wrong (checker, pair->node, "%s needs the name of a file", pair->key);
}

/* crun takes anything but "0" for "1", so "false" would turn it on. */
static void
check_unknown_call (struct checker *checker, const struct json_pair *pair)
{
  if (strcmp (pair->value, "0") != 0 && strcmp (pair->value, "1") != 0 && strcmp (pair->value, "true") != 0)
    (void)wrong (checker, pair->node, "%s is \"%.40s\", must be \"1\" or \"0\"", pair->key, pair->value);
}

const struct json_name spec_mount_contexts[]
    = { { "context", 0 }, { "fscontext", 0 }, { "defcontext", 0 }, { "rootcontext", 0 }, { NULL, 0 } };

static void
check_context (struct checker *checker, const struct json_pair *pair)
{
  for (const struct json_name *name = spec_mount_contexts; name->text; name++)
    if (strcmp (pair->value, name->text) == 0)
      return;
  (void)wrong (checker, pair->node, "%s is \"%.40s\", must be context, fscontext, defcontext or rootcontext", pair->key,
               pair->value);
}

static const struct
{
  const char *key;
  void (*check) (struct checker *checker, const struct json_pair *pair);
} known[] = {
  { PRIVILEGE_ANNOTATION, check_privilege },   { UNKNOWN_CALL_ANNOTATION, check_unknown_call },
  { MOUNT_CONTEXT_ANNOTATION, check_context }, { HOOKS_STDOUT_ANNOTATION, check_file },
  { HOOKS_STDERR_ANNOTATION, check_file },
};

void
spec_annotate_profile (const struct spec *spec, struct spec_seccomp *profile)
{
  const struct json_pair *pair = json_pair_of (&spec->annotations, UNKNOWN_CALL_ANNOTATION);
  profile->refuse_unknown = pair && strcmp (pair->value, "0") != 0;
}

void
check_annotations (struct checker *checker)
{
  const struct json_pairs *annotations = &checker->spec->annotations;
  for (uint32_t i = 0; i < annotations->count; i++)
    if (annotations->items[i].key[0] == '\0')
      (void)wrong (checker, annotations->items[i].node, "the key of an annotation is empty");
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    {
      const struct json_pair *pair = json_pair_of (annotations, known[i].key);
      if (pair)
        known[i].check (checker, pair);
    }
  if (checker->spec->linux_ && checker->spec->linux_->seccomp)
    spec_annotate_profile (checker->spec, checker->spec->linux_->seccomp);
}
