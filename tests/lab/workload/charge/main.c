/* SPDX-License-Identifier: GPL-2.0-only */
/* Start, signals, and the children. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lab_cpuid.h"
#include "charge.h"

volatile sig_atomic_t stop;

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

void die(const char *what, const char *thing)
{
	fprintf(stderr, "charge: %s %s: %s\n", what, thing, strerror(errno));
	_exit(1);
}

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static uint64_t end_after(uint64_t duration)
{
	uint64_t now = now_ns();

	return duration > UINT64_MAX - now ? UINT64_MAX : now + duration;
}

/* xorshift64*: the same seed draws the same lives. */
static uint64_t draw(uint64_t *state, uint64_t low, uint64_t high)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return low + (*state * 0x2545F4914F6CDD1Dull >> 11) % (high - low + 1);
}

/* Children wait at its other end until the last one is there (--zipf). */
static int gate[2] = { -1, -1 };

static void wait_at_gate(void)
{
	char byte;

	close(gate[1]);
	while (read(gate[0], &byte, 1) < 0 && errno == EINTR && !stop)
		;
	close(gate[0]);
}

static void become_child(const struct options *o, char **argv, uint64_t life, unsigned int number)
{
	char child[64], path[4096];
	ssize_t length;

	if (o->zipf)
		wait_at_gate();

	if (!o->child_exec) {
		account_open(o);
		work(o, argv, end_after(life), number);
	}
	snprintf(child, sizeof(child), "%llu %u", (unsigned long long)life, number);
	length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length < 0 || setenv("CHARGE_CHILD", child, 1))
		die("cannot prepare", "a child");
	path[length] = 0;
	execv(path, argv);
	die("cannot exec", path);
}

/* Kept so that a signal can be passed on; the slot of a reaped child is -1. */
static pid_t *family;

static void reap(const struct options *o, unsigned int *alive, unsigned int *failed)
{
	int status;
	pid_t pid = wait(&status);

	if (pid < 0)
		return; /* EINTR: the loop looks at stop */
	(*alive)--;
	*failed += !WIFEXITED(status) || WEXITSTATUS(status);
	for (unsigned int i = 0; i < o->parallel; i++)
		if (family[i] == pid)
			family[i] = -1;
}

static int raise_children(const struct options *o, char **argv)
{
	unsigned int started = 0, alive = 0, failed = 0, i;
	uint64_t state = o->seed * 2 + 1;
	bool told = false;

	family = malloc(o->parallel * sizeof(*family));
	if (!family)
		die("cannot keep", "the children");
	for (i = 0; i < o->parallel; i++)
		family[i] = -1;
	if (o->zipf && pipe(gate))
		die("cannot make", "a pipe");
	while (alive || (started < o->children && !stop)) {
		if (stop && !told) {
			for (i = 0; i < o->parallel; i++)
				if (family[i] > 0)
					kill(family[i], SIGTERM);
			told = true;
		}
		if (gate[1] >= 0 && (stop || started == o->children)) {
			close(gate[0]);
			close(gate[1]);
			gate[1] = -1;
		}
		if (stop || started == o->children || alive == o->parallel) {
			reap(o, &alive, &failed);
			continue;
		}
		for (i = 0; family[i] != -1; i++)
			;
		uint64_t life = o->life_max_ns ? draw(&state, o->life_min_ns, o->life_max_ns)
					       : o->duration_ns;
		family[i] = fork();
		if (family[i] < 0 && errno != EAGAIN)
			die("cannot fork", "a child");
		if (family[i] < 0) { /* out of pids: wait for one to end */
			if (alive)
				reap(o, &alive, &failed);
			else
				usleep(1000);
			continue;
		}
		if (!family[i])
			become_child(o, argv, life, started);
		started++;
		alive++;
	}
	account_write(o);
	if (failed)
		fprintf(stderr, "charge: %u of %u children failed\n", failed, started);
	return failed != 0;
}

int main(int argc, char **argv)
{
	/* No SA_RESTART: wait() must see a signal at once. */
	struct sigaction action = { .sa_handler = on_signal };
	const char *resume = getenv("CHARGE_RESUME"), *child = getenv("CHARGE_CHILD");
	unsigned long long value = 0;
	unsigned int number = 0;
	struct options o;
	int fd = -1;

	options_parse(&o, argc, argv);
	if (!lab_present()) {
		fprintf(stderr, "charge: this machine is not the lab; run it in a guest of"
				" tests/lab/guest with RDT on\n");
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	/* Blocked by the image before an exec (work.c). */
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaddset(&action.sa_mask, SIGINT);
	sigprocmask(SIG_UNBLOCK, &action.sa_mask, NULL);
	if (o.comm)
		prctl(PR_SET_NAME, o.comm);

	if (resume && sscanf(resume, "%d %llu", &fd, &value) == 2) {
		unsetenv("CHARGE_RESUME");
		o.exec_after_ns = 0;
		account_resume(&o, fd);
		work(&o, argv, value, 0);
	}
	account_open(&o);
	if (child && sscanf(child, "%llu %u", &value, &number) == 2) {
		unsetenv("CHARGE_CHILD");
		work(&o, argv, end_after(value), number);
	}
	if (o.children)
		return raise_children(&o, argv);
	work(&o, argv, end_after(o.duration_ns), 0);
}
