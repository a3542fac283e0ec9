/* SPDX-License-Identifier: GPL-2.0-only */
/* An architecture without RDT: nothing is ever selected or read; by rdt.h only. */
#ifndef MC_RDT_NONE_H
#define MC_RDT_NONE_H

#include "counter.h"

/* Should a caller come here after all: a read that failed, never a figure. */
static inline u64 rdt_read(u32 rmid, u32 event)
{
	return QM_CTR_ERROR;
}

struct rdt_selection {
};

static inline void rdt_selection_save(struct rdt_selection *selection)
{
}

static inline void rdt_selection_restore(const struct rdt_selection *selection)
{
}

static inline void pqr_set_rmid(u32 rmid)
{
}

#endif /* MC_RDT_NONE_H */
