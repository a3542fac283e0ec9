// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the C library has handed out and not got back, in bytes as asked for: probes
 * of malloc and its kin. What a process had before, or has by fork, is not in it.
 */
#include <linux/ptrace.h>

#include "kernel_types.h"
#include "process_key.h"

char program_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_PROCESSES);
	__type(key, struct mc_bpf_process);
	__type(value, struct mc_bpf_malloc);
} malloc_sums SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MC_BPF_MALLOC_PIECES);
	__type(key, struct mc_bpf_malloc_key);
	__type(value, struct mc_bpf_malloc_piece);
} malloc_pieces SEC(".maps");

/* Pieces of images that are gone, by exec; userspace sweeps. */
__u64 malloc_stale;

/* Within a call: one may call another. */
enum call { CALL_MALLOC, CALL_CALLOC, CALL_REALLOC, CALL_ALIGNED, CALL_POSIX, CALLS };

struct call_state {
	__u64 size;
	__u64 pointer;	/* of posix_memalign: where it says the address; of realloc: the former */
	__u64 former;	/* its size */
	__u32 known;	/* it was */
	__u32 inside;	/* the call has begun, and not ended */
};

struct calls {
	struct call_state states[CALLS];
};

/*
 * By thread. An entry stays until others need the room: to make and delete one for each call
 * costs more. Preallocated, unlike memory of the task itself, which group kmem would see.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct calls);
} malloc_calls SEC(".maps");

static struct mc_bpf_malloc *sums_of(const struct mc_bpf_process *key)
{
	struct mc_bpf_malloc *sums = bpf_map_lookup_elem(&malloc_sums, key);

	if (!sums) {
		struct mc_bpf_malloc none = {};

		bpf_map_update_elem(&malloc_sums, key, &none, BPF_NOEXIST);
		sums = bpf_map_lookup_elem(&malloc_sums, key);
	}
	return sums;
}

/* Whether it was live, and what of size. */
static int take(const struct mc_bpf_process *process, __u64 address, __u64 *size)
{
	struct mc_bpf_malloc_key key = { .address = address, .tgid = process->tgid };
	struct mc_bpf_malloc_piece *piece = bpf_map_lookup_elem(&malloc_pieces, &key);
	struct mc_bpf_malloc *sums;
	int known = 0;

	if (!piece)
		return 0;
	sums = bpf_map_lookup_elem(&malloc_sums, process);
	*size = piece->size;
	if (sums && piece->start_time_ns == process->start_time_ns && piece->image == sums->image) {
		__sync_fetch_and_add(&sums->live_bytes, -piece->size);
		__sync_fetch_and_add(&sums->live_pieces, -1);
		known = 1;
	}
	bpf_map_delete_elem(&malloc_pieces, &key);
	return known;
}

static int give(__u64 address, __u64 size)
{
	struct mc_bpf_process process = current_user_process();
	struct mc_bpf_malloc_key key = { .address = address, .tgid = process.tgid };
	struct mc_bpf_malloc_piece piece = { .start_time_ns = process.start_time_ns, .size = size };
	struct mc_bpf_malloc *sums;
	__u64 before;

	if (!address)
		return 0;
	/* The same memory told by an inner and an outer call, or a free that was not seen. */
	take(&process, address, &before);
	sums = sums_of(&process);
	if (!sums)
		return 0;
	piece.image = sums->image;
	if (bpf_map_update_elem(&malloc_pieces, &key, &piece, BPF_ANY)) {
		__sync_fetch_and_add(&sums->untracked, size);
		return 0;
	}
	__sync_fetch_and_add(&sums->live_bytes, size);
	__sync_fetch_and_add(&sums->live_pieces, 1);
	return 0;
}

static __always_inline int enter(enum call call, const struct call_state *state)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct calls *calls = bpf_map_lookup_elem(&malloc_calls, &thread);

	if (!calls) {
		struct calls none = {};

		bpf_map_update_elem(&malloc_calls, &thread, &none, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&malloc_calls, &thread);
		if (!calls)
			return 0;
	}
	calls->states[call] = *state;
	calls->states[call].inside = 1;
	return 0;
}

