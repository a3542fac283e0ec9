/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUID says about RDT monitoring, decoded without touching a CPU:
 * SDM vol. 3B, 18.18.3 to 18.18.5; AMD's PQOS extensions (publication 56375).
 */
#ifndef MC_RDT_DECODE_H
#define MC_RDT_DECODE_H

#include "portable.h"

enum rdt_event {
	RDT_EVENT_OCCUPANCY = 1,
	RDT_EVENT_TOTAL = 2,
	RDT_EVENT_LOCAL = 3,
};

enum cpu_vendor {
	CPU_VENDOR_INTEL,
	CPU_VENDOR_AMD,
	CPU_VENDOR_HYGON,
	CPU_VENDOR_OTHER,
};

struct cpuid_leaf {
	u32 eax, ebx, ecx, edx;
};

/* The leaves that matter; all zero where the machine has no such leaf. */
struct rdt_cpuid {
	enum cpu_vendor vendor;
	u32 family, model, stepping;
	struct cpuid_leaf leaf_7_0;
	struct cpuid_leaf leaf_f_0;
	struct cpuid_leaf leaf_f_1;
};

struct rdt_features {
	bool occupancy, total, local;
	u32 rmids;		/* usable: 0..rmids-1 */
	u32 unit_bytes;
	u32 counter_bits;
	u64 counter_mask;
	/* Total and local of an RMID above the threshold are multiplied. */
	u32 factor_threshold;
	u64 factor;
	/* Unavailable means that the counter starts again from zero. */
	bool unavailable_resets;
};

enum rdt_verdict {
	RDT_USABLE,
	RDT_ABSENT,		/* no monitoring, or no event we know */
	RDT_ERRATUM,		/* the kernel disables this model's monitoring */
	RDT_TOO_FEW_RMIDS,
};

/* `force` accepts models whose monitoring is disabled for an erratum. */
enum rdt_verdict rdt_decode(const struct rdt_cpuid *cpuid, bool force,
			    struct rdt_features *features);

static inline u64 rdt_factor(const struct rdt_features *features, u32 rmid)
{
	return rmid > features->factor_threshold ? features->factor : BIT_ULL(20);
}

#endif /* MC_RDT_DECODE_H */
