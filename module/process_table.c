// SPDX-License-Identifier: GPL-2.0-only
/* The processes that ran while sampling; see process_table.h. */
#include <linux/cgroup.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include "process_table.h"

const char process_kernel_threads_key;

/* Index 0 belongs to the kernel threads for good, so it ends the lists. */
static void list_push(struct process_table *table, struct process_list *list,
		      struct process *process)
{
	process->next = 0;
	if (list->tail)
		table->entries[list->tail].next = process->index;
	else
		WRITE_ONCE(list->head, process->index);
	list->tail = process->index;
}

static struct process *list_pop(struct process_table *table, struct process_list *list)
{
	struct process *process;

	if (!list->head)
		return NULL;
	process = &table->entries[list->head];
	WRITE_ONCE(list->head, process->next);
	if (!list->head)
		list->tail = 0;
	return process;
}

static void make_kernel_threads(struct process_table *table)
{
	struct process *process = &table->entries[PROCESS_KERNEL_THREADS];
	struct task_struct *kthreadd;

	process->key = &process_kernel_threads_key;
	process->pid = MC_KERNEL_THREADS_PID;
	process->state = PROCESS_LIVE;
	strscpy(process->comm, "kernel threads", sizeof(process->comm));
	rcu_read_lock();
	kthreadd = pid_task(find_pid_ns(MC_KERNEL_THREADS_PID, &init_pid_ns), PIDTYPE_PID);
	if (kthreadd)
		process->start_time_ns = kthreadd->start_time;
	rcu_read_unlock();
	hlist_add_head_rcu(&process->node, process_bucket(table, process->key));
}

int process_table_init(struct process_table *table, u32 size)
{
	u32 index;

	memset(table, 0, sizeof(*table));
	raw_spin_lock_init(&table->lock);
	table->size = clamp(size, PROCESS_TABLE_MIN, PROCESS_TABLE_MAX);
	table->bits = ilog2(roundup_pow_of_two(table->size)) + 1;
	table->entries = vzalloc(array_size(table->size, sizeof(*table->entries)));
	table->buckets = vzalloc(array_size(1u << table->bits, sizeof(*table->buckets)));
	if (!table->entries || !table->buckets) {
		process_table_destroy(table);
		return -ENOMEM;
	}
	for (index = 1; index < table->size; index++) {
		table->entries[index].index = index;
		list_push(table, &table->free, &table->entries[index]);
	}
	make_kernel_threads(table);
	return 0;
}

void process_table_destroy(struct process_table *table)
{
	vfree(table->entries);
	vfree(table->buckets);
	table->entries = NULL;
	table->buckets = NULL;
}

u64 process_cgroup_id(struct task_struct *task)
{
	u64 id;

	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(task));
	rcu_read_unlock();
	return id;
}

static void fill(struct process *process, struct task_struct *task, const void *key)
{
	struct task_struct *leader = READ_ONCE(task->group_leader);

	process->key = key;
	process->pid = task->tgid;
	process->start_time_ns = leader->start_time;
	process->ppid = rcu_dereference_check(task->real_parent, irqs_disabled())->tgid;
	process->cgroup_id = process_cgroup_id(task);
	WRITE_ONCE(process->generation, process->generation + 1);
	process->rmid = 0;
	process->drains = 0;
	process->ran_unassigned = 0;
	process->had_rmid = false;
	process->ran_soft = false;
	process->promoted = false;
	atomic_set(&process->soft_pending, 0);
	process->listed_at = 0;
	process->listed = 0;
	process->last_info_ns = 0;
	atomic64_set(&process->cpu_time_ns, 0);
	atomic64_set(&process->min_flt, 0);
	atomic64_set(&process->maj_flt, 0);
	process->rss_file_pages = 0;
	process->rss_anon_pages = 0;
	process->rss_shmem_pages = 0;
	process->swap_pages = 0;
	process_copy_comm(process->comm, leader->comm);
	/* All of it before it can be found as live. */
	smp_store_release(&process->state, PROCESS_LIVE);
}

/* An entry whose last process nobody looks at any more. */
static struct process *take_free(struct process_table *table)
{
	struct process *process = &table->entries[table->free.head];

	if (!table->free.head)
		return NULL;
	if (process->generation && !poll_state_synchronize_rcu(process->free_cookie))
		return NULL;
	return list_pop(table, &table->free);
}

struct process *process_make(struct process_table *table, struct task_struct *task,
			     const void *key)
{
	struct process *process;

	/*
	 * Only for a task that is not exiting is group_leader sure to be there:
	 * one past release_task() may be scheduled after its leader was freed.
	 * data_race: a tick may interrupt it changing its flags.
	 */
	if ((data_race(task->flags) & PF_EXITING) || !atomic_read(&task->signal->live))
		return NULL;

	raw_spin_lock(&table->lock);
	/* Another thread of it may have been first. */
	process = process_find(table, key);
	if (!process) {
		process = take_free(table);
		if (process) {
			fill(process, task, key);
			hlist_add_head_rcu(&process->node, process_bucket(table, key));
		} else {
			table->overflows++;
		}
	}
	raw_spin_unlock(&table->lock);
	return process;
}

void process_push_finished(struct process_table *table, struct process *process)
{
	unsigned long flags;

	WRITE_ONCE(process->finished_ns, ktime_get_ns());
	raw_spin_lock_irqsave(&table->lock, flags);
	list_push(table, &table->finished, process);
	raw_spin_unlock_irqrestore(&table->lock, flags);
}

struct process *process_pop_finished(struct process_table *table)
{
	struct process *process;
	unsigned long flags;

	raw_spin_lock_irqsave(&table->lock, flags);
	process = list_pop(table, &table->finished);
	raw_spin_unlock_irqrestore(&table->lock, flags);
	return process;
}

void process_free(struct process_table *table, struct process *process)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&table->lock, flags);
	hlist_del_rcu(&process->node);
	WRITE_ONCE(process->generation, process->generation + 1);
	WRITE_ONCE(process->state, PROCESS_FREE);
	process->free_cookie = get_state_synchronize_rcu();
	list_push(table, &table->free, process);
	raw_spin_unlock_irqrestore(&table->lock, flags);
}
