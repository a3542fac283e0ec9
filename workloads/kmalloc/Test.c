// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the module kmalloc_lkm allocate kernel memory for this process.
 *
 *	Test [SIZE]			4 KiB by default, up to 4 MiB; 0 is the baseline
 *
 * Holds it until a line, or the end, of its input.
 */
#include <fcntl.h>
#include <unistd.h>

#include "../same_program.h"
#include "../size.h"

#define FILE_NAME "/proc/kmalloc_lkm"
#define DEFAULT_SIZE 4096
#define MOST ((size_t)1 << 22)

static int failed(const char *what)
{
	const char *hint = "";

	if (errno == ENOENT)
		hint = "; load the module: insmod kmalloc_lkm.ko";
	else if (errno == EACCES)
		hint = "; run it as root";
	else if (errno == EDQUOT)
		hint = "; a cap of the module is reached: see its parameters";
	fprintf(stderr, "Test: %s %s: %s%s\n", what, FILE_NAME, strerror(errno), hint);
	return 1;
}

/* What the module says it holds for this file. */
static int show(int file)
{
	char text[128];
	ssize_t length = pread(file, text, sizeof(text) - 1, 0);

	if (length < 0)
		return failed("read");
	text[length] = '\0';
	printf("pid %d: holds %s", (int)getpid(), text);
	return 0;
}

int main(int argc, char **argv)
{
	size_t size = DEFAULT_SIZE;
	char text[32];
	int file;
	int length;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		puts("usage: Test [SIZE]   (4k by default, up to 4M; k, m)");
		return 0;
	}
	if (argc > 2)
		return wrong_usage("Test", argv[2]);
	if (argc > 1)
		size = size_argument("Test", argv[1], MOST);
	be_the_same("Test", NULL, size);
	file = open(FILE_NAME, O_RDWR | O_CLOEXEC);
	if (file < 0)
		return failed("open");
	printf("pid %d: kmalloc of %zu bytes\n", (int)getpid(), size);
	length = snprintf(text, sizeof(text), "%zu\n", size);
	if (write(file, text, (size_t)length) != length)
		return failed("write");
	if (show(file))
		return 1;
	wait_until_told();
	close(file);
	printf("pid %d: has closed the file, and freed %zu bytes\n", (int)getpid(), size);
	return 0;
}
