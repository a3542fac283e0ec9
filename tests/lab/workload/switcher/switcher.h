/* SPDX-License-Identifier: GPL-2.0-only */
/* Switches, forks and spins whose length is counted: what its parts share. */
#ifndef SWITCHER_H
#define SWITCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <x86intrin.h>

#define MAX_MEMBERS 512u

enum pass { PASS_YIELD, PASS_PIPE };

struct options {
	const char *work;		/* switch, fork, spin */
	const char *name;		/* of this run, in the output */
	unsigned int members;		/* processes, or threads of one */
	bool threads;
	enum pass pass;
	unsigned int batches, rounds;	/* rounds of all members per batch */
	unsigned int count;		/* forks, or slots */
	uint64_t interval_ns;		/* of a slot */
};

/* Ends the program with status 2 and a message if they make no sense. */
void options_parse(struct options *o, int argc, char **argv);

_Noreturn void die(const char *what);	/* with errno's text; status 1 */
uint64_t now_ns(void);

/* With -icount the TSC counts instructions, so that differences are exact. */
static inline uint64_t ticks(void)
{
	unsigned int cpu;

	return __rdtscp(&cpu);
}

/*
 * Members take turns: each runs until the next one's turn. The calling task is
 * the first; ring_round() returns when it is its turn again.
 */
void ring_begin(const struct options *o);
void ring_round(void);
void ring_end(void);

/* The three kinds of work; each prints one JSON line. */
void work_switch(const struct options *o);
void work_fork(const struct options *o);
void work_spin(const struct options *o);

void print_numbers(const char *name, const uint64_t *numbers, unsigned int count);

#endif /* SWITCHER_H */
