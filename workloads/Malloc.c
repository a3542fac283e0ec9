// SPDX-License-Identifier: GPL-2.0-only
/*
 * One malloc() of a given size: what it asked for is known exactly.
 *
 *	gcc -O0 Malloc.c -o Malloc
 *	Malloc [--touch] [SIZE]		1 MiB by default; 0 is the baseline
 *
 * Holds it until a line, or the end, of its input, frees it, and waits again.
 */
#include <sys/types.h>
#include <unistd.h>

#include "same_program.h"
#include "size.h"

#define DEFAULT_SIZE ((size_t)1 << 20)
#define MOST ((size_t)1 << 30)

int main(int argc, char **argv)
{
	size_t size = DEFAULT_SIZE;
	int touch = 0, sizes = 0;
	char *memory;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			puts("usage: Malloc [--touch] [SIZE]   (1M by default, up to 1G; k, m, g)");
			return 0;
		}
		if (!strcmp(argv[i], "--touch"))
			touch = 1;
		else if (!sizes++)
			size = size_argument("Malloc", argv[i], MOST);
		else
			return wrong_usage("Malloc", argv[i]);
	}
	be_the_same("Malloc", touch ? "--touch" : NULL, size);
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
