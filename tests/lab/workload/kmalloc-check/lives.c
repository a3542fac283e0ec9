// SPDX-License-Identifier: GPL-2.0-only
/* Files that end by exit, by a signal, after fork, passed to another process. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

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

void lives(void)
{
	exits();
	ends("kill", SIGKILL);
	forks();
	passes();
}
