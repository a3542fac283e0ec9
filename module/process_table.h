/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes (thread groups) that ran while sampling: preallocated entries
 * in a hash keyed by the thread group's signal_struct. That pointer is pinned by
 * every task of the group and survives an exec by a thread that is not the
 * leader, which the leader does not.
 *
 * An entry found by the hash stays valid until the caller enables interrupts:
 * entries are given out again only after an RCU grace period.
 */
#ifndef MC_PROCESS_TABLE_H
#define MC_PROCESS_TABLE_H

#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <memory_collector/abi.h>

#include "compat/compat.h"

#define PROCESS_TABLE_MIN 1024u
#define PROCESS_TABLE_DEFAULT 32768u
#define PROCESS_TABLE_MAX (1u << 22)

/* The shared entry of all kernel threads. */
#define PROCESS_KERNEL_THREADS 0u

enum process_state {
	PROCESS_FREE,
	PROCESS_LIVE,
	PROCESS_DEAD,		/* signal->live is 0, still loaded on some CPU */
	PROCESS_FINISHING,	/* loaded nowhere; its last bytes are being read */
	PROCESS_FINISHED,	/* in the finished list */
};

struct process {
	struct hlist_node node;
	const void *key;
	u64 start_time_ns;
	u64 cgroup_id;
	u32 pid;
	u32 ppid;
	u32 index;
	u32 generation;		/* changes when the entry gets another process */
	u32 state;		/* enum process_state */
	u32 rmid;		/* 0: none. Changed under the RMID lock */
	u32 drains;		/* RMIDs of it still draining, under the RMID lock */
	u32 ran_unassigned;	/* since its last process_sample */
	bool had_rmid;
	bool ran_soft;		/* ever */
	bool promoted;		/* is to have the next free RMID */
	atomic_t soft_pending;	/* CPUs that have read bytes of it and not charged them */
	u32 listed_at;		/* in some CPU's list */
	u64 listed;		/* CPU and list that have it already, see list_number */
	u64 last_info_ns;
	u64 finished_ns;	/* when all was known of it */
	atomic64_t cpu_time_ns;
	atomic64_t min_flt;
	atomic64_t maj_flt;
	s64 rss_file_pages;	/* as the kernel keeps them: may be below 0, see process_pages() */
	s64 rss_anon_pages;
	s64 rss_shmem_pages;
	s64 swap_pages;
	u32 next;		/* in the free or the finished list */
	unsigned long free_cookie;
	char comm[MC_COMM_LEN];
};

struct process_list {
	u32 head;
	u32 tail;
};

struct process_table {
	raw_spinlock_t lock;
	struct process *entries;
	struct hlist_head *buckets;
	u32 bits;
	u32 size;
	struct process_list free;
	struct process_list finished;	/* await their process_exit event */
	u64 overflows;			/* processes that found no entry */
};

int process_table_init(struct process_table *table, u32 size);
void process_table_destroy(struct process_table *table);

/* Its address is the key of all kernel threads. */
extern const char process_kernel_threads_key;

/*
 * The key of a task's process; NULL for the idle task. Inline: once a switch.
 * data_race: the tick may have interrupted the task changing another of its flags.
 */
static inline const void *process_key(const struct task_struct *task)
{
	if (likely(!(data_race(task->flags) & PF_KTHREAD)))
		return task->signal;
	return data_race(is_idle_task(task)) ? NULL : &process_kernel_threads_key;
}

static inline struct hlist_head *process_bucket(struct process_table *table, const void *key)
{
	return &table->buckets[hash_ptr(key, table->bits)];
}

/* Interrupts off. NULL if it has no entry or is dead. */
static inline struct process *process_find(struct process_table *table, const void *key)
{
	struct process *process;

	hlist_for_each_entry_rcu(process, process_bucket(table, key), node,
				 lockdep_is_held(&table->lock) || irqs_disabled()) {
		/* A dead one's signal_struct may already be another process's. */
		if (process->key == key && READ_ONCE(process->state) == PROCESS_LIVE)
			return process;
	}
	return NULL;
}

struct process *process_make(struct process_table *table, struct task_struct *task,
			     const void *key);

/*
 * Find or make the entry of the process of `task`, which runs or is about to.
 * NULL for a task on its way out, or if the table is full. Interrupts off.
 */
static inline struct process *process_get(struct process_table *table, struct task_struct *task,
					  const void *key)
{
	struct process *process = process_find(table, key);

	return likely(process) ? process : process_make(table, task, key);
}

/* RSS and swap of a process from its mm; NULL (exiting, kernel) keeps the last. */
static inline void process_take_mm(struct process *process, struct mm_struct *mm)
{
	if (!mm)
		return;
	WRITE_ONCE(process->rss_file_pages, compat_mm_counter(mm, MM_FILEPAGES));
	WRITE_ONCE(process->rss_anon_pages, compat_mm_counter(mm, MM_ANONPAGES));
	WRITE_ONCE(process->rss_shmem_pages, compat_mm_counter(mm, MM_SHMEMPAGES));
	WRITE_ONCE(process->swap_pages, compat_mm_counter(mm, MM_SWAPENTS));
}

static inline u64 process_pages(const s64 *counter)
{
	return max_t(s64, READ_ONCE(*counter), 0);
}

/*
 * A process's name, from its task or into an event. data_race: it may change just now;
 * a name read half old, half new is followed by another process_info.
 */
static inline void process_copy_comm(char *to, const char *from)
{
	data_race(memcpy(to, from, MC_COMM_LEN - 1));
	to[MC_COMM_LEN - 1] = '\0';
}

/* Queue for its last event; and take one to emit it (NULL if there is none). */
void process_push_finished(struct process_table *table, struct process *process);
struct process *process_pop_finished(struct process_table *table);
static inline bool process_any_finished(const struct process_table *table)
{
	return READ_ONCE(table->finished.head) != 0;
}

/* When the one waiting longest was finished; U64_MAX: none waits. Interrupts off. */
static inline u64 process_finished_since(const struct process_table *table)
{
	u32 head = READ_ONCE(table->finished.head);

	return head ? READ_ONCE(table->entries[head].finished_ns) : U64_MAX;
}

/* The entry's process is over; another may have it after a grace period. */
void process_free(struct process_table *table, struct process *process);

/* cgroup v2 id of a task. RCU read side (interrupts off is enough). */
u64 process_cgroup_id(struct task_struct *task);

#endif /* MC_PROCESS_TABLE_H */
