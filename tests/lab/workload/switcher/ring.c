/* SPDX-License-Identifier: GPL-2.0-only */
/* Members that take turns on one CPU, by sched_yield() or by a byte in pipes. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "switcher.h"

static struct {
	const struct options *o;
	int pipes[MAX_MEMBERS][2];	/* member i reads from the i-th */
	pthread_t threads[MAX_MEMBERS];
	atomic_bool *stop;		/* shared by processes, too */
} ring;

static void take(unsigned int member)
{
	char byte;

	if (read(ring.pipes[member][0], &byte, 1) != 1)
		die("read");
}

static void give(unsigned int member)
{
	if (write(ring.pipes[member % ring.o->members][1], "x", 1) != 1)
		die("write");
}

static void *member_runs(void *number)
{
	unsigned int member = (uintptr_t)number;

	while (!atomic_load_explicit(ring.stop, memory_order_relaxed)) {
		if (ring.o->pass == PASS_YIELD) {
			sched_yield();
		} else {
			take(member);
			give(member + 1);
		}
	}
	return NULL;
}

static void start_member(unsigned int member)
{
	pid_t parent = getpid();

	if (ring.o->threads) {
		errno = pthread_create(&ring.threads[member], NULL, member_runs,
				       (void *)(uintptr_t)member);
		if (errno)
			die("pthread_create");
		return;
	}
	switch (fork()) {
	case -1:
		die("fork");
	case 0:
		/* Whatever becomes of the first member, they go with it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			member_runs((void *)(uintptr_t)member);
		_exit(0);
	}
}

void ring_begin(const struct options *o)
{
	unsigned int member;

	ring.o = o;
	ring.stop = mmap(NULL, sizeof(*ring.stop), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ring.stop == MAP_FAILED)
		die("mmap");
	if (o->pass == PASS_PIPE) {
		for (member = 0; member < o->members; member++)
			if (pipe(ring.pipes[member]))
				die("pipe");
	}
	for (member = 1; member < o->members; member++)
		start_member(member);
}

void ring_round(void)
{
	if (ring.o->pass == PASS_YIELD) {
		sched_yield();
	} else {
		give(1);
		take(0);
	}
}

void ring_end(void)
{
	unsigned int member;

	atomic_store(ring.stop, true);
	/* Each passes it on before it looks whether to stop. */
	if (ring.o->pass == PASS_PIPE)
		give(1);
	for (member = 1; member < ring.o->members; member++) {
		if (ring.o->threads)
			pthread_join(ring.threads[member], NULL);
		else if (wait(NULL) < 0)
			die("wait");
	}
}
