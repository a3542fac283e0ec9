// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the ticks of sync_timer.c really come: begins when loaded, and keeps the
 * time of every tick in memory that was allocated before. In debugfs, below
 * sync_timer_benchmark/:
 *
 *   status   interval, the slots that were asked for, and for each CPU what the
 *            timer itself counted as missed; the last line is `done` or `running`
 *   cpuN     once it is done: a u64 a slot, the CLOCK_MONOTONIC time in ns at
 *            which that slot's tick ran on this CPU, 0 if none did
 */
#define pr_fmt(fmt) "Memory Collector: timer benchmark: " fmt

#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "sync_timer.h"

/* From when every CPU ticks until the first slot that counts. */
#define LEAD_NS (20 * NSEC_PER_MSEC)
/* For a CPU's first tick, however loaded the machine is. */
#define PATIENCE_MS 10000
#define SLOTS_MAX (100u * 1000 * 1000)

static unsigned int interval_us = 1000;
module_param(interval_us, uint, 0444);
MODULE_PARM_DESC(interval_us, "interval in microseconds, 100 to 1000000 (default 1000)");

static unsigned int slots = 10000;
module_param(slots, uint, 0444);
MODULE_PARM_DESC(slots, "slots to record, 1 to 100000000; 8 bytes each on every CPU (default 10000)");

/* The timer's own account at a tick. */
struct account {
	u64 slot_ns;
	u64 missed;
};

struct recording {
	u64 *times;
	struct account before;	/* at the last tick before the first slot */
	struct account after;	/* at the first tick behind the last slot */
	struct debugfs_blob_wrapper blob;
};

static struct recording __percpu *recordings;
static struct sync_timer timer;
static struct dentry *folder;
static u64 interval_ns, first_slot_ns, end_slot_ns;
static struct cpumask recorded_cpus;

static enum hrtimer_restart on_tick(struct hrtimer *hrtimer)
{
	struct recording *this = this_cpu_ptr(recordings);
	u64 first_ns = smp_load_acquire(&first_slot_ns);
	struct sync_tick tick;

	sync_timer_tick(hrtimer, &timer, &tick);
	/* One that came online meanwhile has no memory. */
	if (!this->times)
		return sync_timer_pause(hrtimer, &timer);
	if (tick.slot_ns < first_ns) {
		this->before.missed = tick.missed;
		WRITE_ONCE(this->before.slot_ns, tick.slot_ns);
	} else if (tick.slot_ns < end_slot_ns) {
		this->times[div64_u64(tick.slot_ns - first_ns, interval_ns)] =
			tick.slot_ns + tick.late_ns;
	} else {
		this->after.missed = tick.missed;
		/* Pairs with the acquire in is_done(): all before it is written. */
		smp_store_release(&this->after.slot_ns, tick.slot_ns);
		return sync_timer_pause(hrtimer, &timer);
	}
	return sync_timer_restart(hrtimer, &timer);
}

static bool cpu_is_done(int cpu)
{
	return smp_load_acquire(&per_cpu_ptr(recordings, cpu)->after.slot_ns) != 0;
}

