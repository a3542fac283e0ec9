/* SPDX-License-Identifier: GPL-2.0-only */
/* RDT monitoring on this machine: detection and the MSRs. */
#ifndef MC_RDT_H
#define MC_RDT_H

#include <asm/msr.h>

#include "rdt_decode.h"

/* By our own names: the kernel moved and renamed its own more than once. */
#define RDT_MSR_QM_EVTSEL 0xc8d
#define RDT_MSR_QM_CTR 0xc8e
#define RDT_MSR_PQR_ASSOC 0xc8f
#define RDT_PQR_RMID 0x3ffu

struct cpu_state;

/*
 * Decide whether the machine's RDT can be used, say so in the log, and fill in
 * *features. `limit` > 0 uses fewer RMIDs than there are.
 */
bool rdt_detect(struct rdt_features *features, bool force, u32 limit);

/* Id of the L3 that this CPU uses; 0 where CPUID does not describe one. */
u32 rdt_cache_id(void);

/*
 * Sub-NUMA clustering splits an L3's RMIDs between nodes (SDM vol. 3B, "RMID
 * sharing mode"), which needs another numbering and scale: not supported yet.
 */
bool rdt_is_sub_numa(void);

/* Select and read. IA32_QM_CTR as it is, with its Error and Unavailable bits. */
static inline u64 rdt_read(u32 rmid, u32 event)
{
	u32 low, high;

	wrmsr(RDT_MSR_QM_EVTSEL, event, rmid);
	rdmsr(RDT_MSR_QM_CTR, low, high);
	return (u64)high << 32 | low;
}

/*
 * Someone else (resctrl's own handlers, a tool through /dev/cpu) may have been
 * interrupted between selecting and reading.
 */
struct rdt_selection {
	u32 low, high;
};

static inline void rdt_selection_save(struct rdt_selection *selection)
{
	rdmsr(RDT_MSR_QM_EVTSEL, selection->low, selection->high);
}

static inline void rdt_selection_restore(const struct rdt_selection *selection)
{
	wrmsr(RDT_MSR_QM_EVTSEL, selection->low, selection->high);
}

/*
 * The RMID in IA32_PQR_ASSOC of this CPU; interrupts off. The write sets CLOSID too:
 * what is there now is kept, it may not be ours. Without the detour by paravirt and
 * its tracing: once in every switch between processes.
 */
static inline void pqr_set_rmid(u32 rmid)
{
	u32 low, high;

	native_rdmsr(RDT_MSR_PQR_ASSOC, low, high);
	if ((low & RDT_PQR_RMID) != rmid)
		native_wrmsr(RDT_MSR_PQR_ASSOC, (low & ~RDT_PQR_RMID) | rmid, high);
}

/* IA32_PQR_ASSOC of this CPU; interrupts off. */
void pqr_begin(struct cpu_state *cpu);
void pqr_load(struct cpu_state *cpu, u32 rmid);
/* Put back what was there before us, if what is there now is still ours. */
void pqr_restore(struct cpu_state *cpu);
/* Once a tick: has another changed it? Then our next load writes it anew. */
void pqr_verify(struct cpu_state *cpu);

#endif /* MC_RDT_H */
