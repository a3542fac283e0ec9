/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds 2 * PAGES pages: half of random bytes, and half each filled with one word. Says so in a line
 * of JSON and then, 50 times a second, writes to those of random bytes (or with "read" reads them) and
 * to no other.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t *map(size_t bytes)
{
	uint64_t *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED) {
		perror("halves: mmap");
		exit(1);
	}
	madvise(area, bytes, MADV_NOHUGEPAGE);
	return area;
}

int main(int argc, char **argv)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t pages = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
	const int reads = argc > 2 && !strcmp(argv[2], "read");
	const size_t words = pages * page / sizeof(uint64_t), words_of_page = page / sizeof(uint64_t);
	volatile uint64_t *hot = map(pages * page);
	uint64_t *cold = map(pages * page);
	uint64_t state = 88172645463325252ull, sum = 0;
	size_t i;

	for (i = 0; i < words; i++) {
		/* Marsaglia's xorshift. */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		hot[i] = state;
		cold[i] = 1 + i / words_of_page % 3;
	}
	printf("{\"pid\": %d, \"hot_pages\": %zu, \"cold_pages\": %zu}\n", getpid(), pages, pages);
	fflush(stdout);
	for (;;) {
		for (i = 0; i < words; i += words_of_page)
			if (reads)
				sum += hot[i];
			else
				hot[i] = state + sum + i;
		usleep(20000);
	}
}
