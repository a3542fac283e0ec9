// SPDX-License-Identifier: GPL-2.0-only
/* RDT monitoring on this machine: detection and the MSRs. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include <linux/cpu.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <asm/cpufeature.h>

#include "collector.h"
#include "compat/compat.h"
#include "rdt.h"

#define PQR_UNKNOWN 0xffffffffu

static struct cpuid_leaf read_leaf(u32 leaf, u32 subleaf)
{
	struct cpuid_leaf result = {};

	if (cpuid_eax(0) >= leaf)
		cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx, &result.edx);
	return result;
}

static enum cpu_vendor vendor(void)
{
	switch (boot_cpu_data.x86_vendor) {
	case X86_VENDOR_INTEL:
		return CPU_VENDOR_INTEL;
	case X86_VENDOR_AMD:
		return CPU_VENDOR_AMD;
	case X86_VENDOR_HYGON:
		return CPU_VENDOR_HYGON;
	default:
		return CPU_VENDOR_OTHER;
	}
}

/* Some hypervisors pass CPUID on but not the MSRs. */
static bool msrs_answer(void)
{
	u32 low, high;

	return !rdmsr_safe(RDT_MSR_PQR_ASSOC, &low, &high) &&
	       !rdmsr_safe(RDT_MSR_QM_EVTSEL, &low, &high) &&
	       !wrmsr_safe(RDT_MSR_QM_EVTSEL, low, high);
}

bool rdt_detect(struct rdt_features *features, bool force, u32 limit)
{
	const struct rdt_cpuid cpuid = {
		.vendor = vendor(),
		.family = boot_cpu_data.x86,
		.model = boot_cpu_data.x86_model,
		.stepping = boot_cpu_data.x86_stepping,
		.leaf_7_0 = read_leaf(7, 0),
		.leaf_f_0 = read_leaf(0xf, 0),
		.leaf_f_1 = read_leaf(0xf, 1),
	};

	switch (rdt_decode(&cpuid, force, features)) {
	case RDT_ABSENT:
		pr_info("no RDT monitoring on this CPU: software mode (processes, no bandwidth)\n");
		return false;
	case RDT_TOO_FEW_RMIDS:
		pr_info("only %u RMIDs: too few to tell processes apart, software mode\n",
			features->rmids);
		return false;
	case RDT_ERRATUM:
		pr_info("RDT monitoring of this model is disabled for errata SKX99-SKX101: software mode (force=1 uses it all the same)\n");
		return false;
	case RDT_USABLE:
		break;
	}
	if (!msrs_answer()) {
		pr_info("CPUID announces RDT but its MSRs fault (a hypervisor?): software mode\n");
		return false;
	}
	if (rdt_is_sub_numa()) {
		pr_info("sub-NUMA clustering is on (an L3 spans NUMA nodes), which is not supported yet: software mode; switch it off in the firmware to measure bandwidth\n");
		return false;
	}
	if (limit >= 3 && limit < features->rmids)
		features->rmids = limit;
	pr_info("RDT monitoring: %u RMIDs, %u-bit counters of %u bytes,%s%s%s\n", features->rmids,
		features->counter_bits, features->unit_bytes,
		features->occupancy ? " occupancy" : "", features->total ? " total" : "",
		features->local ? " local" : "");
	return true;
}

u64 rdt_cache_bytes(void)
{
	return (u64)boot_cpu_data.x86_cache_size * 1024;
}

u32 rdt_cache_id(void)
{
	bool amd = vendor() == CPU_VENDOR_AMD || vendor() == CPU_VENDOR_HYGON;
	u32 leaf = amd ? 0x8000001d : 4;
	struct cpuid_leaf cache;
	u32 subleaf, apic_id;

	if (amd ? cpuid_eax(0x80000000) < leaf : cpuid_eax(0) < leaf)
		return 0;
	apic_id = cpuid_eax(0) >= 0xb ? read_leaf(0xb, 0).edx : cpuid_ebx(1) >> 24;
	/* SDM vol. 2A, CPUID leaf 4: type 4:0, level 7:5, sharing 25:14. */
	for (subleaf = 0; subleaf < 8; subleaf++) {
		cpuid_count(leaf, subleaf, &cache.eax, &cache.ebx, &cache.ecx, &cache.edx);
		if (!(cache.eax & 0x1f))
			break;
		if (((cache.eax >> 5) & 7) == 3)
			return apic_id >> order_base_2(((cache.eax >> 14) & 0xfff) + 1);
	}
	return 0;
}

static void store_cache_id(void *ids)
{
	((u32 *)ids)[smp_processor_id()] = rdt_cache_id();
}

/* Of every online CPU; CPUs held. NULL without memory, else the caller's to kfree(). */
static u32 *cache_ids(void)
{
	u32 *ids = kcalloc(nr_cpu_ids, sizeof(*ids), GFP_KERNEL);

	if (ids)
		on_each_cpu(store_cache_id, ids, 1);
	return ids;
}

u32 rdt_most_cpus_of_a_cache(void)
{
	unsigned int cpu, other;
	u32 most = 0;
	u32 *ids;

	cpus_read_lock();
	ids = cache_ids();
	if (!ids)
		goto unlock;
	for_each_online_cpu(cpu) {
		u32 count = 0;

		for_each_online_cpu(other)
			count += ids[other] == ids[cpu];
		most = max(most, count);
	}
	kfree(ids);
unlock:
	cpus_read_unlock();
	return most;
}

bool rdt_is_sub_numa(void)
{
	unsigned int cpu, first;
	bool found = false;
	u32 *ids;

	if (vendor() != CPU_VENDOR_INTEL)
		return false;
	cpus_read_lock();
	ids = cache_ids();
	if (!ids)
		goto unlock;
	for_each_online_cpu(cpu) {
		for_each_online_cpu(first) {
			if (ids[first] == ids[cpu])
				break;
		}
		if (cpu_to_node(first) != cpu_to_node(cpu))
			found = true;
	}
	kfree(ids);
unlock:
	cpus_read_unlock();
	return found;
}

static u32 pqr_rmid_now(void)
{
	u32 low, closid;

	rdmsr(RDT_MSR_PQR_ASSOC, low, closid);
	(void)closid;
	return low & RDT_PQR_RMID;
}

void pqr_begin(struct cpu_state *cpu)
{
	cpu->saved_rmid = pqr_rmid_now();
	cpu->pqr_rmid = cpu->saved_rmid;
}

void pqr_load(struct cpu_state *cpu, u32 rmid)
{
	if (cpu->pqr_rmid == rmid)
		return;
	pqr_set_rmid(rmid);
	cpu->pqr_rmid = rmid;
}

void pqr_restore(struct cpu_state *cpu)
{
	u32 low, high;

	if (cpu->pqr_rmid == PQR_UNKNOWN || cpu->pqr_rmid == cpu->saved_rmid)
		return;
	rdmsr(RDT_MSR_PQR_ASSOC, low, high);
	if ((low & RDT_PQR_RMID) == cpu->pqr_rmid)
		wrmsr(RDT_MSR_PQR_ASSOC, (low & ~RDT_PQR_RMID) | cpu->saved_rmid, high);
	cpu->pqr_rmid = cpu->saved_rmid;
}

void pqr_verify(struct cpu_state *cpu)
{
	if (cpu->pqr_rmid == PQR_UNKNOWN || pqr_rmid_now() == cpu->pqr_rmid)
		return;
	cpu->foreign_pqr++;
	cpu->pqr_rmid = PQR_UNKNOWN;
}