static int status_show(struct seq_file *file, void *unused)
{
	bool done = true;
	int cpu;

	seq_printf(file, "interval_ns %llu\nfirst_slot_ns %llu\nslots %u\n", interval_ns,
		   first_slot_ns, slots);
	for_each_cpu(cpu, &recorded_cpus) {
		struct recording *this = per_cpu_ptr(recordings, cpu);
		/* What does not tick is not waited for: it has no `after`. */
		bool cpu_done = cpu_is_done(cpu);

		if (!cpu_done && cpu_online(cpu))
			done = false;
		seq_printf(file, "cpu %d before_slot_ns %llu before_missed %llu after_slot_ns %llu after_missed %llu\n",
			   cpu, this->before.slot_ns, this->before.missed,
			   cpu_done ? this->after.slot_ns : 0, cpu_done ? this->after.missed : 0);
	}
	seq_puts(file, done ? "done\n" : "running\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

static void free_recordings(void)
{
	int cpu;

	for_each_cpu(cpu, &recorded_cpus)
		vfree(per_cpu_ptr(recordings, cpu)->times);
	free_percpu(recordings);
}

static int allocate_recordings(void)
{
	size_t size = array_size(slots, sizeof(u64));
	int cpu;

	recordings = alloc_percpu(struct recording);
	if (!recordings)
		return -ENOMEM;
	cpus_read_lock();
	cpumask_copy(&recorded_cpus, cpu_online_mask);
	cpus_read_unlock();
	for_each_cpu(cpu, &recorded_cpus) {
		struct recording *this = per_cpu_ptr(recordings, cpu);

		this->times = vzalloc_node(size, cpu_to_node(cpu));
		if (!this->times) {
			pr_err("no memory for %u slots of 8 bytes on each CPU: give a smaller slots=\n",
			       slots);
			free_recordings();
			return -ENOMEM;
		}
		this->blob.data = this->times;
		this->blob.size = size;
	}
	return 0;
}

static void create_files(void)
{
	char name[16];
	int cpu;

	folder = debugfs_create_dir("sync_timer_benchmark", NULL);
	debugfs_create_file("status", 0400, folder, NULL, &status_fops);
	for_each_cpu(cpu, &recorded_cpus) {
		snprintf(name, sizeof(name), "cpu%d", cpu);
		debugfs_create_blob(name, 0400, folder, &per_cpu_ptr(recordings, cpu)->blob);
	}
}

static bool all_tick(void)
{
	int cpu;

	for_each_cpu(cpu, &recorded_cpus) {
		if (!READ_ONCE(per_cpu_ptr(recordings, cpu)->before.slot_ns))
			return false;
	}
	return true;
}

/* No slot counts before every CPU was seen to tick. */
static int begin(void)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(PATIENCE_MS);
	u64 first;
	int ret;

	first_slot_ns = U64_MAX;
	ret = sync_timer_init(&timer, on_tick, interval_ns);
	if (ret)
		return ret;
	while (!all_tick()) {
		if (time_after(jiffies, deadline)) {
			sync_timer_destroy(&timer);
			return -ETIME;
		}
		msleep(1);
	}
	first = (div64_u64(ktime_get_ns() + LEAD_NS, interval_ns) + 1) * interval_ns;
	WRITE_ONCE(end_slot_ns, first + slots * interval_ns);
	/* Pairs with the acquire in on_tick(). */
	smp_store_release(&first_slot_ns, first);
	return 0;
}

static int __init sync_timer_benchmark_init(void)
{
	int ret;

	interval_ns = interval_us * (u64)NSEC_PER_USEC;
	if (interval_ns < SYNC_TIMER_MIN_INTERVAL_NS || interval_ns > SYNC_TIMER_MAX_INTERVAL_NS) {
		pr_err("interval_us=%u: must be 100 to 1000000\n", interval_us);
		return -EINVAL;
	}
	if (slots == 0 || slots > SLOTS_MAX) {
		pr_err("slots=%u: must be 1 to %u\n", slots, SLOTS_MAX);
		return -EINVAL;
	}
	ret = allocate_recordings();
	if (ret)
		return ret;
	ret = begin();
	if (ret) {
		pr_err("the timer does not start: error %d\n", ret);
		free_recordings();
		return ret;
	}
	create_files();
	return 0;
}

static void __exit sync_timer_benchmark_exit(void)
{
	debugfs_remove(folder);
	sync_timer_destroy(&timer);
	free_recordings();
}

module_init(sync_timer_benchmark_init);
module_exit(sync_timer_benchmark_exit);

MODULE_DESCRIPTION("Memory Collector: when the ticks of the synchronized timer come");
MODULE_AUTHOR("Memory Collector");
MODULE_LICENSE("GPL");
