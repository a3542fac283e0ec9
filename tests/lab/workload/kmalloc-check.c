/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc/kmalloc_lkm does, as its users see it; each line is a judge's to hold against what
 * it should be. Whether memory is held or freed shows by the cap of the user: with one file full,
 * another may write once the first is freed, and not before.
 *
 *	kmalloc-check answers		to what is written, in full and beyond the caps, and to strangers
 *	kmalloc-check lives		files that end by exit, kill, after fork, passed to others
 *	kmalloc-check writers		many at once into one file
 *	kmalloc-check failing N		N allocations and opens, of which some fail on demand
 *	kmalloc-check loads FILE N	loads and unloads of the module, likewise
 *	kmalloc-check storm SECONDS	opens, writes, reads and closes, whatever the answer
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "/proc/kmalloc_lkm"
#define FULL	  "1048576" /* the caps in bytes while `lives` and `answers` run */
#define WRITERS	  8
#define WRITES	  200

static const char *answer_of(int failed)
{
	return failed ? strerrorname_np(errno) : "OK";
}

static void die(const char *what)
{
	fprintf(stderr, "kmalloc-check: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_file(void)
{
	int fd = open(FILE_NAME, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("open " FILE_NAME);
	return fd;
}

static const char *put(int fd, const char *text)
{
	return answer_of(write(fd, text, strlen(text)) != (ssize_t)strlen(text));
}

/* What another file of the same user may do now. */
static const char *another(void)
{
	int fd = open_file();
	const char *answer = put(fd, "4096");

	close(fd);
	return answer;
}

static const char *content(int fd)
{
	static char text[128];
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
	char *end;

	if (length < 0)
		return strerrorname_np(errno);
	text[length] = 0;
	end = strchr(text, '\n');
	if (end)
		*end = 0;
	return text;
}

static pid_t fork_or_die(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	return pid;
}

static void say_write(const char *what, int fd, const char *text)
{
	const char *answer = put(fd, text);

	printf("what=%s answer=%s held=\"%s\"\n", what, answer, content(fd));
}

static void answers(void)
{
	char longest[101];
	struct stat about;
	int fd = open_file(), second = open_file();
	int i;

	if (stat(FILE_NAME, &about))
		die("stat " FILE_NAME);
	printf("what=mode answer=%o held=\"uid %u\"\n", about.st_mode & 07777, about.st_uid);
	memset(longest, '0', sizeof(longest));
	strcpy(longest + sizeof(longest) - 5, "4096");
	say_write("nothing", fd, "");
	say_write("word", fd, "many");
	say_write("negative", fd, "-1");
	say_write("two", fd, "1 2");
	say_write("hexadecimal", fd, "0x10");
	say_write("beyond-64-bits", fd, "18446744073709551616");
	say_write("too-large", fd, "4194305");
	say_write("too-long", fd, longest);
	say_write("line", fd, "1000\n");
	say_write("zero", fd, "0");
	say_write("fills-the-file", fd, "1047576");
	say_write("above-file", fd, "1");
	say_write("above-user", second, "1");
	close(fd);
	/* The cap on their number is 64. */
	for (i = 0; i < 63; i++)
		put(second, "0");
	say_write("sixty-fourth", second, "0");
	say_write("above-count", second, "0");
	close(second);
	if (fork_or_die() == 0) {
		if (setuid(65534))
			die("setuid");
		printf("what=stranger answer=%s held=\"\"\n", answer_of(open(FILE_NAME, O_RDWR) < 0));
		exit(0);
	}
	wait(NULL);
}

static void send_fd(int socket, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { 0 };
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space,
				  .msg_controllen = sizeof(control.space) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		die("sendmsg");
}

static int receive_fd(int socket)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { 0 };
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space,
				  .msg_controllen = sizeof(control.space) };
	int fd;

	if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		die("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* A process that fills a file, and neither closes it nor gives it away. */
static void ends(const char *how, int number)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		die("pipe");
	pid = fork_or_die();
	if (pid == 0) {
		put(open_file(), FULL);
		if (write(ready[1], "", 1) != 1)
			die("write");
		pause();
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		die("read");
	printf("what=%s before=%s", how, another());
	kill(pid, number);
	waitpid(pid, NULL, 0);
	printf(" after=%s\n", another());
	close(ready[0]);
	close(ready[1]);
}

static void exits(void)
{
	if (fork_or_die() == 0) {
		put(open_file(), FULL);
		printf("what=exit before=%s", another());
		exit(0);
	}
	wait(NULL);
	printf(" after=%s\n", another());
}

static void forks(void)
{
	int fd = open_file(), go[2];
	char byte;
	pid_t pid;

	if (pipe(go))
		die("pipe");
	put(fd, FULL);
	pid = fork_or_die();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 0)
			die("read");
		printf("what=fork-child before=%s held=\"%s\"\n", another(), content(fd));
		exit(0);
	}
	close(fd);
	printf("what=fork before=%s\n", another());
	fflush(stdout);
	close(go[1]);
	waitpid(pid, NULL, 0);
	printf("what=fork-ended after=%s\n", another());
	close(go[0]);
}

static void passes(void)
{
	int pair[2], fd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	pid = fork_or_die();
	if (pid == 0) {
		fd = open_file();
		put(fd, FULL);
		send_fd(pair[1], fd);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	/* Nobody has it open: it is on its way. */
	printf("what=passed before=%s", another());
	fd = receive_fd(pair[0]);
	printf(" received=%s held=\"%s\"", another(), content(fd));
	close(fd);
	printf(" after=%s\n", another());

	fd = open_file();
	put(fd, FULL);
	send_fd(pair[1], fd);
	close(fd);
	printf("what=dropped before=%s", another());
	close(pair[0]);
	close(pair[1]);
	printf(" after=%s\n", another());
}

static void writers(void)
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

static void loads(const char *file, int tries)
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

static void failing(int tries)
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

static void storm(int seconds)
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

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "answers")) {
		answers();
	} else if (!strcmp(what, "lives")) {
		exits();
		ends("kill", SIGKILL);
		forks();
		passes();
	} else if (!strcmp(what, "writers")) {
		writers();
	} else if (!strcmp(what, "failing") && argc > 2) {
		failing(atoi(argv[2]));
	} else if (!strcmp(what, "loads") && argc > 3) {
		loads(argv[2], atoi(argv[3]));
	} else if (!strcmp(what, "storm") && argc > 2) {
		storm(atoi(argv[2]));
	} else {
		fprintf(stderr, "usage: kmalloc-check answers|lives|writers|failing N|loads FILE N|storm SECONDS\n");
		return 2;
	}
	return 0;
}
