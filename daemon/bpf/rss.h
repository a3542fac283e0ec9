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

/*
 * A constant index: where an element is, is the kernel's to say. So is its shape,
 * which is asked for at each use, never kept: the verifier leaves out what cannot
 * be only if it sees the answer as a constant. `mm` must be a pointer that the
 * verifier knows the type of: it is read without a helper then, each time.
 */
#define RSS_COUNTER(mm, index)                                                            \
	(bpf_core_type_exists(struct mm_rss_stat) ?                                       \
		 rss_pages(((struct mm_struct___summed *)(mm))->rss_stat.count[index]) :  \
		 rss_pages(((struct mm_struct___percpu *)(mm))->rss_stat[index].count +   \
			   rss_parts(((struct mm_struct___percpu *)(mm))                  \
					     ->rss_stat[index]                            \
					     .counters)))

static __always_inline void read_rss(struct mm_struct *mm, __u64 *pages)
{
	pages[0] = RSS_COUNTER(mm, 0);
	pages[1] = RSS_COUNTER(mm, 1);
	pages[2] = RSS_COUNTER(mm, 2);
	pages[3] = RSS_COUNTER(mm, 3);
}

/* One of them: MM_FILEPAGES, ... */
static __always_inline __u64 read_rss_of(struct mm_struct *mm, __u32 member)
{
	switch (member) {
	case MM_FILEPAGES:
		return RSS_COUNTER(mm, 0);
	case MM_ANONPAGES:
		return RSS_COUNTER(mm, 1);
	case MM_SWAPENTS:
		return RSS_COUNTER(mm, 2);
	default:
		return RSS_COUNTER(mm, 3);
	}
}

#endif /* MC_BPF_RSS_H */
