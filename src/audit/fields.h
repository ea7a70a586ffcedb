/*
 * The fields of a record, once it has been found in its line.
 */
#ifndef HUSK_AUDIT_FIELDS_H
#define HUSK_AUDIT_FIELDS_H

#include "husk/audit.h"

/* "auid=... comm=... code=0x7ffc0000", as the kernel writes it or as ausearch -i interprets it. 0, or -1: it lacks the
 * call. */
int fields_read (const char *body, struct audit_call *out);
/* `"key"="value" ...`, as the log enricher of the Security Profiles Operator writes it. */
int fields_read_enriched (const char *body, struct audit_call *out);
/* A text cut where it does not fit. */
void fields_copy (char *out, size_t size, const char *text, size_t length);

#endif