static __always_inline int leave(enum call call, struct call_state *state)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct calls *calls = bpf_map_lookup_elem(&malloc_calls, &thread);

	if (!calls || !calls->states[call].inside)
		return 0;
	*state = calls->states[call];
	calls->states[call].inside = 0;
	return 1;
}

static __always_inline int enter_sized(enum call call, __u64 size)
{
	struct call_state state = { .size = size };

	return enter(call, &state);
}

static __always_inline int leave_with(enum call call, __u64 address)
{
	struct call_state state = {};

	return leave(call, &state) ? give(address, state.size) : 0;
}

SEC("uprobe")
int BPF_KPROBE(enter_malloc, __u64 size)
{
	return enter_sized(CALL_MALLOC, size);
}

SEC("uretprobe")
int BPF_KRETPROBE(leave_malloc, __u64 address)
{
	return leave_with(CALL_MALLOC, address);
}

SEC("uprobe")
int BPF_KPROBE(enter_calloc, __u64 count, __u64 size)
{
	return enter_sized(CALL_CALLOC, count * size);
}

SEC("uretprobe")
int BPF_KRETPROBE(leave_calloc, __u64 address)
{
	return leave_with(CALL_CALLOC, address);
}

/* memalign, aligned_alloc */
SEC("uprobe")
int BPF_KPROBE(enter_aligned, __u64 alignment, __u64 size)
{
	return enter_sized(CALL_ALIGNED, size);
}

/* valloc, pvalloc */
SEC("uprobe")
int BPF_KPROBE(enter_paged, __u64 size)
{
	return enter_sized(CALL_ALIGNED, size);
}

SEC("uretprobe")
int BPF_KRETPROBE(leave_aligned, __u64 address)
{
	return leave_with(CALL_ALIGNED, address);
}

SEC("uprobe")
int BPF_KPROBE(enter_posix, void **where, __u64 alignment, __u64 size)
{
	struct call_state state = { .size = size, .pointer = (__u64)where };

	return enter(CALL_POSIX, &state);
}

SEC("uretprobe")
int BPF_KRETPROBE(leave_posix, int error)
{
	struct call_state state = {};
	__u64 address = 0;

	if (!leave(CALL_POSIX, &state) || error)
		return 0;
	bpf_probe_read_user(&address, sizeof(address), (void *)state.pointer);
	return give(address, state.size);
}

/* The former piece is taken here: when the call is over, another thread may have its address. */
SEC("uprobe")
int BPF_KPROBE(enter_realloc, __u64 former, __u64 size)
{
	struct mc_bpf_process process = current_user_process();
	struct call_state state = { .size = size, .pointer = former };

	if (former)
		state.known = take(&process, former, &state.former);
	return enter(CALL_REALLOC, &state);
}

SEC("uretprobe")
int BPF_KRETPROBE(leave_realloc, __u64 address)
{
	struct call_state state = {};

	if (!leave(CALL_REALLOC, &state))
		return 0;
	if (address)
		return give(address, state.size);
	/* It failed, and the former is as it was; at size 0 it is freed. */
	return state.known && state.size ? give(state.pointer, state.former) : 0;
}

SEC("uprobe")
int BPF_KPROBE(enter_free, __u64 address)
{
	struct mc_bpf_process process = current_user_process();
	__u64 size;

	if (address)
		take(&process, address, &size);
	return 0;
}

/* All of it is gone with the former image. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(malloc_executes, struct task_struct *task)
{
	struct mc_bpf_process process = process_of(task);
	struct mc_bpf_malloc *sums = bpf_map_lookup_elem(&malloc_sums, &process);

	if (!sums)
		return 0;
	__sync_fetch_and_add(&malloc_stale, sums->live_pieces);
	sums->live_bytes = 0;
	sums->live_pieces = 0;
	sums->image++;
	return 0;
}
