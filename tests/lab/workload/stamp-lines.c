// SPDX-License-Identifier: GPL-2.0-only
// stamp-lines: copies its input, each line behind the CLOCK_MONOTONIC nanoseconds at which it came.
// For what others print, and for /dev/kmsg. Its memory is locked: it works while the machine has none left.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void put(long long ns, const char *text, size_t size)
{
	static char line[16384 + 32];
	int head = snprintf(line, sizeof(line), "%lld ", ns);

	memcpy(line + head, text, size);
	line[head + (int)size] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)head + size + 1) < 0)
		_exit(1);
}

int main(int argc, char **argv)
{
	static char text[16384];
	size_t have = 0;

	(void)argv;
	if (argc > 1) {
		fprintf(stderr, "usage: stamp-lines <INPUT >OUTPUT\n"
				"Copies lines, each behind the CLOCK_MONOTONIC nanoseconds at which it came.\n");
		return 2;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		perror("stamp-lines: memory cannot be locked");
	for (;;) {
		ssize_t count = read(STDIN_FILENO, text + have, sizeof(text) - have);
		struct timespec now;
		char *begin = text, *end;
		long long ns;

		if (count < 0 && (errno == EINTR || errno == EPIPE)) /* EPIPE: /dev/kmsg overwrote some */
			continue;
		if (count <= 0)
			break;
		clock_gettime(CLOCK_MONOTONIC, &now);
		ns = now.tv_sec * 1000000000ll + now.tv_nsec;
		have += (size_t)count;
		while ((end = memchr(begin, '\n', have))) {
			put(ns, begin, (size_t)(end - begin));
			have -= (size_t)(end - begin) + 1;
			begin = end + 1;
		}
		memmove(text, begin, have);
		if (have == sizeof(text)) {
			put(ns, text, have);
			have = 0;
		}
	}
	return 0;
}
