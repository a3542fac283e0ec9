/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One hardware bandwidth counter of one RMID in one domain: wrap extension,
 * scaling and correction. No locking here: the caller holds the domain's lock.
 */
#ifndef MC_COUNTER_H
#define MC_COUNTER_H

#include "portable.h"

/* IA32_QM_CTR, SDM vol. 3B, 18.18.5.2. */
#define QM_CTR_ERROR BIT_ULL(63)
#define QM_CTR_UNAVAILABLE BIT_ULL(62)
#define QM_CTR_DATA (QM_CTR_UNAVAILABLE - 1)

/* Fixed point of the correction factors: 1.0 is 1 << 20. */
#define COUNTER_FACTOR_SHIFT 20
#define COUNTER_FACTOR_ONE BIT_ULL(COUNTER_FACTOR_SHIFT)

struct counter_scale {
	u64 mask;		/* of the counter's width */
	u32 unit_bytes;		/* bytes per count */
};

/*
 * units are what the present owner has moved since it got the RMID;
 * charged_bytes is how much of that was already handed out. The correction
 * applies to the accumulated units: applied to each delta, its rounding would
 * add up.
 */
struct counter {
	u64 raw;
	u64 units;
	u64 charged_bytes;
	bool valid;
};

/* units * unit_bytes * factor without overflow of the intermediate product. */
static inline u64 counter_units_to_bytes(u64 units, u32 unit_bytes, u64 factor)
{
	u64 bytes = units * unit_bytes;

	if (factor == COUNTER_FACTOR_ONE)
		return bytes;
	return (bytes >> COUNTER_FACTOR_SHIFT) * factor +
	       (((bytes & (COUNTER_FACTOR_ONE - 1)) * factor) >> COUNTER_FACTOR_SHIFT);
}

/*
 * Take in a new reading and return the bytes to charge to the owner. The first
 * valid reading is the baseline and charges nothing. The interval between two
 * readings must be shorter than the time in which the counter wraps once.
 */
static inline u64 counter_update(struct counter *counter, u64 data,
				 const struct counter_scale *scale, u64 factor)
{
	u64 bytes, delta;

	if (!counter->valid) {
		counter->raw = data & scale->mask;
		counter->valid = true;
		return 0;
	}
	counter->units += (data - counter->raw) & scale->mask;
	counter->raw = data & scale->mask;
	bytes = counter_units_to_bytes(counter->units, scale->unit_bytes, factor);
	delta = bytes - counter->charged_bytes;
	counter->charged_bytes = bytes;
	return delta;
}

/* The next owner starts from the last reading. */
static inline void counter_new_owner(struct counter *counter)
{
	counter->units = 0;
	counter->charged_bytes = 0;
}

#endif /* MC_COUNTER_H */
