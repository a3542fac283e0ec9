// SPDX-License-Identifier: GPL-2.0-only
/* An architecture without RDT: software mode, and the log says why. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include <linux/printk.h>

#include "collector.h"
#include "rdt.h"

bool rdt_detect(struct rdt_features *features, bool force, u32 limit)
{
	memset(features, 0, sizeof(*features));
	pr_info("no RDT monitoring on this architecture: software mode (processes, no bandwidth)\n");
	return false;
}

u64 rdt_cache_bytes(void)
{
	return 0;
}

u32 rdt_cache_id(void)
{
	return 0;
}

u32 rdt_most_cpus_of_a_cache(void)
{
	return 0;
}

bool rdt_is_sub_numa(void)
{
	return false;
}

/* No RMID is ever loaded in software mode. */
void pqr_begin(struct cpu_state *cpu)
{
}

void pqr_load(struct cpu_state *cpu, u32 rmid)
{
}

void pqr_restore(struct cpu_state *cpu)
{
}

void pqr_verify(struct cpu_state *cpu)
{
}
