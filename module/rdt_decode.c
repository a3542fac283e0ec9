// SPDX-License-Identifier: GPL-2.0-only
/* What CPUID says about RDT monitoring; see rdt_decode.h. */
#include "rdt_decode.h"
#include "rmid_allocator.h"

#define INTEL_FAMILY 6
#define MODEL_BROADWELL_X 0x4f
#define MODEL_SKYLAKE_X 0x55

/* RMID 0, one for kernel threads and one for a process: less is no use. */
#define RDT_MIN_RMIDS 3

/*
 * Errata SKX99 and BDF102: the bandwidth of RMIDs above a threshold is
 * miscounted by a factor that depends on the number of cores enabled, which
 * shows in the number of RMIDs (8 a core). Row n is for (n + 1) * 8 RMIDs;
 * factors in millionths. Source: the kernel's resctrl documentation, "Intel RDT
 * Errata".
 */
static const struct {
	u32 threshold;
	u32 millionths;
} correction[] = {
	{ 7, 1000000 },   { 15, 1000000 },  { 15, 969650 },   { 31, 1000000 },
	{ 31, 1066667 },  { 31, 969650 },   { 47, 1142857 },  { 63, 1000000 },
	{ 63, 1185115 },  { 63, 1066553 },  { 79, 1454545 },  { 95, 1000000 },
	{ 95, 1230769 },  { 95, 1142857 },  { 95, 1066667 },  { 127, 1000000 },
	{ 127, 1254863 }, { 127, 1185255 }, { 151, 1000000 }, { 127, 1066667 },
	{ 167, 1000000 }, { 159, 1454334 }, { 183, 1000000 }, { 127, 969744 },
	{ 191, 1280246 }, { 191, 1230921 }, { 215, 1000000 }, { 191, 1143118 },
};

static void decode_correction(const struct rdt_cpuid *cpuid, u32 max_rmid,
			      struct rdt_features *features)
{
	u32 row = (max_rmid + 1) / 8 - 1;

	features->factor_threshold = ~0u;
	features->factor = BIT_ULL(20);
	if (cpuid->vendor != CPU_VENDOR_INTEL || cpuid->family != INTEL_FAMILY)
		return;
	if (cpuid->model != MODEL_BROADWELL_X && cpuid->model != MODEL_SKYLAKE_X)
		return;
	if (row >= ARRAY_SIZE(correction) || correction[row].millionths == 1000000)
		return;
	features->factor_threshold = correction[row].threshold;
	/* To fixed point, rounded. The product is below 2^41: 32 bit divides it. */
	features->factor = (u32)((((u64)correction[row].millionths << 20) + 500000) / 1000000u);
}

static u32 decode_width(const struct rdt_cpuid *cpuid)
{
	u32 offset = cpuid->leaf_f_1.eax & 0xff;

	/* AMD and Hygon parts that do not enumerate their width. */
	if (!offset && cpuid->vendor == CPU_VENDOR_AMD)
		offset = 20;
	if (!offset && cpuid->vendor == CPU_VENDOR_HYGON)
		offset = 8;
	/* Data is bits 61:0. */
	return 24 + offset > 62 ? 62 : 24 + offset;
}

enum rdt_verdict rdt_decode(const struct rdt_cpuid *cpuid, bool force,
			    struct rdt_features *features)
{
	u32 max_rmid;

	memset(features, 0, sizeof(*features));
	if (!(cpuid->leaf_7_0.ebx & BIT_ULL(12)) || !(cpuid->leaf_f_0.edx & BIT_ULL(1)))
		return RDT_ABSENT;
	features->occupancy = cpuid->leaf_f_1.edx & BIT_ULL(0);
	features->total = cpuid->leaf_f_1.edx & BIT_ULL(1);
	features->local = cpuid->leaf_f_1.edx & BIT_ULL(2);
	features->unit_bytes = cpuid->leaf_f_1.ebx;
	if (!(features->occupancy || features->total || features->local) || !features->unit_bytes)
		return RDT_ABSENT;

	/* The L3's own maximum; the other is over all resources. */
	max_rmid = cpuid->leaf_f_1.ecx;
	features->rmids = max_rmid >= RMID_MAX ? RMID_MAX : max_rmid + 1;
	if (features->rmids < RDT_MIN_RMIDS)
		return RDT_TOO_FEW_RMIDS;

	features->counter_bits = decode_width(cpuid);
	features->counter_mask = BIT_ULL(features->counter_bits) - 1;
	decode_correction(cpuid, max_rmid, features);
	features->unavailable_resets = cpuid->vendor == CPU_VENDOR_AMD ||
				       cpuid->vendor == CPU_VENDOR_HYGON;

	/* Errata SKX99 to SKX101: resctrl switches monitoring off up to stepping 4. */
	if (cpuid->vendor == CPU_VENDOR_INTEL && cpuid->family == INTEL_FAMILY &&
	    cpuid->model == MODEL_SKYLAKE_X && cpuid->stepping <= 4 && !force)
		return RDT_ERRATUM;
	return RDT_USABLE;
}
