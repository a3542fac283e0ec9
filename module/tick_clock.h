/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock that a tick asks after every step: on x86 the TSC itself, a tenth of the
 * instructions that local_clock() takes. All that have RDT have an invariant TSC.
 * Only differences within one tick on one CPU are taken.
 */
#ifndef MC_TICK_CLOCK_H
#define MC_TICK_CLOCK_H

#include <linux/math64.h>

#ifdef CONFIG_X86
#include <asm/tsc.h>

static inline u64 tick_clock(void)
{
	return rdtsc();
}

static inline u64 tick_clock_of_us(u32 microseconds)
{
	return div_u64((u64)microseconds * tsc_khz, 1000);
}

static inline u64 tick_clock_to_ns(u64 elapsed)
{
	return div_u64(elapsed * 1000000, tsc_khz ?: 1);
}
#else
#include <linux/sched/clock.h>

static inline u64 tick_clock(void)
{
	return local_clock();
}

static inline u64 tick_clock_of_us(u32 microseconds)
{
	return microseconds * (u64)NSEC_PER_USEC;
}

static inline u64 tick_clock_to_ns(u64 elapsed)
{
	return elapsed;
}
#endif

#endif /* MC_TICK_CLOCK_H */
