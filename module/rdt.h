/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDT monitoring on this machine: detection (rdt.c) and the MSRs (rdt_msr.h), or
 * the want of it on an architecture without (rdt_none.c, rdt_none.h).
 */
#ifndef MC_RDT_H
#define MC_RDT_H

#include "rdt_decode.h"
/* rdt_read() and struct rdt_selection: inline, they are in the tick. */
#ifdef CONFIG_X86
#include "rdt_msr.h"
#else
#include "rdt_none.h"
#endif

struct cpu_state;

/*
 * Decide whether the machine's RDT can be used, say so in the log, and fill in
 * *features. `limit` > 0 uses fewer RMIDs than there are.
 */
bool rdt_detect(struct rdt_features *features, bool force, u32 limit);

/* Size of an L3 in bytes. */
u64 rdt_cache_bytes(void);

/* Id of the L3 that this CPU uses; 0 where CPUID does not describe one. */
u32 rdt_cache_id(void);

/* Online CPUs that share an L3, at most. May sleep; 0 without memory. */
u32 rdt_most_cpus_of_a_cache(void);

/*
 * Sub-NUMA clustering splits an L3's RMIDs between nodes (SDM vol. 3B, "RMID
 * sharing mode"), which needs another numbering and scale: not supported yet.
 */
bool rdt_is_sub_numa(void);

/* IA32_PQR_ASSOC of this CPU; interrupts off. */
void pqr_begin(struct cpu_state *cpu);
void pqr_load(struct cpu_state *cpu, u32 rmid);
/* Put back what was there before us, if what is there now is still ours. */
void pqr_restore(struct cpu_state *cpu);
/* Once a tick: has another changed it? Then our next load writes it anew. */
void pqr_verify(struct cpu_state *cpu);

#endif /* MC_RDT_H */
