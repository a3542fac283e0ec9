/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a tick keeps interrupts off. It does its work in steps, an RMID read or
 * a process told of, and begins no step that by the length of those before would
 * not fit; what is left is next tick's. One step is done in every tick whatever the
 * time: the four kinds of work take turns, so that nothing waits for ever.
 */
#ifndef MC_TICK_BUDGET_H
#define MC_TICK_BUDGET_H

#include "collector.h"
#include "tick_clock.h"

/* Weight of the latest step in the length expected of the next: 1/8. */
#define TICK_STEP_SHIFT 3

static inline void tick_budget_begin(struct cpu_state *cpu)
{
	cpu->budget.begin = tick_clock();
	cpu->budget.reading = 0;
	cpu->budget.turn++;
}

/* Before anything is learnt. */
static inline void tick_budget_reset(struct cpu_state *cpu)
{
	u32 guess = min_t(u64, collector.budget_tick / 8, collector.budget_step_most);

	cpu->budget = (struct tick_budget){
		.read_step = guess,
		.event_step = guess,
		.end_step = guess,
	};
}

/* Whose turn it is. Drains and ends are seldom: their turns are not lost without them. */
static inline bool tick_turn_to_drain(const struct cpu_state *cpu, bool drains)
{
	return drains && cpu->budget.turn % 4 == 2;
}

static inline bool tick_turn_to_read(const struct cpu_state *cpu, bool drains)
{
	return cpu->budget.turn % 2 == 0 && !tick_turn_to_drain(cpu, drains);
}

static inline bool tick_turn_to_end(const struct cpu_state *cpu, bool ended)
{
	return ended && cpu->budget.turn % 4 == 3;
}

static inline bool tick_turn_to_tell(const struct cpu_state *cpu, bool ended)
{
	return cpu->budget.turn % 2 == 1 && !tick_turn_to_end(cpu, ended);
}

/* One that was interrupted (by a hypervisor, an SMI) must not count for all. */
static inline void tick_budget_learn(u32 *step, u64 elapsed, u32 steps)
{
	s32 latest = min(elapsed, (u64)collector.budget_step_most * steps) / steps;

	*step += (latest - (s32)*step + (1 << TICK_STEP_SHIFT) / 2) >> TICK_STEP_SHIFT;
}

/*
 * May one more RMID be read now, in a hold of the lock that began at `since`, when
 * `samples` are to be emitted after?
 */
static inline bool tick_budget_read(const struct cpu_state *cpu, u64 since, u32 samples)
{
	const struct tick_budget *budget = &cpu->budget;
	u64 now = tick_clock();

	return budget->reading + (now - since) + budget->read_step <= collector.budget_reading &&
	       now - budget->begin + budget->read_step +
			       (samples + 1) * (u64)budget->event_step <=
		       collector.budget_samples;
}

/* May `events` more be emitted? What ends the tick comes after. */
static inline bool tick_budget_emit(const struct cpu_state *cpu, u32 events)
{
	const struct tick_budget *budget = &cpu->budget;

	return tick_clock() - budget->begin + events * (u64)budget->event_step +
		       budget->end_step <= collector.budget_tick;
}

/* tick_budget_us; 0 is no limit. */
static inline void tick_budget_set(u32 microseconds)
{
	u64 budget = microseconds ? tick_clock_of_us(microseconds) : U64_MAX / 8;

	/* What goes before the first look at the clock, and events longer than most. */
	collector.budget_tick = budget - budget / 8;
	/* The sweep and looks at RMIDs in limbo are few, but cannot wait: room for them. */
	collector.budget_reading = 3 * budget / 10;
	collector.budget_samples = budget / 2;
	collector.budget_step_most = min_t(u64, budget / 4, S32_MAX / 64);
}

#endif /* MC_TICK_BUDGET_H */
