/*
 * The hooks that husk-init runs, createContainer and startContainer, as steps; plan.c determines their places. husk
 * runs all others (src/container/hooks.c). husk-init cannot write JSON, so the state that a hook reads is made here, in
 * two halves, and husk-init puts its pid between them. The plan has copies of all strings, including the caller's
 * environment.
 */
#include "builder.h"

#include <string.h>
#include <unistd.h>

#include "husk/program.h"

/* The state that a hook in the container reads, in two parts around the pid: config.md requires the pid as the
 * container sees it. */
static void
state_text (struct builder *builder, const char *status, struct plan_hook *out)
{
  struct json_writer writer;
  size_t size;
  if (json_write_open (&writer, false) < 0)
    {
      (void)wrong (builder, 0, "out of memory for the state that hooks read");
      return;
    }
  json_write_object (&writer, NULL);
  json_write_string (&writer, "ociVersion", SPEC_VERSION);
  json_write_string (&writer, "id", builder->options->id);
  json_write_string (&writer, "status", status);
  json_write_string (&writer, "bundle", builder->options->bundle);
  json_write_object (&writer, "annotations");
  for (uint32_t i = 0; i < builder->spec->annotations.count; i++)
    json_write_string (&writer, builder->spec->annotations.items[i].key, builder->spec->annotations.items[i].value);
  json_write_object_end (&writer);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, &size);
  if (writer.failed)
    (void)wrong (builder, 0, "out of memory for the state that hooks read");
  out->state_before = arena_format (builder->arena, "%.*s,\"pid\":", (int)size - 1, text);
  out->state_after = keep (builder, "}");
  json_write_close (&writer);
}

/* For a createContainer hook without "env": a host program gets husk's environment. (A startContainer hook, from the
 * image, gets the container's.) */
static char **
callers_environment (struct builder *builder)
{
  struct json_strings all = { .items = (const char **)environ };
  while (environ && environ[all.count])
    all.count++;
  return builder_strings (builder, &all, 0);
}

void
plan_hooks (struct builder *builder, const spec_hook_list *hooks, const char *kind)
{
  bool starting = strcmp (kind, "startContainer") == 0;
  for (uint32_t i = 0; i < hooks->count; i++)
    {
      const struct spec_hook *hook = &hooks->items[i];
      struct step *step = builder_step (builder, STEP_HOOK, hook->node);
      struct plan_hook *out = step->hook = arena_new (builder->arena, struct plan_hook);
      out->path = keep (builder, hook->path.text);
      out->argv = builder_strings (builder, &hook->args, 1);
      if (hook->args.count == 0)
        out->argv[0] = keep (builder, hook->path.text);
      out->envp = hook->env.set ? builder_strings (builder, &hook->env, 0)

                  : starting && builder->spec->process ? builder_strings (builder, &builder->spec->process->env, 0)
                                                       : callers_environment (builder);
      struct program_excess excess;
      if (program_excess (out->argv, out->envp, &excess))
        out->excess = keep (builder, excess.text);
      out->timeout = (int32_t)hook->timeout.value;
      out->kind = keep (builder, kind);
      out->as_program = starting;
      out->index = i;
      state_text (builder, starting ? "created" : "creating", out);
    }
}
