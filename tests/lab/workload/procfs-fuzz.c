/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes nonsense, and now and then sense, to /proc/memory_collector from several
 * processes, and tries to open it without the right to. Counts the answers; an
 * answer that is not the documented one is said and makes the status 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_NAME "/proc/memory_collector"
#define LONGEST   70000u
#define WRITERS   8u

static char text[LONGEST];
static uint64_t state;
static unsigned int done, refused, limited, bad;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

static bool is_command(const char *data, size_t len)
{
	return (len == 4 && !memcmp(data, "dump", 4)) || (len == 5 && !memcmp(data, "dump\n", 5));
}

static void judge(const char *how, ssize_t written, size_t len, bool command)
{
	if (command && written == (ssize_t)len) {
		done++;
	} else if (command && written < 0 && errno == EAGAIN) {
		limited++;
	} else if (!command && written < 0 && errno == EINVAL) {
		refused++;
	} else {
		fprintf(stderr, "procfs-fuzz: %s of %zu bytes: %zd, %s\n", how, len, written,
			written < 0 ? strerror(errno) : "whole or a part of it taken");
		bad++;
	}
}

/* A command, or nearly one, or noise of any length. */
static size_t compose(void)
{
	static const char *const near[] = { "dump", "dump\n", "dump\n\n", "dump ", " dump", "DUMP",
					    "dum", "dump\0", "du\0mp", "\0dump", "dumpdump", "\n", "\0" };
	static const size_t size[] = { 4, 5, 6, 5, 5, 4, 3, 5, 5, 5, 8, 1, 1 };
	size_t len, i;

	if (draw(2)) {
		i = draw(sizeof(size) / sizeof(size[0]));
		memcpy(text, near[i], size[i]);
		return size[i];
	}
	len = draw(4) ? draw(80) : draw(LONGEST);
	for (i = 0; i < len; i++)
		text[i] = (char)draw(256);
	if (len > 4 && draw(2))
		memcpy(text, "dump", 4);
	return len;
}

static void write_once(int fd)
{
	size_t len = compose();
	struct iovec parts[2] = { { text, len / 2 }, { text + len / 2, len - len / 2 } };

	switch (draw(4)) {
	case 0:
		/* There are no places in it: the VFS says so before the module is asked. */
		if (pwrite(fd, text, len, 0) >= 0 || errno != ESPIPE) {
			fprintf(stderr, "procfs-fuzz: pwrite of %zu bytes: %s\n", len, strerror(errno));
			bad++;
		}
		break;
	case 1:
		/* Each part is a write of its own; none of them is a command. */
		if (len > 1 && len < 9 && !is_command(text, len / 2)) {
			judge("writev", writev(fd, parts, 2), len, false);
			break;
		}
		/* fall through */
	default:
		judge("write", write(fd, text, len), len, is_command(text, len));
	}
}

/* Nobody knows at compile time that nothing is there. */
static char *volatile nowhere = (char *)8;

static int writer(unsigned int number, unsigned int writes)
{
	int fd = open(FILE_NAME, O_WRONLY);

	if (fd < 0) {
		perror(FILE_NAME);
		return 1;
	}
	state = 0x9E3779B97F4A7C15u * (number + 1);
	while (writes--)
		write_once(fd);
	/* Memory that is not there is said to be so, and not only that the text is wrong. */
	if (write(fd, nowhere, 4) >= 0 || errno != EFAULT) {
		fprintf(stderr, "procfs-fuzz: a bad address: %s\n", strerror(errno));
		bad++;
	}
	close(fd);
	printf("writer=%u done=%u refused=%u limited=%u unexpected=%u\n", number, done, refused,
	       limited, bad);
	return bad ? 1 : 0;
}

static void put(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, line, strlen(line)) < 0) {
		perror(path);
		_exit(1);
	}
	close(fd);
}

static void become(const char *who)
{
	if (!strcmp(who, "user")) {
		if (setgid(1000) || setuid(1000)) {
			perror("setuid");
			_exit(1);
		}
		return;
	}
	if (!strcmp(who, "root-without-capability")) {
		/* CAP_SYS_ADMIN: gone with the next exec, so from the sets right away. */
		if (prctl(PR_CAPBSET_DROP, 21, 0, 0, 0)) {
			perror("prctl");
			_exit(1);
		}
		execl("/proc/self/exe", "procfs-fuzz", "--open", (char *)NULL);
		perror("exec");
		_exit(1);
	}
	/* Root of a namespace of its own; outside it is root, or user 1000. */
	if (!strcmp(who, "namespace-of-user"))
		become("user");
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER)) {
		perror("unshare(CLONE_NEWUSER)");
		_exit(1);
	}
	if (!strcmp(who, "namespace-of-user")) {
		put("/proc/self/setgroups", "deny");
		put("/proc/self/uid_map", "0 1000 1");
	} else {
		put("/proc/self/uid_map", "0 0 1");
	}
}

static int try_open(void)
{
	int fd = open(FILE_NAME, O_WRONLY);
	const char *answer = fd >= 0 ? "opened" : strerrorname_np(errno);

	printf("uid=%d open=%s\n", getuid(), answer);
	fflush(stdout);
	/* EACCES is the file's mode, EPERM the missing capability. */
	return fd < 0 && (errno == EPERM || errno == EACCES) ? 0 : 1;
}

static int wait_for(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	static const char *const strangers[] = { "user", "root-without-capability",
						 "namespace-of-user", "namespace-of-root" };
	unsigned int writes = argc == 2 ? (unsigned int)atoi(argv[1]) : 0, i;
	pid_t children[WRITERS];
	int failed = 0;

	if (argc == 2 && !strcmp(argv[1], "--open"))
		return try_open();
	if (!writes) {
		fputs("usage: procfs-fuzz WRITES   (by each of 8 processes, as root)\n", stderr);
		return 2;
	}
	for (i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (!children[i])
			return writer(i, writes);
	}
	for (i = 0; i < WRITERS; i++)
		failed |= wait_for(children[i]);
	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		printf("stranger=%s ", strangers[i]);
		fflush(stdout);
		children[0] = fork();
		if (!children[0]) {
			become(strangers[i]);
			return try_open();
		}
		failed |= wait_for(children[0]);
	}
	return failed;
}
