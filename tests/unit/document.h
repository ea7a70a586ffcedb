/*
 * What the unit tests share: a text as a parsed document, in an arena that lives as long as the test program.
 */
#ifndef HUSK_TESTS_DOCUMENT_H
#define HUSK_TESTS_DOCUMENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "husk/spec.h"

static struct arena test_arena;

static inline int
setup_arena (void **state)
{
  (void)state;
  return arena_open (&test_arena, 1ul << 31);
}

static inline int
parse (const char *text, struct json_document *out, struct error *error)
{
  memset (error, 0, sizeof *error);
  return json_parse (arena_string (&test_arena, text), strlen (text), "config.json", &test_arena, out, error);
}

static inline char *
read_text (const char *directory, const char *name)
{
  char path[4096];
  (void)snprintf (path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen (path, "r");
  if (!file)
    return NULL;
  char *text = calloc (1, 1u << 20);
  (void)!fread (text, 1, (1u << 20) - 1, file);
  (void)fclose (file);
  return text;
}

static inline void
expect_line (const struct error *error, const char *expected)
{
  char line[ERROR_LINE_SIZE];
  error_line (error, line, sizeof line);
  assert_string_equal (line, expected);
}

#endif
