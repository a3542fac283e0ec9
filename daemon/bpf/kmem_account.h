/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asked the kernel for memory, and who holds it: sums by process, and of each
 * live piece its owner, so that a free is charged to who allocated, whoever frees.
 */
#ifndef MC_BPF_KMEM_ACCOUNT_H
#define MC_BPF_KMEM_ACCOUNT_H

#include "kmem_types.h"
#include "process_key.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_kmem);
} kmem_sums SEC(".maps");

struct piece {
	struct mc_bpf_process owner;
	__u64 size;
	__u32 thread;	/* that allocated it */
	__u16 kind;
	__u16 again;	/* it was told twice */
};

/* Preallocated: an update allocates nothing, for it would be told to the programs here. */
#define PIECES(name, most)                                                     \
	struct {                                                               \
		__uint(type, BPF_MAP_TYPE_HASH);                               \
		__uint(max_entries, most);                                     \
		__type(key, __u64);                                            \
		__type(value, struct piece);                                   \
	} name SEC(".maps")

/*
 * Whose memory it is: the kernel's threads are one process, kthreadd, as in the
 * iterator. None's: what an interrupt gets while the CPU is idle.
 */
static __always_inline int owner_of_now(struct mc_bpf_process *key, int *ended)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *leader = task->group_leader;

	if (task->flags & PF_KTHREAD) {
		if (leader->tgid != KTHREADD_PID)
			leader = task->real_parent;
		if (leader->tgid != KTHREADD_PID)
			return 0;
	}
	key->start_time_ns = leader->start_time;
	key->tgid = leader->tgid;
	key->reserved = 0;
	/* Its end was told, and what it did is forgotten soon. */
	*ended = task->signal->live.counter <= 0;
	return 1;
}

static __always_inline struct mc_bpf_kmem *sums_of(struct mc_bpf_process *key, int ended)
{
	struct mc_bpf_kmem *sums = bpf_map_lookup_elem(&kmem_sums, key);

	if (!sums && !ended) {
		struct mc_bpf_kmem none = {};

		bpf_map_update_elem(&kmem_sums, key, &none, BPF_NOEXIST);
		sums = bpf_map_lookup_elem(&kmem_sums, key);
	}
	return sums;
}

static __always_inline void no_longer_held(const struct piece *piece, int missed)
{
	struct mc_bpf_process owner = piece->owner;
	struct mc_bpf_kmem *sums = bpf_map_lookup_elem(&kmem_sums, &owner);
	__u32 kind = piece->kind;

	if (!sums || kind >= MC_BPF_KMEM_KINDS)
		return;
	__sync_fetch_and_add(&sums->kinds[kind].held, -piece->size);
	if (missed)
		__sync_fetch_and_add(&sums->missed_frees, 1);
}

static __always_inline int allocated(void *pieces, __u32 kind, __u64 address, __u64 requested,
				     __u64 size)
{
	struct mc_bpf_kmem *sums;
	struct piece *live;
	struct piece fresh = {
		.size = size, .thread = bpf_get_current_pid_tgid(), .kind = kind
	};
	int ended = 0;

	if (address <= ZERO_SIZE_ADDRESS)
		return 0;
	/* The address is given out again: that it was freed was not told. */
	live = bpf_map_lookup_elem(pieces, &address);
	if (live) {
		no_longer_held(live, 1);
		bpf_map_delete_elem(pieces, &address);
	}
	if (!owner_of_now(&fresh.owner, &ended))
		return 0;
	sums = sums_of(&fresh.owner, ended);
	if (!sums)
		return 0;
	__sync_fetch_and_add(&sums->kinds[kind].requested, requested);
	__sync_fetch_and_add(&sums->kinds[kind].allocated, size);
	if (bpf_map_update_elem(pieces, &address, &fresh, BPF_ANY))
		__sync_fetch_and_add(&sums->untracked, size);
	else
		__sync_fetch_and_add(&sums->kinds[kind].held, size);
	return 0;
}

/* By the thread that was told of it before, and no other piece's beginning. */
static __always_inline int told_before(void *pieces, __u64 address, __u64 size)
{
	struct piece *live = bpf_map_lookup_elem(pieces, &address);

	if (!live || live->again || live->size != size ||
	    live->thread != (__u32)bpf_get_current_pid_tgid())
		return 0;
	live->again = 1;
	return 1;
}

static __always_inline int freed(void *pieces, __u64 address)
{
	struct piece *live = bpf_map_lookup_elem(pieces, &address);

	if (live) {
		no_longer_held(live, 0);
		bpf_map_delete_elem(pieces, &address);
	}
	return 0;
}

#endif /* MC_BPF_KMEM_ACCOUNT_H */
