/*
 * Regular expressions: each is evaluated as the C library's engine evaluates it, for expressions made at random of all
 * that there is, and what is wrong is found at its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/expression.h"

#define EXPRESSIONS 20000
#define TEXTS 12
#define DEPTH 3

static uint32_t state = 20261130;

static unsigned
below (unsigned limit)
{
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % limit;
}

static void
append (char *out, const char *text)
{
  (void)strcat (out, text);
}

/* Few letters, so that texts match. Anchors in groups are left out: glibc is wrong about some that are repeated, as in
 * (a$){2} of "aa". test_anchors_in_repetitions has some. */
static void
make_alternatives (char *out, unsigned depth)
{
  static const char *const atoms[] = {
    "a", "b", "c", "-", ".", "[ab]", "[^a]", "[a-b-]", "[]c]", "[[:alpha:]]", "[^[:digit:]b]", "\\.", "\\-", "1"
  };
  static const char *const counts[] = { "*", "+", "?", "{2}", "{1,}", "{0,2}", "{0}" };
  unsigned parts = below (4);
  for (unsigned i = 0; i < parts; i++)
    {
      if (depth && below (4) == 0)
        {
          append (out, "(");
          make_alternatives (out, depth - 1);
          append (out, ")");
        }
      else if (depth == DEPTH && below (8) == 0)
        {
          append (out, below (2) ? "^" : "$");
          continue;
        }
      else
        append (out, atoms[below (sizeof atoms / sizeof *atoms)]);
      if (below (3) == 0)
        append (out, counts[below (sizeof counts / sizeof *counts)]);
    }
  if (depth && below (3) == 0)
    {
      append (out, "|");
      make_alternatives (out, depth - 1);
    }
}

static void
test_as_the_library (void **unused)
{
  static const char letters[] = "abc-.1Z";
  unsigned matched = 0;
  size_t column;
  (void)unused;
  for (unsigned i = 0; i < EXPRESSIONS; i++)
    {
      char expression[4096] = "";
      regex_t library;
      make_alternatives (expression, DEPTH);
      if (regcomp (&library, expression, REG_EXTENDED | REG_NOSUB) != 0)
        continue;
      if (expression_fault (expression, &column))
        fail_msg ("%s: %s", expression, expression_fault (expression, &column));
      for (unsigned j = 0; j < TEXTS; j++)
        {
          char text[8] = "";
          unsigned length = below (7);
          for (unsigned k = 0; k < length; k++)
            text[k] = letters[below (sizeof letters - 1)];
          bool wanted = regexec (&library, text, 0, NULL, 0) == 0;
          if (expression_matches (expression, text) != wanted)
            fail_msg ("\"%s\" on \"%s\": expected %d", expression, text, wanted);
          matched += wanted;
        }
      regfree (&library);
    }
  assert_true (matched > EXPRESSIONS && matched < EXPRESSIONS * (TEXTS - 1));
}

static void
test_anchors_in_repetitions (void **unused)
{
  (void)unused;
  assert_true (expression_matches ("^(web|db)[0-9]+$", "web12"));
  assert_false (expression_matches ("^(web|db)[0-9]+$", "web12x"));
  assert_true (expression_matches ("(^a|b$)+", "ab"));
  assert_false (expression_matches ("(^a|b$)+", "ba"));
  assert_false (expression_matches ("(a$){2}", "aa"));
  assert_true (expression_matches ("(a$){1,2}", "aa"));
  assert_true (expression_matches ("^(a|ab)(c|bcd)$", "abcd"));
}

/* An engine that backtracks would need more than a lifetime for the first; the second repeats what is empty. */
static void
test_long (void **unused)
{
  char text[EXPRESSION_TEXT_MAX + 2];
  (void)unused;
  memset (text, 'a', sizeof text);
  text[EXPRESSION_TEXT_MAX] = '\0';
  assert_false (expression_matches ("^(a*)*(a|aa)*b$", text));
  assert_true (expression_matches ("^((a?){255}){200}$", text));
  assert_false (expression_matches ("^(((a{255}){255}){255}){255}$", text));
  assert_true (expression_matches ("^a+$", text));
}

static void
test_faults (void **unused)
{
  static const struct
  {
    const char *expression, *fault;
    size_t column;
  } faults[] = {
    { "a(b", "( without )", 2 },
    { "ab)", ") without (", 3 },
    { "a[bc", "[ without ]", 2 },
    { "[]", "[ without ]", 1 },
    { "[z-a]", "reversed", 4 + 1 },
    { "[[:word:]]", "class", 2 },
    { "[[.a.]]", "class", 2 },
    { "*a", "repeat", 1 },
    { "a|+", "repeat", 3 },
    { "a+?", "repeat", 3 },
    { "a{256}", "255", 3 },
    { "a{x}", "255", 3 },
    { "a{,2}", "255", 3 },
    { "a{3,2}", "{m,n}", 6 },
    { "a{2", "{m,n}", 4 },
    { "a\\", "\\ must", 2 },
    { "\\w", "\\ must", 1 },
    { "((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))", "deep", 34 },
  };
  (void)unused;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    {
      size_t column = 0;
      const char *fault = expression_fault (faults[i].expression, &column);
      if (!fault || !strstr (fault, faults[i].fault) || column != faults[i].column)
        fail_msg ("%s: %s at %zu", faults[i].expression, fault ? fault : "no fault", column);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_as_the_library),
    cmocka_unit_test (test_anchors_in_repetitions),
    cmocka_unit_test (test_long),
    cmocka_unit_test (test_faults),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
