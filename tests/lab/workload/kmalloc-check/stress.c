// SPDX-License-Identifier: GPL-2.0-only
/* Many at once, and allocations that fail. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define WRITERS 8
#define WRITES	200

void writers(void)
{
	unsigned long long bytes = 0;
	int fd = open_file(), i, j, status, failed = 0;
	char text[16];

	for (i = 0; i < WRITERS; i++) {
		for (j = 0; j < WRITES; j++)
			bytes += (unsigned long long)(i + 1) * (unsigned long long)(j % 50);
		if (fork_or_die())
			continue;
		for (j = 0; j < WRITES; j++) {
			snprintf(text, sizeof(text), "%d\n", (i + 1) * (j % 50));
			if (strcmp(put(fd, text), "OK") || strcmp(another(), "OK"))
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	printf("what=writers failed=%d wrote=\"%llu bytes in %d allocations\" held=\"%s\"\n", failed, bytes,
	       WRITERS * WRITES, content(fd));
}

/* The kernel's fault injection takes this process only, and from here on. */
static void make_it_fail(void)
{
	int fd = open("/proc/self/make-it-fail", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		die("/proc/self/make-it-fail");
	close(fd);
}

void loads(const char *file, int tries)
{
	int loaded = 0, no_memory = 0, others = 0, fd = open(file, O_RDONLY | O_CLOEXEC), i;

	if (fd < 0)
		die(file);
	make_it_fail();
	for (i = 0; i < tries; i++) {
		if (!syscall(SYS_finit_module, fd, "", 0)) {
			loaded++;
			/* This may fail as well, and is tried until it does not. */
			while (syscall(SYS_delete_module, "kmalloc_lkm", O_NONBLOCK) && errno != ENOENT)
				continue;
		} else if (errno == ENOMEM) {
			no_memory++;
		} else {
			others++;
		}
	}
	printf("what=loads tries=%d loaded=%d no_memory=%d others=%d\n", tries, loaded, no_memory, others);
}

void failing(int tries)
{
	int opened = 0, taken = 0, no_memory = 0, others = 0, fd = -1, i, new;
	const char *answer;

	make_it_fail();
	for (i = 0; i < tries; i++) {
		new = open(FILE_NAME, O_RDWR | O_CLOEXEC);
		if (new >= 0) {
			opened++;
			close(fd < 0 ? -1 : new);
			fd = fd < 0 ? new : fd;
		} else if (errno != ENOMEM) {
			others++;
		}
		answer = fd < 0 ? "ENOMEM" : put(fd, "1000");
		taken += !strcmp(answer, "OK");
		no_memory += !strcmp(answer, "ENOMEM");
	}
	printf("what=failing tries=%d opened=%d taken=%d no_memory=%d others=%d held=\"%s\"\n", tries, opened, taken,
	       no_memory, others, fd < 0 ? "" : content(fd));
}

void storm(int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned int opened = 0, taken = 0, gone = 0;
	int i;

	while (time(NULL) < end) {
		int fd = open(FILE_NAME, O_RDWR | O_CLOEXEC);

		if (fd < 0)
			continue;
		opened++;
		for (i = 0; i < 20; i++) {
			if (!strcmp(put(fd, "3000"), "OK"))
				taken++;
			else
				gone++;
			content(fd);
		}
		close(fd);
	}
	printf("what=storm opened=%u taken=%u gone=%u\n", opened, taken, gone);
}
