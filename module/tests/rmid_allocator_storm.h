/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MC_RMID_ALLOCATOR_STORM_H
#define MC_RMID_ALLOCATOR_STORM_H

struct ktap;
struct rmid_allocator;

/*
 * Two threads a CPU, under a lock as callers of the allocator hold it: together
 * they want more RMIDs than there are, and no RMID may have two owners.
 */
void rmid_allocator_storm(struct ktap *ktap, struct rmid_allocator *allocator);

#endif /* MC_RMID_ALLOCATOR_STORM_H */
