/*
 * v1's values in v2's measures. Pure.
 */
#ifndef HUSK_CGROUP_CONVERT_H
#define HUSK_CGROUP_CONVERT_H

#include <stdint.h>

/* cpu.shares (2 .. 262144) to cpu.weight (1 .. 10000), so that both ends and the defaults (1024, 100) meet: runc from
 * 1.3.2 and crun from 1.23 convert by the same formula. 0 (unset) stays 0. */
uint64_t convert_shares (uint64_t shares);
/* blkio.weight (10 .. 1000) to io.weight (1 .. 10000), in a straight line. */
uint64_t convert_block_weight (uint64_t weight);

#endif
