/*
 * What is compared of a compiled bundle: a list of lines (diff_lines.c), compared in their order (diff.c).
 */
#ifndef HUSK_PLAN_DIFF_H
#define HUSK_PLAN_DIFF_H

#include "husk/compile.h"

struct diff_line
{
  const char *word, *text; /* as they are printed */
  const void *hidden;      /* compared too, but not printed; or NULL */
  size_t hidden_size;
  const char *note; /* printed if only what is hidden differs */
  origin_t origin;
};
struct diff_lines
{
  struct arena *arena;
  const struct json_document *document;
  struct diff_line *items;
  uint32_t count, room;
  bool secrets;
};

/* Everything that the bundle compiles to. Lines are in its arena. 0 or -1 with errno. */
int diff_lines_of (struct compiled_bundle *bundle, bool secrets, struct diff_lines *out);

#endif
