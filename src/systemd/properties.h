/*
 * Properties in a call: appending them, and leaving them out one by one if systemd is too old for them.
 */
#ifndef HUSK_SYSTEMD_PROPERTIES_H
#define HUSK_SYSTEMD_PROPERTIES_H

#include <systemd/sd-bus.h>

#include "request.h"

/* Appends a(sv): those of own, then the request's that are not left out. 0, or -1. */
int properties_append (sd_bus_message *call, struct unit_request *request, const struct property *own, size_t own_count,
                       struct error *error);
/* Handles a property that systemd has refused. true: it is optional and is left out from now on, so the call can be
 * repeated. false: request->refused is its name, if it is one of the request's. */
bool properties_do_without (struct unit_request *request, struct property *own, size_t own_count,
                            const sd_bus_error *said);

#endif
