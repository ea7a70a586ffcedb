/*
 * The lines that `husk plan --diff` compares: those that `husk plan` prints, and what the parent does for the plan,
 * which has no steps: the cgroup's path, namespaces, id maps, and hooks that husk runs itself. Two lines may read the
 * same and yet differ, in a filter's instructions or in the values of variables: that is in what they hide.
 */
#include "diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"

#define TEXT_MAX 65536

#define VALUES_NOTE " (values of variables differ: --show-env shows them)"
#define FILTER_NOTE " (the filters differ: husk seccomp diff shows how)"

static struct diff_line *
add_line (struct diff_lines *lines, const char *word, const char *text, origin_t origin)
{
  lines->items = arena_more (lines->arena, lines->items, lines->count, &lines->room, 64, sizeof *lines->items);
  struct diff_line *line = &lines->items[lines->count++];
  *line = (struct diff_line){ .word = word, .text = arena_string (lines->arena, text), .origin = origin };
  return line;
}

static void
hide (struct diff_lines *lines, struct diff_line *line, const char *text, const char *note)
{
  line->hidden = arena_string (lines->arena, text);
  line->hidden_size = strlen (text);
  line->note = note;
}

/* Lines of limits_print: "     WORD   TEXT". They have no places, so that equal settings are equal lines. */
static int
add_limits (struct diff_lines *lines, const struct compilation *compilation)
{
  size_t size = 0;
  auto_free char *text = NULL;
  FILE *out = open_memstream (&text, &size);
  if (!out)
    return -1;
  limits_print (&compilation->cgroup, &compilation->limits, NULL, out);
  if (fclose (out) != 0)
    return -1;
  for (char *rest = text, *line; (line = strsep (&rest, "\n")) != NULL && *line;)
    {
      line += strspn (line, " ");
      size_t length = strcspn (line, " "), end = strlen (line);
      while (end > length && line[end - 1] == ' ')
        line[--end] = '\0';
      const char *word = arena_copy (lines->arena, line, length);
      (void)add_line (lines, word, line + length + strspn (line + length, " "), 0);
    }
  return 0;
}

static void
add_step (struct diff_lines *lines, const struct step *step, char *text)
{
  step_describe (step, lines->secrets, text, TEXT_MAX);
  struct diff_line *line = add_line (lines, step_word (step->kind), text, step->origin);
  if (step->kind == STEP_EXEC)
    {
      step_describe (step, true, text, TEXT_MAX);
      hide (lines, line, text, VALUES_NOTE);
    }
  else if (step->kind == STEP_SECCOMP)
    {
      line->hidden = step->filter->program;
      line->hidden_size = (size_t)step->filter->length * 8; /* struct sock_filter */
      line->note = FILTER_NOTE;
    }
}

/* Each line of the kernel's format is shown in one. */
static void
add_known (struct diff_lines *lines, const char *word, const char *text, origin_t origin)
{
  if (!text)
    return;
  char *shown = arena_string (lines->arena, text[0] ? text : "none"), *end = shown + strlen (shown);
  while (end > shown && end[-1] == '\n')
    *--end = '\0';
  for (; *shown && end > shown; end--)
    if (end[-1] == '\n')
      end[-1] = ';';
  (void)add_line (lines, word, shown, origin);
}

/* What the parent does is described as a step that does the same. */
static void
add_parent (struct diff_lines *lines, const struct compilation *compilation, char *text)
{
  const struct plan_parent *parent = &compilation->plan->parent;
  const struct cgroup_directory *cgroup = cgroup_main (&compilation->cgroup);
  const struct step new = { .kind = STEP_UNSHARE, .number = parent->clone_flags };
  add_known (lines, "cgroup", cgroup ? cgroup->path : NULL, compilation->spec.linux_->cgroups_path.node);
  step_describe (&new, false, text, TEXT_MAX);
  (void)add_line (lines, "clone", text, compilation->spec.linux_->namespaces.node);
  for (uint32_t i = 0; i < parent->join_before_count; i++)
    add_step (
        lines,
        &(struct step){ .kind = STEP_JOIN, .origin = parent->joins_before[i].origin, .join = &parent->joins_before[i] },
        text);
  if (parent->join_user)
    add_step (lines,
              &(struct step){ .kind = STEP_JOIN, .origin = parent->join_user->origin, .join = parent->join_user },
              text);
  add_known (lines, "uid-map", parent->uid_map, parent->uid_map_origin);
  add_known (lines, "gid-map", parent->gid_map, parent->gid_map_origin);
  add_known (lines, "time-offsets", parent->time_offsets, 0);
  add_known (lines, "oom-score", parent->oom_score_adj, 0);
  if (parent->rlimits)
    add_step (lines, &(struct step){ .kind = STEP_RLIMITS, .rlimits = parent->rlimits }, text);
  if (compilation->spec.linux_->seccomp)
    add_known (lines, "seccomp-agent", compilation->spec.linux_->seccomp->listener_path.text,
               compilation->spec.linux_->seccomp->listener_path.node);
}

static void
add_words (char *text, const struct json_strings *strings, bool names)
{
  for (uint32_t i = 0; i < strings->count; i++)
    {
      size_t used = strlen (text);
      int length = names ? (int)strcspn (strings->items[i], "=") : 4096;
      (void)snprintf (text + used, TEXT_MAX - used, " %.*s", length, strings->items[i]);
    }
}

static void
add_hook (struct diff_lines *lines, const struct spec_hook *hook, uint32_t kind, char *text)
{
  (void)snprintf (text, TEXT_MAX, "%s %s", spec_hook_name (kind), hook->path.text);
  add_words (text, &hook->args, false);
  if (hook->timeout.set)
    (void)snprintf (text + strlen (text), TEXT_MAX - strlen (text), "; %lld s", (long long)hook->timeout.value);
  if (hook->env.count)
    (void)snprintf (text + strlen (text), TEXT_MAX - strlen (text), "; env");
  size_t used = strlen (text);
  add_words (text, &hook->env, !lines->secrets);
  struct diff_line *line = add_line (lines, "hook", text, hook->node);
  text[used] = '\0';
  add_words (text, &hook->env, false);
  hide (lines, line, text, VALUES_NOTE);
}

static void
add_hooks (struct diff_lines *lines, const struct spec_hooks *hooks, char *text)
{
  const spec_hook_list *lists[] = { &hooks->prestart,        &hooks->create_runtime, &hooks->create_container,
                                    &hooks->start_container, &hooks->poststart,      &hooks->poststop };
  for (uint32_t kind = 0; kind < sizeof lists / sizeof *lists; kind++)
    for (uint32_t i = 0; i < lists[kind]->count; i++)
      add_hook (lines, &lists[kind]->items[i], kind, text);
}

int
diff_lines_of (struct compiled_bundle *bundle, bool secrets, struct diff_lines *out)
{
  const struct compilation *compilation = &bundle->compilation;
  auto_free char *text = malloc (TEXT_MAX);
  *out = (struct diff_lines){ .arena = &bundle->arena, .document = &bundle->document, .secrets = secrets };
  if (!text || add_limits (out, compilation) < 0)
    return -1;
  add_parent (out, compilation, text);
  if (compilation->spec.hooks)
    add_hooks (out, compilation->spec.hooks, text);
  for (uint32_t i = 0; i < compilation->plan->step_count; i++)
    if (compilation->plan->steps[i].kind != STEP_HOOK) /* it is among the hooks, with its arguments */
      add_step (out, &compilation->plan->steps[i], text);
  return 0;
}
