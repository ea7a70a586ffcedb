/*
 * A plan as text without places, which depend on the spelling: equal texts are equal plans.
 */
#ifndef HUSK_TESTS_DUMP_H
#define HUSK_TESTS_DUMP_H

#include <stdlib.h>

#include "husk/compile.h"

static inline void
dump_mount (const struct plan_mount *mount, FILE *out)
{
  (void)fprintf (out, "  %d%d%d%d%d%d%d%d %llx-%llx %llx-%llx %llx\n", mount->bind_recursive, mount->remount,
                 mount->superblock_readonly, mount->copy_up, mount->mode_of_directory, mount->in_proc,
                 mount->no_symlink, mount->proc_root, (unsigned long long)mount->set, (unsigned long long)mount->clear,
                 (unsigned long long)mount->recursive_set, (unsigned long long)mount->recursive_clear,
                 (unsigned long long)mount->propagation);
  for (uint32_t i = 0; i < mount->option_count; i++)
    (void)fprintf (out, "  %s=%s\n", mount->options[i].key, mount->options[i].value ? mount->options[i].value : "");
}

static inline char *
dump_plan (struct plan *plan, const struct json_document *document)
{
  char *dumped = NULL;
  size_t size = 0;
  FILE *out = open_memstream (&dumped, &size);
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      plan->steps[i].origin = 0;
      if (plan->steps[i].kind == STEP_MOUNT)
        dump_mount (plan->steps[i].mount, out);
    }
  (void)plan_print (plan, document, true, out);
  (void)fclose (out);
  return dumped;
}

#endif
