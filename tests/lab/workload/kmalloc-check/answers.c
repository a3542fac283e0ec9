// SPDX-License-Identifier: GPL-2.0-only
/* What is answered to what is written, to who is above a cap, and to strangers. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

static void say_write(const char *what, int fd, const char *text)
{
	const char *answer = put(fd, text);

	printf("what=%s answer=%s held=\"%s\"\n", what, answer, content(fd));
}

/* Another user, who is let in here, has caps of his own. */
static void other_user(void)
{
	if (chmod(FILE_NAME, 0666))
		die("chmod " FILE_NAME);
	if (fork_or_die() == 0) {
		if (setuid(65533))
			die("setuid");
		say_write("other-user", open_file(), "4096");
		exit(0);
	}
	wait(NULL);
	if (chmod(FILE_NAME, 0600))
		die("chmod " FILE_NAME);
}

void answers(void)
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
	other_user();
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
