/*
 * The record as the text of state.json.
 */
#ifndef HUSK_CONTAINER_RECORD_JSON_H
#define HUSK_CONTAINER_RECORD_JSON_H

#include "husk/container.h"

/* Writes the record as one object; writer->failed when out of memory. */
void record_write_text (struct json_writer *writer, const struct record *record);
/* Reads into a record that has its id set. Anything but the form that husk writes, or wrote before records had a
 * "format", is an error with its place in the document. */
int record_read_text (const struct json_document *document, struct arena *arena, struct record *out,
                      struct error *error);
/* Loads the file NAME and reads it in the same way. error->code: the errno if it could not be loaded. */
int record_read_file (int directory, const char *name, struct arena *arena, struct record *out, struct error *error);

#endif
