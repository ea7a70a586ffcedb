/*
 * The six kinds of hooks: their table, and the check of their paths for spec_decode. `husk features` lists the kinds by
 * their index in the table (spec_hook_name), so only kinds of hooks may be added to it.
 */
#include "types.h"

#include <string.h>

static const struct json_type hook_type
    = { "a hook", sizeof (struct spec_hook),
        (const struct json_field[]){
            JSON_TEXT (struct spec_hook, "path", path, .required = true, .filled = true),
            JSON_TEXTS (struct spec_hook, "args", args),
            JSON_TEXTS (struct spec_hook, "env", env),
            JSON_INT (struct spec_hook, "timeout", timeout, .ranged = true, .minimum = 1, .maximum = 1u << 20),
            { 0 } } };

const struct json_type spec_hooks_type
    = { "hooks", sizeof (struct spec_hooks),
        (const struct json_field[]){
            JSON_LIST (struct spec_hooks, "prestart", prestart, struct spec_hook, &hook_type),
            JSON_LIST (struct spec_hooks, "createRuntime", create_runtime, struct spec_hook, &hook_type),
            JSON_LIST (struct spec_hooks, "createContainer", create_container, struct spec_hook, &hook_type),
            JSON_LIST (struct spec_hooks, "startContainer", start_container, struct spec_hook, &hook_type),
            JSON_LIST (struct spec_hooks, "poststart", poststart, struct spec_hook, &hook_type),
            JSON_LIST (struct spec_hooks, "poststop", poststop, struct spec_hook, &hook_type),
            { 0 } } };

const char *
spec_hook_name (uint32_t index)
{
  return spec_hooks_type.fields[index].key;
}

static void
check_list (struct checker *checker, const spec_hook_list *list)
{
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i].path.text && list->items[i].path.text[0] != '/')
      (void)wrong (checker, list->items[i].path.node, "\"%s\" is not an absolute path", list->items[i].path.text);
}

void
check_hooks (struct checker *checker, const struct spec_hooks *hooks)
{
  check_list (checker, &hooks->prestart);
  check_list (checker, &hooks->create_runtime);
  check_list (checker, &hooks->create_container);
  check_list (checker, &hooks->start_container);
  check_list (checker, &hooks->poststart);
  check_list (checker, &hooks->poststop);
}
