/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory counters of an mm_struct, in the shape of this kernel. Include after kernel_types.h. */
#ifndef MC_BPF_RSS_H
#define MC_BPF_RSS_H

/* Set before loading: how many CPUs have a part of a per-CPU counter. */
const volatile __u32 possible_cpus = 1;

#define MOST_CPUS 4096

/*
 * Where each CPU's part of per-CPU memory is, the kernel keeps in a symbol that few kernels
 * tell and few programs may see. A per-CPU map tells the same: its address on a CPU, less
 * that which stands for all CPUs. Each element is given its own address: read back, it is a
 * number, with which the verifier lets one reckon.
 */
struct rss_place {
	__u64 here;
	__u64 map;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rss_place);
} rss_places SEC(".maps");

struct bpf_array {
	void *pptrs[0];
} KERNEL_TYPE;

static __always_inline __u64 rss_pages(__s64 count)
{
	/* Counts of threads and CPUs are added at different times: below 0 for a moment. */
	return count > 0 ? count : 0;
}

/* What to add to a per-CPU address to have that CPU's; 0 for a CPU that cannot be. */
static __always_inline int rss_cpu_offset(__u32 cpu, __u64 *offset)
{
	volatile struct rss_place *place;
	const struct bpf_array *array;
	__u64 for_all = 0;
	__u32 first = 0;

	place = bpf_map_lookup_percpu_elem(&rss_places, &first, cpu);
	if (!place)
		return 0;
	place->here = (__u64)place;
	place->map = (__u64)&rss_places;
	array = (const void *)place->map;
	bpf_core_read(&for_all, sizeof(for_all), &array->pptrs);
	*offset = place->here - for_all;
	return 1;
}

/* Up to a batch (32 pages, or 2 for each CPU) is on each CPU, not in the count yet. */
static __always_inline void rss_add_parts(const __s32 *const *parts, __s64 *counts, __u32 many)
{
	__u64 offset;
	__s32 part;
	__u32 cpu, i;

	for (cpu = 0; cpu < MOST_CPUS && cpu < possible_cpus; cpu++) {
		if (!rss_cpu_offset(cpu, &offset))
			continue;
#pragma unroll
		for (i = 0; i < many; i++) {
			part = 0;
			bpf_probe_read_kernel(&part, sizeof(part), (const char *)parts[i] + offset);
			counts[i] += part;
		}
	}
}

/* A constant index: where an element is, is the kernel's to say. */
#define RSS_COUNT(mm, index) BPF_CORE_READ(mm, rss_stat[index].count)
#define RSS_PARTS(mm, index) BPF_CORE_READ(mm, rss_stat[index].counters)

/*
 * The kernel's shape is asked for where it is used, never kept: the verifier leaves
 * out what cannot be only if it sees the answer as a constant.
 */
#define RSS_IS_SUMMED bpf_core_type_exists(struct mm_rss_stat)

static __always_inline void read_rss(struct mm_struct *mm, __u64 *pages)
{
	if (RSS_IS_SUMMED) {
		const struct mm_struct___summed *summed = (const void *)mm;
		__s64 counts[MM_COUNTERS] = {};

		bpf_core_read(counts, sizeof(counts), &summed->rss_stat);
		pages[0] = rss_pages(counts[0]);
		pages[1] = rss_pages(counts[1]);
		pages[2] = rss_pages(counts[2]);
		pages[3] = rss_pages(counts[3]);
	} else {
		const struct mm_struct___percpu *percpu = (const void *)mm;

		const __s32 *parts[MM_COUNTERS] = {RSS_PARTS(percpu, 0), RSS_PARTS(percpu, 1),
						   RSS_PARTS(percpu, 2), RSS_PARTS(percpu, 3)};
		__s64 counts[MM_COUNTERS] = {RSS_COUNT(percpu, 0), RSS_COUNT(percpu, 1),
					     RSS_COUNT(percpu, 2), RSS_COUNT(percpu, 3)};

		rss_add_parts(parts, counts, MM_COUNTERS);
		pages[0] = rss_pages(counts[0]);
		pages[1] = rss_pages(counts[1]);
		pages[2] = rss_pages(counts[2]);
		pages[3] = rss_pages(counts[3]);
	}
}

/* One of them: MM_FILEPAGES, ... */
static __always_inline __u64 read_rss_of(struct mm_struct *mm, __u32 member)
{
	if (RSS_IS_SUMMED) {
		const struct mm_struct___summed *summed = (const void *)mm;
		__s64 counts[MM_COUNTERS] = {};

		bpf_core_read(counts, sizeof(counts), &summed->rss_stat);
		return rss_pages(counts[member & (MM_COUNTERS - 1)]);
	} else {
		const struct mm_struct___percpu *percpu = (const void *)mm;

		const __s32 *parts;
		__s64 count;

		switch (member) {
		case MM_FILEPAGES:
			count = RSS_COUNT(percpu, 0);
			parts = RSS_PARTS(percpu, 0);
			break;
		case MM_ANONPAGES:
			count = RSS_COUNT(percpu, 1);
			parts = RSS_PARTS(percpu, 1);
			break;
		case MM_SWAPENTS:
			count = RSS_COUNT(percpu, 2);
			parts = RSS_PARTS(percpu, 2);
			break;
		default:
			count = RSS_COUNT(percpu, 3);
			parts = RSS_PARTS(percpu, 3);
		}
		rss_add_parts(&parts, &count, 1);
		return rss_pages(count);
	}
}

#endif /* MC_BPF_RSS_H */
