/*
 * What the fuzz targets share: a property that does not hold ends the target, which libFuzzer reports as a finding.
 */
#ifndef HUSK_FUZZ_MUST_H
#define HUSK_FUZZ_MUST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static inline void
must (bool holds)
{
  if (!holds)
    abort ();
}

#endif
