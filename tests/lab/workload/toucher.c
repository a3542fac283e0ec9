/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Touches PAGES pages for the first time, gives them back at once and waits, then
 * says so in a line of JSON: where they were, how long that took by the clock, and
 * what the kernel tells it of its faults and of the most that it held.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

/* A line of /proc/self/status, in bytes. */
static unsigned long status(const char *name)
{
	unsigned long kib = 0;
	char line[256];
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			kib = strtoul(line + strlen(name) + 1, NULL, 10);
	if (file)
		fclose(file);
	return kib * 1024;
}

int main(int argc, char **argv)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t pages = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
	struct rusage usage;
	uint64_t begin, took;
	volatile char *area;
	size_t i;

	usleep(700000);
	area = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED) {
		perror("toucher: mmap");
		return 1;
	}
	madvise((void *)area, pages * page, MADV_NOHUGEPAGE);
	begin = now();
	for (i = 0; i < pages; i++)
		area[i * page] = 1;
	took = now() - begin;
	madvise((void *)area, pages * page, MADV_DONTNEED);
	usleep(1200000);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"pid\": %d, \"pages\": %zu, \"begin\": %zu, \"end\": %zu, \"touch_ns\": %llu, "
	       "\"most_bytes\": %lu, \"minflt\": %ld, \"majflt\": %ld}\n",
	       getpid(), pages, (size_t)area, (size_t)area + pages * page, (unsigned long long)took,
	       status("VmHWM"), usage.ru_minflt, usage.ru_majflt);
	return 0;
}
