/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads numbers from files, all of them every INTERVAL, and writes a line a
 * round: nanoseconds of CLOCK_MONOTONIC after the round, then the numbers.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int main(int argc, char **argv)
{
	uint64_t interval, end, next;
	int files = argc - 3, *fd;
	char text[64];

	if (argc < 4) {
		fputs("usage: lab-poll INTERVAL_MS SECONDS FILE...\n", stderr);
		return 2;
	}
	interval = strtoull(argv[1], NULL, 10) * 1000000;
	fd = calloc(files, sizeof(*fd));
	for (int i = 0; i < files; i++) {
		fd[i] = open(argv[3 + i], O_RDONLY);
		if (fd[i] < 0) {
			perror(argv[3 + i]);
			return 1;
		}
	}
	next = now_ns();
	end = next + strtoull(argv[2], NULL, 10) * 1000000000;
	while (next < end) {
		uint64_t values[64];

		for (int i = 0; i < files && i < 64; i++) {
			ssize_t length = pread(fd[i], text, sizeof(text) - 1, 0);

			text[length > 0 ? length : 0] = 0;
			values[i] = strtoull(text, NULL, 10);
		}
		printf("%" PRIu64, now_ns());
		for (int i = 0; i < files && i < 64; i++)
			printf(" %" PRIu64, values[i]);
		putchar('\n');
		for (next += interval; next < now_ns(); next += interval)
			;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
				&(struct timespec){ next / 1000000000, next % 1000000000 }, NULL);
	}
	return 0;
}
