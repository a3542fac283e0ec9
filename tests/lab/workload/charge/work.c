/* SPDX-License-Identifier: GPL-2.0-only */
/* The threads of one process: pace, pinning, migration, exec, exits. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "charge.h"

static struct {
	const struct options *o;
	char **argv;
	uint64_t end_ns;
	unsigned int child;		/* number among its siblings */
	double rate;			/* bytes/s; infinite: as fast as it can */
	atomic_uint running;		/* workers that have not ended */
	atomic_uint parked;
	atomic_bool park;		/* one thread is about to exec */
} job;

static void pin(unsigned int thread, uint64_t turn)
{
	const struct options *o = job.o;
	cpu_set_t set;

	if (!o->cpu_count)
		return;
	CPU_ZERO(&set);
	CPU_SET(o->cpus[(thread + job.child + turn) % o->cpu_count], &set);
	/* Its CPU may be offline: it runs where the kernel lets it. */
	if (sched_setaffinity(0, sizeof(set), &set) && errno != EINVAL)
		die("cannot pin to a CPU of", "--cpus");
}

static void wait_until(uint64_t when)
{
	struct timespec t = { when / 1000000000u, when % 1000000000u };

	if (job.o->burn)
		while (!stop && !job.park && now_ns() < when)
			;
	else
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* The last worker ends the process, whether or not the leader still lives. */
static void end_worker(void)
{
	if (atomic_fetch_sub(&job.running, 1) != 1)
		return;
	account_write(job.o);
	exit(0);
}

/* From here on a signal stays pending, over the exec: main() unblocks it. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/*
 * The other threads die inside exec. One that died between a charge and its
 * entry in the account would falsify the truth: wait until each has stopped.
 */
static void exec_from_here(void)
{
	char resume[64], path[4096];
	ssize_t length;

	block_signals();
	job.park = true;
	while (job.parked + 1 < job.running)
		sched_yield();
	if (stop) {
		account_write(job.o);
		_exit(0);
	}
	length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length < 0)
		die("cannot read", "/proc/self/exe");
	path[length] = 0;
	snprintf(resume, sizeof(resume), "%d %llu", account_fd(), (unsigned long long)job.end_ns);
	if (setenv("CHARGE_RESUME", resume, 1))
		die("cannot set", "CHARGE_RESUME");
	execv(path, job.argv);
	die("cannot exec", path);
}

static void park(void)
{
	block_signals();
	job.parked++;
	for (;;)
		pause();
}

/* Moves what is due by now at this thread's share of the rate. */
static bool catch_up(uint64_t begin, uint64_t *done, unsigned int *remote)
{
	const struct options *o = job.o;
	/* At its start already a little is due: INFINITY * 0 is nothing. */
	uint64_t elapsed = now_ns() - begin + 1, bytes;
	double due = job.rate / o->threads * elapsed / 1e9;

	while (*done < due) {
		/* Who begins when its time is over already has moved something, too. */
		if (stop || job.park || (*done && now_ns() >= job.end_ns))
			return true;
		*remote += o->remote_percent;
		if (!account_charge(o, *remote >= 100, &bytes))
			return false;
		*remote %= 100;
		*done += bytes;
	}
	return true;
}

static void *worker(void *argument)
{
	const struct options *o = job.o;
	unsigned int thread = (uintptr_t)argument, remote = 0;
	bool execs = o->exec_after_ns && thread == 1;
	uint64_t begin = now_ns(), turn = 0, wake = begin, done = 0;

	pin(thread, 0);
	do {
		if (job.park)
			park();
		if (execs && now_ns() - begin >= o->exec_after_ns)
			exec_from_here();
		if (o->migrate_ns && (now_ns() - begin) / o->migrate_ns != turn) {
			turn = (now_ns() - begin) / o->migrate_ns;
			pin(thread, turn);
		}
		if (!catch_up(begin, &done, &remote))
			break;
		wake = now_ns() + o->period_ns;
		/* Most of many have little to do: they sleep until they have. */
		if (o->zipf && begin + (uint64_t)(done / job.rate * 1e9) > wake)
			wake = begin + (uint64_t)(done / job.rate * 1e9);
		wait_until(wake < job.end_ns ? wake : job.end_ns);
	} while (!stop && now_ns() < job.end_ns);
	if (job.park)
		park();
	end_worker();
	return NULL;
}

static double harmonic(unsigned int n)
{
	double sum = 0;

	for (; n; n--)
		sum += 1.0 / n;
	return sum;
}

_Noreturn void work(const struct options *o, char **argv, uint64_t end_ns, unsigned int child)
{
	unsigned int first = o->leader_exits ? 0 : 1;
	pthread_t thread;
	pthread_attr_t attributes;

	job.o = o;
	job.argv = argv;
	job.end_ns = end_ns;
	job.child = child;
	job.rate = o->rate == UINT64_MAX ? INFINITY : o->rate;
	if (o->zipf)
		job.rate /= (child + 1) * harmonic(o->children);
	job.running = o->threads;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (uintptr_t i = first; i < o->threads; i++) {
		errno = pthread_create(&thread, &attributes, worker, (void *)i);
		if (errno)
			die("cannot start", "a thread");
	}
	/* The system call: pthread_exit() needs libgcc_s, absent in a static program. */
	if (o->leader_exits)
		syscall(SYS_exit, 0);
	worker(NULL);
	for (;;)
		pause(); /* until the last worker ends the process */
}
