/*
 * Which values of a word satisfy many comparisons at once. walk.c asks about 32-bit words, which is what filters load,
 * and regions.c about whole arguments.
 */
#ifndef HUSK_PROFILE_VALUES_H
#define HUSK_PROFILE_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#define COMPARISONS_MAX 1024 /* of one word */
#define CUBES_MAX 48

enum relation /* the opposite of each is relation ^ 1 */
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
  VALUES_UNKNOWN, /* finding out would take too long */
};
/* Whether a word with this number of bits has a value for which all comparisons hold; *out is one (or NULL). Exact.
 * *work (or NULL) grows by the number of comparisons that were looked at. */
enum values values_find (const struct comparison *comparisons, uint32_t count, int bits, uint64_t *out, uint64_t *work);

struct cube /* the values whose bits under mask are those of value */
{
  uint64_t mask, value;
};
/* The values for which all comparisons hold, as disjoint cubes. Returns their number, or CUBES_MAX + 1 if there are
 * more or finding them would take too long. */
uint32_t values_cubes (const struct comparison *comparisons, uint32_t count, int bits, struct cube out[CUBES_MAX]);

#endif
