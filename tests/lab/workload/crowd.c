/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many processes that move nothing: LIVE of them at once, each of which has
 * run, then CHURN more, one after the other, that end at once. Says "live" and
 * "churned N" when that is done and waits for a line on stdin after each, so
 * that a script can look; ends them all at the end.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long number)
{
	char line[16];

	printf("%s %ld\n", what, number);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("crowd: fork");
		exit(1);
	}
	return pid;
}

int main(int argc, char **argv)
{
	long live = argc > 1 ? atol(argv[1]) : 0, churn = argc > 2 ? atol(argv[2]) : 0;
	long steps = argc > 3 ? atol(argv[3]) : 1;
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int ready[2];
	char byte;

	if (live < 0 || churn < 0 || steps < 1 || pipe(ready)) {
		fputs("usage: crowd LIVE CHURN [STEPS]\n", stderr);
		return 2;
	}
	setrlimit(RLIMIT_NPROC, &limit);
	for (long i = 0; i < live; i++) {
		if (child())
			continue;
		/* Whatever becomes of the parent, it goes with it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	for (long i = 0; i < live; i++)
		if (read(ready[0], &byte, 1) != 1)
			return 1;
	say("live", live);
	for (long step = 1; step <= steps; step++) {
		for (long i = churn * (step - 1) / steps; i < churn * step / steps; i++) {
			pid_t pid = child();

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
		say("churned", churn * step / steps);
	}
	return 0;
}
