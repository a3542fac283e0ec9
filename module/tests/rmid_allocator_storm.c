// SPDX-License-Identifier: GPL-2.0-only
/* Threads on every CPU that take RMIDs from one allocator and give them back. */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "ktap.h"
#include "rmid_allocator.h"
#include "rmid_allocator_storm.h"

#define REASON 3u
#define STORM_ALLOCATIONS 2000
#define STORM_PATIENCE_MS 20000
#define HELD_MAX 8

static struct rmid_allocator *rmids;
static DEFINE_RAW_SPINLOCK(storm_lock);
static struct completion storm_go;
static atomic_t storm_collisions;
static atomic_t *storm_owners;

struct storm {
	struct task_struct *task;
	struct completion begun;
	u32 id;
	u32 allocations;
};

static void storm_free(struct storm *storm, u32 rmid)
{
	unsigned long flags;
	u32 owner = 0;

	if (atomic_cmpxchg(&storm_owners[rmid], storm->id, 0) != storm->id)
		atomic_inc(&storm_collisions);
	raw_spin_lock_irqsave(&storm_lock, flags);
	rmids->entries[rmid].used_domains = BIT_ULL(0);
	if (rmid_allocator_release(rmids, rmid, REASON) ||
	    rmid_allocator_begin_drain(rmids, rmid) != BIT_ULL(0) ||
	    !rmid_allocator_drained(rmids, rmid, 0, rmid & 1, ktime_get_ns(), &owner) ||
	    owner != storm->id)
		atomic_inc(&storm_collisions);
	rmid_allocator_settle(rmids, rmid, ktime_get_ns());
	raw_spin_unlock_irqrestore(&storm_lock, flags);
}

/* Takes and gives back; whatever it holds must be nobody else's. */
static int storm_run(void *data)
{
	struct storm *storm = data;
	unsigned long deadline = jiffies + msecs_to_jiffies(STORM_PATIENCE_MS);
	u32 held[HELD_MAX], nr = 0, rmid;
	unsigned long flags;
	u64 warm;

	complete(&storm->begun);
	wait_for_completion(&storm_go);
	while (storm->allocations < STORM_ALLOCATIONS && time_before(jiffies, deadline)) {
		raw_spin_lock_irqsave(&storm_lock, flags);
		rmid = nr < HELD_MAX ? rmid_allocator_alloc(rmids, storm->id, &warm) : 0;
		raw_spin_unlock_irqrestore(&storm_lock, flags);
		if (rmid) {
			if (atomic_cmpxchg(&storm_owners[rmid], 0, storm->id))
				atomic_inc(&storm_collisions);
			held[nr++] = rmid;
			storm->allocations++;
		} else if (nr) {
			storm_free(storm, held[--nr]);
		}
		if (nr && get_random_u32() % 3 == 0)
			storm_free(storm, held[--nr]);
		cond_resched();
	}
	while (nr)
		storm_free(storm, held[--nr]);
	return 0;
}

static void storm_start(struct ktap *ktap, struct storm *storm, u32 number, int cpu)
{
	storm->id = number + 1;
	init_completion(&storm->begun);
	storm->task = kthread_create(storm_run, storm, "rmid_storm/%u", number);
	if (IS_ERR(storm->task)) {
		ktap_failed(ktap, "no thread: error %ld", PTR_ERR(storm->task));
		storm->task = NULL;
		return;
	}
	get_task_struct(storm->task);
	kthread_bind(storm->task, cpu);
	wake_up_process(storm->task);
	/* Stopping one that never ran would skip its work. */
	wait_for_completion(&storm->begun);
}

void rmid_allocator_storm(struct ktap *ktap, struct rmid_allocator *allocator)
{
	u32 threads, i = 0, allocations = 0;
	struct storm *storms;
	int cpu;

	rmids = allocator;
	atomic_set(&storm_collisions, 0);
	init_completion(&storm_go);
	cpus_read_lock();
	threads = 2 * num_online_cpus();
	storms = kcalloc(threads, sizeof(*storms), GFP_KERNEL);
	storm_owners = kcalloc(RMID_MAX, sizeof(*storm_owners), GFP_KERNEL);
	if (!storms || !storm_owners) {
		ktap_failed(ktap, "out of memory");
		goto out;
	}
	for_each_online_cpu(cpu) {
		storm_start(ktap, &storms[i], i, cpu);
		storm_start(ktap, &storms[i + 1], i + 1, cpu);
		i += 2;
	}
	complete_all(&storm_go);
	for (i = 0; i < threads; i++) {
		if (!storms[i].task)
			continue;
		EXPECT_EQ(ktap, kthread_stop(storms[i].task), 0);
		put_task_struct(storms[i].task);
		EXPECT_EQ(ktap, storms[i].allocations, STORM_ALLOCATIONS);
		allocations += storms[i].allocations;
	}
	ktap_note(ktap, "%u threads, %u allocations of %u RMIDs", threads, allocations, rmids->size - 1);
	EXPECT_EQ(ktap, atomic_read(&storm_collisions), 0);
out:
	cpus_read_unlock();
	kfree(storm_owners);
	kfree(storms);
}
