/*
 * For tests alone: the key that a husk built with -Dmutants=true forgets.
 */
#ifndef HUSK_JSON_MUTANT_H
#define HUSK_JSON_MUTANT_H

#include "husk/json.h"

/* Takes out of the document what HUSK_MUTANT names: a husk that does not know this property. tests/conformance/mutants
 * runs the property's tests with it, and they must fail. Of a build with -Dmutants=true only. */
#ifdef HUSK_MUTANTS
void mutant_forget (struct json_document *document);
#else
static inline void
mutant_forget (struct json_document *document)
{
}
#endif

#endif
