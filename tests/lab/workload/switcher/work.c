/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted: turns of the ring, lives of processes, instructions lost to interrupts. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "switcher.h"

/* A longer pause of a spinning task is an interrupt. */
#define PAUSE_TICKS 1200
#define LOOK_EVERY 4096u

static uint64_t *numbers(unsigned int count)
{
	/* Touched now, so that no page fault is counted. */
	uint64_t *memory = mmap(NULL, count * sizeof(*memory), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static uint64_t own_switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		die("getrusage");
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

void work_switch(const struct options *o)
{
	uint64_t *batch = numbers(o->batches), switches, begin_ns, ns;
	unsigned int i, round;

	ring_begin(o);
	for (round = 0; round < o->rounds; round++)
		ring_round();
	switches = own_switches();
	begin_ns = now_ns();
	for (i = 0; i < o->batches; i++) {
		uint64_t begin = ticks();

		for (round = 0; round < o->rounds; round++)
			ring_round();
		batch[i] = ticks() - begin;
	}
	ns = now_ns() - begin_ns;
	switches = own_switches() - switches;
	ring_end();
	printf("{\"work\":\"switch\",\"name\":\"%s\",\"members\":%u,\"rounds\":%u,\"own_switches\":%" PRIu64
	       ",\"ns\":%" PRIu64, o->name, o->members, o->rounds, switches, ns);
	print_numbers("ticks", batch, o->batches);
	puts("}");
}

void work_fork(const struct options *o)
{
	uint64_t *fork_ticks = numbers(o->count), *exit_ticks = numbers(o->count), *end = numbers(1);
	uint64_t begin_ns = now_ns(), begin;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < o->count; i++) {
		begin = ticks();
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			/* First instructions of the child, and its last. */
			fork_ticks[i] = ticks() - begin;
			*end = ticks();
			_exit(0);
		}
		if (waitpid(pid, NULL, 0) != pid)
			die("waitpid");
		exit_ticks[i] = ticks() - *end;
	}
	printf("{\"work\":\"fork\",\"name\":\"%s\",\"ns\":%" PRIu64, o->name, now_ns() - begin_ns);
	print_numbers("fork_ticks", fork_ticks, o->count);
	print_numbers("exit_ticks", exit_ticks, o->count);
	puts("}");
}

/* Spins until the slot is over. What the interrupt at its end took; 0: there was none. */
static uint64_t pause_at_end(uint64_t interval_ns)
{
	uint64_t slot = now_ns() / interval_ns, last = ticks(), now;
	unsigned int turns = 0;

	for (;; last = now) {
		now = ticks();
		if (now - last > PAUSE_TICKS) {
			if (now_ns() / interval_ns != slot)
				return now - last;
		} else if (++turns % LOOK_EVERY == 0) {
			if (now_ns() / interval_ns != slot)
				return 0;
			now = ticks();
		}
	}
}

void work_spin(const struct options *o)
{
	uint64_t *pauses = numbers(o->count), begin_ns = now_ns();
	unsigned int i;

	ring_begin(o);
	for (i = 0; i < o->count; i++) {
		/* All of them have run in this slot. */
		if (o->members > 1)
			ring_round();
		pauses[i] = pause_at_end(o->interval_ns);
	}
	ring_end();
	printf("{\"work\":\"spin\",\"name\":\"%s\",\"members\":%u,\"interval_ns\":%" PRIu64 ",\"ns\":%" PRIu64,
	       o->name, o->members, o->interval_ns, now_ns() - begin_ns);
	print_numbers("ticks", pauses, o->count);
	puts("}");
}
