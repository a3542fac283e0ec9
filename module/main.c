// SPDX-License-Identifier: GPL-2.0-only
/* The module: parameters, detection, and what exists while it is loaded. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include <linux/cpumask.h>
#include <linux/module.h>

#include "collector.h"
#include "dump.h"
#include "fail_step.h"
#include "listeners.h"
#include "parameters.h"
#include "procfs.h"
#include "rdt.h"
#include "resctrl_watch.h"
#include "tick_budget.h"

static unsigned int interval_us = 1000;
module_param(interval_us, uint, 0444);
MODULE_PARM_DESC(interval_us, "sampling interval in microseconds, 100 to 1000000 (default 1000)");

static char *cpus;
module_param(cpus, charp, 0444);
MODULE_PARM_DESC(cpus, "CPUs that sample, as a list (default all): leaves isolated ones alone");

static unsigned int max_processes = PROCESS_TABLE_DEFAULT;
module_param(max_processes, uint, 0444);
MODULE_PARM_DESC(max_processes, "entries of the process table (default 32768)");

static unsigned int rmid_min_free_ms = 10;
module_param(rmid_min_free_ms, uint, 0444);
MODULE_PARM_DESC(rmid_min_free_ms, "rest of a released RMID in milliseconds (default 10)");

static unsigned int rmids;
module_param(rmids, uint, 0444);
MODULE_PARM_DESC(rmids, "use only so many RMIDs, 3 at least (default 0: all)");

static unsigned int max_reads = 64;
module_param(max_reads, uint, 0444);
MODULE_PARM_DESC(max_reads, "RMIDs read per CPU and tick at most (default 64)");

static unsigned int tick_budget_us = 50;
module_param(tick_budget_us, uint, 0444);
MODULE_PARM_DESC(tick_budget_us,
		 "microseconds that a tick may keep interrupts off, 10 at least: what does not fit is next tick's; 0: no limit (default 50)");

static unsigned int sweep_ms = 1000;
module_param(sweep_ms, uint, 0444);
MODULE_PARM_DESC(sweep_ms, "idle RMIDs are read this often, 10 to 3000 (default 1000)");

static unsigned int soft_switches = 64;
module_param(soft_switches, uint, 0444);
MODULE_PARM_DESC(soft_switches,
		 "context switches per CPU and slot at which a soft RMID is read, at most; past them a process without an RMID is unattributed; 0: no soft RMIDs (default 64)");

static unsigned int occupancy_threshold;
module_param(occupancy_threshold, uint, 0444);
MODULE_PARM_DESC(occupancy_threshold,
		 "bytes of cache under which a released RMID is cold (default 0: cache size / RMIDs)");

static bool force;
module_param(force, bool, 0444);
MODULE_PARM_DESC(force, "use RDT on models where the kernel disables it for errata");

static unsigned int abi_version = MC_ABI_VERSION;
module_param(abi_version, uint, 0444);
MODULE_PARM_DESC(abi_version, "read only: version of the event layout");

u32 parameter_max_processes(void)
{
	return max_processes;
}

u64 parameter_rmid_min_free_ns(void)
{
	return rmid_min_free_ms * (u64)NSEC_PER_MSEC;
}

static int apply_parameters(void)
{
	u64 interval_ns = interval_us * (u64)NSEC_PER_USEC;

	abi_version = MC_ABI_VERSION;
	if (interval_ns < SYNC_TIMER_MIN_INTERVAL_NS || interval_ns > SYNC_TIMER_MAX_INTERVAL_NS) {
		pr_err("interval_us=%u: must be 100 to 1000000\n", interval_us);
		return -EINVAL;
	}
	if (sweep_ms < 10 || sweep_ms > 3000) {
		pr_err("sweep_ms=%u: must be 10 to 3000 (a 24-bit counter can wrap in 3.7 s)\n",
		       sweep_ms);
		return -EINVAL;
	}
	if (max_reads == 0) {
		pr_err("max_reads=0: must be at least 1\n");
		return -EINVAL;
	}
	if (tick_budget_us && tick_budget_us < 10) {
		pr_err("tick_budget_us=%u: must be at least 10, or 0 for no limit\n",
		       tick_budget_us);
		return -EINVAL;
	}
	cpumask_copy(&collector.cpus, cpu_possible_mask);
	if (cpus && (cpulist_parse(cpus, &collector.cpus) ||
		     !cpumask_intersects(&collector.cpus, cpu_possible_mask))) {
		pr_err("cpus=%s: not a list of CPUs of this machine, such as 0-3,8\n", cpus);
		return -EINVAL;
	}
	collector.interval_ns = interval_ns;
	collector.max_reads = max_reads;
	tick_budget_set(tick_budget_us);
	collector.soft_switches = soft_switches;
	collector.sweep_ns = sweep_ms * (u64)NSEC_PER_MSEC;
	collector.rdt_usable = rdt_detect(&collector.rdt, force, rmids);
	if (collector.rdt_usable)
		collector.occupancy_threshold =
			occupancy_threshold ?: div_u64(rdt_cache_bytes(), collector.rdt.rmids);
	return 0;
}

static int handle(enum command command)
{
	switch (command) {
	case COMMAND_DUMP:
		return dump();
	}
	return -EINVAL;
}

static int __init collector_init(void)
{
	int ret;

	ret = fail_step("parameters") ?: apply_parameters();
	if (ret)
		return ret;
	resctrl_watch_init();
	ret = fail_step("procfs") ?: procfs_init(MC_PROC_NAME, handle);
	if (ret) {
		pr_err("cannot create /proc/" MC_PROC_NAME ": error %d\n", ret);
		resctrl_watch_exit();
		return ret;
	}
	if (collector.rdt_usable && resctrl_mounted())
		pr_info("resctrl is mounted: it keeps the RMIDs, no bandwidth until it is unmounted\n");
	pr_info("loaded, a sample every %u us while an event of %s is enabled\n", interval_us,
		MC_TRACE_SYSTEM);
	/* Last: whoever enabled an event while we were loading is served from here on. */
	listeners_open();
	return 0;
}

static void __exit collector_exit(void)
{
	procfs_exit();
	listeners_shutdown();
	resctrl_watch_exit();
	pr_info("unloaded\n");
}

module_init(collector_init);
module_exit(collector_exit);

MODULE_DESCRIPTION("Memory Collector: synchronized sampling of memory bandwidth, cache and memory per process");
MODULE_AUTHOR("Memory Collector");
MODULE_LICENSE("GPL");
