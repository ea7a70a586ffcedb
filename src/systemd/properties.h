/*
 * Properties in a call: appended, and left out one by one when systemd is too old for them.
 */
#ifndef HUSK_SYSTEMD_PROPERTIES_H
#define HUSK_SYSTEMD_PROPERTIES_H

#include <systemd/sd-bus.h>

#include "request.h"

/* Appends a(sv): those of own, then the request's that are not left out. 0, or -1. */
int properties_append (sd_bus_message *call, struct unit_request *request, const struct property *own, size_t own_count,
                       struct error *error);
/* For a property that systemd has refused. true: it is optional, is left out from now on, and the call can be tried
 * again. false: request->refused names it, if it is one of the request's. */
bool properties_do_without (struct unit_request *request, struct property *own, size_t own_count,
                            const sd_bus_error *said);

#endif
