// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each process's memory whenever the kernel counts it anew, and so the most that
 * it held between two looks. An mm_struct is its owner's: reclaim and others change
 * it from outside, so that who runs says nothing.
 */
#include "kernel_types.h"
#include "process_key.h"
#include "rss.h"
#include "peak.h"

char program_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_rss);
} rss_of_processes SEC(".maps");

/* Changes by what became of them; by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MC_BPF_RSS_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} rss_counts SEC(".maps");

static int count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&rss_counts, &which);

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}

static __u64 held(const struct mc_bpf_rss *rss)
{
	return rss->pages[MM_FILEPAGES] + rss->pages[MM_ANONPAGES] + rss->pages[MM_SHMEMPAGES];
}

/* All of an mm_struct that was not the process's until now. */
static __noinline int begin(struct mm_struct *mm, const struct mc_bpf_process *key)
{
	struct mc_bpf_rss fresh = {.mm = (__u64)mm};

	if (!key)
		return -1;
	read_rss(mm, fresh.pages);
	fresh.peak.interval = interval;
	fresh.peak.most = fresh.peak.most_before = held(&fresh);
	return bpf_map_update_elem(&rss_of_processes, key, &fresh, BPF_NOEXIST);
}

/* Who is charged: a process whose mm_struct it is. One that forks or executes sets up
 * another's or its next one, which is counted as a whole when it is in use. */
static __always_inline struct task_struct *owner_of(struct mm_struct *mm)
{
	struct mm_struct___owned *owned = (void *)mm;
	struct task_struct *owner;

	/* Read without a helper for each field: the verifier knows all these types. */
	if (bpf_core_field_exists(owned->owner))
		owner = owned->owner;
	else if (tells_current_task())
		owner = bpf_get_current_task_btf();
	else
		return 0;
	if (!owner || owner->mm != mm || owner->flags & PF_KTHREAD)
		return 0;
	return owner;
}

SEC("tp_btf/rss_stat")
int BPF_PROG(rss_changes, struct mm_struct *mm, int member)
{
	struct task_struct *owner = owner_of(mm);
	struct mc_bpf_process key;
	struct mc_bpf_rss *rss;
	__u64 before, after;

	if (!owner)
		return count(MC_BPF_RSS_OWNERLESS);
	key = process_of_known(owner);
	rss = bpf_map_lookup_elem(&rss_of_processes, &key);
	if (!rss)
		return count(begin(mm, &key) < 0 ? MC_BPF_RSS_TABLE_FULL : MC_BPF_RSS_CHARGED);
	before = held(rss);
	if (rss->mm != (__u64)mm) {
		/* It has executed another program. */
		read_rss(mm, rss->pages);
		rss->mm = (__u64)mm;
	} else {
		rss->pages[member & (MM_COUNTERS - 1)] = read_rss_of(mm, member);
	}
	after = held(rss);
	raise_peak(&rss->peak, before, after);
	return count(MC_BPF_RSS_CHARGED);
}

/* Once at the beginning: of those that are there, most change nothing for long. */
SEC("iter/task")
int rss_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mc_bpf_process key;
	struct mm_struct *mm;

	if (!task || task->flags & PF_KTHREAD)
		return 0;
	mm = task->mm;
	if (!mm)
		return 0;
	key = process_of(task);
	begin(mm, &key);
	return 0;
}
