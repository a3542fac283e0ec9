// SPDX-License-Identifier: GPL-2.0-only
/*
 * One malloc() of a given size: what it asked for is known exactly.
 *
 *	gcc -O0 Malloc.c -o Malloc
 *	Malloc [--touch] [SIZE]		1 MiB by default; 0 is the baseline
 *
 * Holds it until a line, or the end, of its input, frees it, and waits again.
 *
 * To be the same program at every size but for that memory, it executes itself once more where
 * addresses are not random, its size in as many characters: the stack begins anywhere within
 * two pages otherwise, and so touches one more or one less.
 */
#include <limits.h>
#include <sys/personality.h>
#include <sys/types.h>
#include <unistd.h>

#include "size.h"

#define DEFAULT_SIZE ((size_t)1 << 20)
#define MOST ((size_t)1 << 30)

/* Returns if that is so already, or cannot be. */
static void be_the_same(char **argv, int touch, size_t size)
{
	char itself[PATH_MAX], digits[32];
	char *again[4];
	int of_now = personality(0xffffffff);
	ssize_t length;
	int i = 0;

	if (of_now >= 0 && of_now & ADDR_NO_RANDOMIZE)
		return;
	length = readlink("/proc/self/exe", itself, sizeof(itself) - 1);
	if (of_now >= 0 && length > 0 && personality(of_now | ADDR_NO_RANDOMIZE) >= 0) {
		itself[length] = 0;
		snprintf(digits, sizeof(digits), "%020zu", size);
		again[i++] = argv[0];
		if (touch)
			again[i++] = "--touch";
		again[i++] = digits;
		again[i] = NULL;
		execv(itself, again);
	}
	fprintf(stderr, "Malloc: addresses stay random here (%s): its stack may be a page more or less\n",
		strerror(errno));
}

int main(int argc, char **argv)
{
	size_t size = DEFAULT_SIZE;
	int touch = 0;
	char *memory;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			puts("usage: Malloc [--touch] [SIZE]   (1M by default, up to 1G; k, m, g)");
			return 0;
		}
		if (!strcmp(argv[i], "--touch"))
			touch = 1;
		else
			size = size_argument(argv[0], argv[i], MOST);
	}
	be_the_same(argv, touch, size);
	/* Whatever stdio needs is there before, at any size; of what is read it keeps nothing. */
	setvbuf(stdin, NULL, _IONBF, 0);
	printf("pid %d: malloc of %zu bytes\n", (int)getpid(), size);
	fflush(stdout);
	memory = malloc(size);
	if (!memory) {
		fprintf(stderr, "Malloc: no memory for %zu bytes\n", size);
		return 1;
	}
	if (touch)
		memset(memory, 1, size);
	printf("pid %d: holds %zu bytes%s; Enter frees them\n", (int)getpid(), size,
	       touch ? ", touched" : "");
	wait_until_told();
	free(memory);
	printf("pid %d: has freed %zu bytes; Enter ends it\n", (int)getpid(), size);
	wait_until_told();
	return 0;
}
