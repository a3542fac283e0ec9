/* SPDX-License-Identifier: GPL-2.0-only */
/* Resident pages by kind, and swapped ones. Include after kernel_types.h. */
#ifndef MC_BPF_RSS_H
#define MC_BPF_RSS_H

/* Set before loading: how many CPUs have a part of a per-CPU counter. */
const volatile __u32 possible_cpus = 1;

/* Base addresses of the CPUs' per-CPU memory; not there without CONFIG_KALLSYMS_ALL. */
extern const void __per_cpu_offset __ksym __weak;

#define MOST_CPUS 4096

static __u64 pages(__s64 count)
{
	/* Counts of threads and CPUs are added at different times: below 0 for a moment. */
	return count > 0 ? count : 0;
}

/* Up to a batch (32 pages, or 2 for each CPU) is on each CPU, not in the count yet. */
static void add_parts(__s64 *counts, const __s32 *const *parts)
{
	__u32 cpu, i;

	if (!&__per_cpu_offset)
		return;
	for (cpu = 0; cpu < MOST_CPUS && cpu < possible_cpus; cpu++) {
		const void *slot = (const char *)&__per_cpu_offset + cpu * sizeof(__u64);
		__u64 offset = 0;

		bpf_probe_read_kernel(&offset, sizeof(offset), slot);
		for (i = 0; i < MM_COUNTERS; i++) {
			__s32 part = 0;

			bpf_probe_read_kernel(&part, sizeof(part), (const char *)parts[i] + offset);
			counts[i] += part;
		}
	}
}

/* A constant index: where an element is, is the kernel's to say. */
#define READ_COUNTER(mm, index)                                                \
	do {                                                                   \
		counts[index] = BPF_CORE_READ(mm, rss_stat[index].count);      \
		parts[index] = BPF_CORE_READ(mm, rss_stat[index].counters);    \
	} while (0)

static void read_rss(struct mm_struct *mm, __u64 *to)
{
	__s64 counts[MM_COUNTERS] = {};
	__u32 i;

	if (bpf_core_type_exists(struct mm_rss_stat)) {
		const struct mm_struct___summed *summed = (const void *)mm;

		bpf_core_read(counts, sizeof(counts), &summed->rss_stat);
	} else {
		const struct mm_struct___percpu *percpu = (const void *)mm;
		const __s32 *parts[MM_COUNTERS] = {};

		READ_COUNTER(percpu, 0);
		READ_COUNTER(percpu, 1);
		READ_COUNTER(percpu, 2);
		READ_COUNTER(percpu, 3);
		add_parts(counts, parts);
	}
	for (i = 0; i < MM_COUNTERS; i++)
		to[i] = pages(counts[i]);
}

#endif /* MC_BPF_RSS_H */
