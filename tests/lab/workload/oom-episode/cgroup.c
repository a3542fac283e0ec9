// SPDX-License-Identifier: GPL-2.0-only
// The files of one memory cgroup (v2).
#include "episode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

void sleep_until(int64_t ns)
{
	struct timespec until = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void fail(const char *what, const char *name)
{
	fprintf(stderr, "oom-episode: error: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static bool put(const char *path, const char *file, const char *text)
{
	char name[512];
	int fd;
	bool done;

	snprintf(name, sizeof(name), "%s/%s", path, file);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static void put_bytes(const char *path, const char *file, double bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)bytes);
	if (!put(path, file, text))
		fail("cannot write", file);
}

void cgroup_make(const char *path, const struct plan *plan)
{
	if (mkdir(path, 0755))
		fail("cannot make the cgroup", path);
	if (!plan)
		return;
	put_bytes(path, "memory.max", plan->limit);
	put_bytes(path, "memory.swap.max", plan->swap_max);
}

void cgroup_enter(const char *path)
{
	if (!put(path, "cgroup.procs", "0"))
		fail("cannot enter the cgroup", path);
}

int64_t cgroup_value(const char *path, const char *file, const char *key)
{
	char name[512], line[256], word[128];
	long long value, found = -1;
	FILE *stream;

	snprintf(name, sizeof(name), "%s/%s", path, file);
	stream = fopen(name, "re");
	if (!stream)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), stream)) {
		if (!key && sscanf(line, "%lld", &value) == 1)
			found = value;
		else if (key && sscanf(line, "%127s %lld", word, &value) == 2 && !strcmp(word, key))
			found = value;
	}
	fclose(stream);
	return found;
}

void cgroup_kill(const char *path)
{
	put(path, "cgroup.kill", "1");
}

void cgroup_remove(const char *path)
{
	/* What was killed leaves a moment after it was reaped. */
	for (int i = 0; i < 100 && rmdir(path) && errno == EBUSY; i++)
		usleep(20000);
}
