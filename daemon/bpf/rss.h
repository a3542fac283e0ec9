/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory counters of an mm_struct, in the shape of this kernel. Include after kernel_types.h. */
#ifndef MC_BPF_RSS_H
#define MC_BPF_RSS_H

/* Set before loading: how many CPUs have a part of a per-CPU counter. */
const volatile __u32 possible_cpus = 1;

/* Base addresses of the CPUs' per-CPU memory; not there without CONFIG_KALLSYMS_ALL. */
extern const void __per_cpu_offset __ksym __weak;

#define MOST_CPUS 4096

static __always_inline __u64 rss_pages(__s64 count)
{
	/* Counts of threads and CPUs are added at different times: below 0 for a moment. */
	return count > 0 ? count : 0;
}

/* Up to a batch (32 pages, or 2 for each CPU) is on each CPU, not in the count yet. */
static __always_inline __s64 rss_parts(const __s32 *parts)
{
	__s64 sum = 0;
	__u32 cpu;

	if (!&__per_cpu_offset)
		return 0;
	for (cpu = 0; cpu < MOST_CPUS && cpu < possible_cpus; cpu++) {
		const void *slot = (const char *)&__per_cpu_offset + cpu * sizeof(__u64);
		__u64 offset = 0;
		__s32 part = 0;

		bpf_probe_read_kernel(&offset, sizeof(offset), slot);
		bpf_probe_read_kernel(&part, sizeof(part), (const char *)parts + offset);
		sum += part;
	}
	return sum;
}

/* A constant index: where an element is, is the kernel's to say. */
#define RSS_COUNTER(mm, index)                                                 \
	rss_pages(BPF_CORE_READ(mm, rss_stat[index].count) +                   \
		  rss_parts(BPF_CORE_READ(mm, rss_stat[index].counters)))

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

		pages[0] = RSS_COUNTER(percpu, 0);
		pages[1] = RSS_COUNTER(percpu, 1);
		pages[2] = RSS_COUNTER(percpu, 2);
		pages[3] = RSS_COUNTER(percpu, 3);
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

		switch (member) {
		case MM_FILEPAGES:
			return RSS_COUNTER(percpu, 0);
		case MM_ANONPAGES:
			return RSS_COUNTER(percpu, 1);
		case MM_SWAPENTS:
			return RSS_COUNTER(percpu, 2);
		default:
			return RSS_COUNTER(percpu, 3);
		}
	}
}

#endif /* MC_BPF_RSS_H */
