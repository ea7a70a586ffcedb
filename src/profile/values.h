/*
 * Which values a word of a system call may have: that many comparisons hold of it at once. walk.c asks for words of 32
 * bits, as filters load them, and merge.c for whole arguments.
 */
#ifndef HUSK_PROFILE_VALUES_H
#define HUSK_PROFILE_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#define COMPARISONS_MAX 1024 /* of one word */
#define CUBES_MAX 48

enum relation /* each beside its opposite: relation ^ 1 */
{
  RELATION_EQ,
  RELATION_NE,
  RELATION_LT,
  RELATION_GE,
  RELATION_LE,
  RELATION_GT,
};
struct comparison /* (word & mask) relation value */
{
  uint64_t mask, value;
  enum relation relation;
};
static inline struct comparison
comparison_opposite (struct comparison comparison)
{
  comparison.relation = (enum relation) (comparison.relation ^ 1u);
  return comparison;
}
bool comparison_holds (const struct comparison *comparison, uint64_t word);

enum values
{
  VALUES_NONE,
  VALUES_SOME,
  VALUES_UNKNOWN, /* it would take too long */
};
/* Whether a word of that many bits has a value for which all comparisons hold, and one (out may be NULL). Exact. */
enum values values_find (const struct comparison *comparisons, uint32_t count, int bits, uint64_t *out);

struct cube /* the values whose bits under mask are those of value */
{
  uint64_t mask, value;
};
/* The values for which all comparisons hold, as cubes without a value in common. The number of them, or CUBES_MAX + 1:
 * there are more, or it would take too long. */
uint32_t values_cubes (const struct comparison *comparisons, uint32_t count, int bits, struct cube out[CUBES_MAX]);

#endif
