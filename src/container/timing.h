/*
 * The report of --timing.
 */
#ifndef HUSK_CONTAINER_TIMING_H
#define HUSK_CONTAINER_TIMING_H

#include "husk/channel.h"

/* With --timing: reports what each stage of husk took, and husk-init's steps as far as the page shows them. page may be
 * NULL. */
void timing_report (const struct page *page);

#endif
