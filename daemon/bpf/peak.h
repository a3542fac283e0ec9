/* SPDX-License-Identifier: GPL-2.0-only */
/* The most of something in each interval of the reader's. Include after bpf_records.h. */
#ifndef MC_BPF_PEAK_H
#define MC_BPF_PEAK_H

/* The reader's; it adds 1 when an interval ends, and then comes for what was in it. */
volatile __u64 interval = 1;

/* What the value was until now, `held`, and what it becomes. */
static __always_inline void raise_peak(struct mc_bpf_peak *peak, __u64 held, __u64 value)
{
	__u64 current = interval;

	if (peak->interval != current) {
		peak->most_before = peak->interval + 1 == current ? peak->most : held;
		peak->most = held;
		peak->interval = current;
	}
	if (value > peak->most)
		peak->most = value;
}

#endif /* MC_BPF_PEAK_H */
