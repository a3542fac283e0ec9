/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets an RMID of its own when there are soft ones for the rest: those that
 * move most. A process's heat is the bytes it moved, halved every 100 ms. Newcomers
 * get RMIDs while there are more than a reserve; the reserve is for processes
 * that turn out at least twice as hot as the coldest owner, which then loses its
 * own. So an RMID does not go back and forth between two of about the same heat.
 */
#ifndef MC_RMID_BALANCE_H
#define MC_RMID_BALANCE_H

#include "collector.h"

/* Kept for processes that are promoted; nothing without soft RMIDs. */
static inline u32 rmid_balance_reserve(void)
{
	return collector.nr_soft_rmids ? min(8u, collector.rmids.size / 8) : 0;
}

/* A process was charged by a soft RMID: is it hot? Domain lock held. */
void rmid_balance_note(struct domain *domain, u32 process);

/* Promote and demote, a few at a time. Once a slot, by the tick that opens it. */
void rmid_balance(struct domain *domain, u64 slot_ns);

#endif /* MC_RMID_BALANCE_H */
