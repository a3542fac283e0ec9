/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold-file FILE BYTES: holds a copy of the file in anonymous memory, again and again until there
 * are so many bytes, each copy from a page's begin on, and says so. On a line of input it asks the
 * kernel to swap all of it out, and says how many pages are gone; at the input's end it ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* since Linux 5.4 */
#endif

enum { PAGE = 4096 };

static int fill(char *area, size_t bytes, int file, size_t length)
{
	size_t at = 0;
	ssize_t got;

	while (at < bytes) {
		const size_t from = at % ((length + PAGE - 1) / PAGE * PAGE);
		const size_t want = from < length ? length - from : 0;

		if (!want) {
			at = (at + PAGE - 1) / PAGE * PAGE;
			continue;
		}
		got = pread(file, area + at, want < bytes - at ? want : bytes - at, (off_t)from);
		if (got <= 0)
			return -1;
		at += (size_t)got;
	}
	return 0;
}

/* Bit 62 of an entry: swapped (Documentation/admin-guide/mm/pagemap.rst). */
static size_t swapped(const char *area, size_t pages)
{
	const int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t count = 0, i;
	uint64_t entry;

	for (i = 0; map >= 0 && i < pages; i++)
		if (pread(map, &entry, sizeof(entry), (off_t)(((uintptr_t)area / PAGE + i) * sizeof(entry))) ==
			    sizeof(entry) && entry >> 62 & 1)
			count++;
	if (map >= 0)
		close(map);
	return count;
}

int main(int argc, char **argv)
{
	const size_t bytes = argc > 2 ? strtoul(argv[2], NULL, 10) / PAGE * PAGE : 0;
	const int file = argc > 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct stat status;
	char line[16], *area;

	if (file < 0 || !bytes || fstat(file, &status) || status.st_size == 0) {
		fprintf(stderr, "usage: hold-file FILE BYTES: a file that is not empty, at least a page\n");
		return 2;
	}
	area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || fill(area, bytes, file, (size_t)status.st_size)) {
		fprintf(stderr, "hold-file: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("{\"pid\":%d,\"address\":%lu,\"bytes\":%zu}\n", getpid(), (unsigned long)(uintptr_t)area, bytes);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (madvise(area, bytes, MADV_PAGEOUT)) {
			fprintf(stderr, "hold-file: MADV_PAGEOUT: %s\n", strerror(errno));
			return 1;
		}
		printf("{\"pages\":%zu,\"swapped\":%zu}\n", bytes / PAGE, swapped(area, bytes / PAGE));
		fflush(stdout);
	}
	return 0;
}
