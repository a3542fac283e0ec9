/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that is the same at every size, but for the memory of that size. */
#ifndef WORKLOADS_SAME_PROGRAM_H
#define WORKLOADS_SAME_PROGRAM_H

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * Executes itself once more where addresses are not random, its size in as many characters:
 * the stack begins anywhere within two pages otherwise, and so touches one more or one less;
 * and without huge pages, for one may cover what nobody asked for, next to what somebody did.
 * Returns if that is so already, or cannot be. `option` may be NULL.
 */
static void be_the_same(const char *program, char *option, size_t size)
{
	char itself[PATH_MAX], name[64], digits[32];
	char *again[4];
	int of_now = personality(0xffffffff);
	ssize_t length;
	int i = 0;

	if (of_now >= 0 && of_now & ADDR_NO_RANDOMIZE)
		return;
	length = readlink("/proc/self/exe", itself, sizeof(itself) - 1);
	if (of_now >= 0 && length > 0 && personality(of_now | ADDR_NO_RANDOMIZE) >= 0) {
		itself[length] = 0;
		snprintf(name, sizeof(name), "%s", program);
		snprintf(digits, sizeof(digits), "%020zu", size);
		again[i++] = name;
		if (option)
			again[i++] = option;
		again[i++] = digits;
		again[i] = NULL;
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		execv(itself, again);
	}
	fprintf(stderr, "%s: addresses stay random here (%s): its stack may be a page more or less\n",
		program, strerror(errno));
}

#endif /* WORKLOADS_SAME_PROGRAM_H */
