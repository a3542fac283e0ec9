/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSRs of RDT monitoring; by rdt.h only. */
#ifndef MC_RDT_MSR_H
#define MC_RDT_MSR_H

#include <asm/msr.h>

/* By our own names: the kernel moved and renamed its own more than once. */
#define RDT_MSR_QM_EVTSEL 0xc8d
#define RDT_MSR_QM_CTR 0xc8e
#define RDT_MSR_PQR_ASSOC 0xc8f
#define RDT_PQR_RMID 0x3ffu

/*
 * Select and read. IA32_QM_CTR as it is, with its Error and Unavailable bits. Without
 * the detour by paravirt and its tracing, as all accesses of the switch and the tick.
 */
static inline u64 rdt_read(u32 rmid, u32 event)
{
	u32 low, high;

	native_wrmsr(RDT_MSR_QM_EVTSEL, event, rmid);
	native_rdmsr(RDT_MSR_QM_CTR, low, high);
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
	native_rdmsr(RDT_MSR_QM_EVTSEL, selection->low, selection->high);
}

static inline void rdt_selection_restore(const struct rdt_selection *selection)
{
	native_wrmsr(RDT_MSR_QM_EVTSEL, selection->low, selection->high);
}

/*
 * The RMID in IA32_PQR_ASSOC of this CPU; interrupts off. The write sets CLOSID too:
 * what is there now is kept, it may not be ours.
 */
static inline void pqr_set_rmid(u32 rmid)
{
	u32 low, high;

	native_rdmsr(RDT_MSR_PQR_ASSOC, low, high);
	if ((low & RDT_PQR_RMID) != rmid)
		native_wrmsr(RDT_MSR_PQR_ASSOC, (low & ~RDT_PQR_RMID) | rmid, high);
}

#endif /* MC_RDT_MSR_H */
