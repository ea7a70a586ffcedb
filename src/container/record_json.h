/*
 * The record as the text of state.json.
 */
#ifndef HUSK_CONTAINER_RECORD_JSON_H
#define HUSK_CONTAINER_RECORD_JSON_H

#include "husk/container.h"

/* One object with all of it; writer->failed when there was no memory. */
void record_write_text (struct json_writer *writer, const struct record *record);
/* Into a record that has its id. Another form than husk writes, or wrote before records had a number ("format"), is an
 * error with its place in the document. */
int record_read_text (const struct json_document *document, struct arena *arena, struct record *out,
                      struct error *error);

#endif
