/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes as users write them: 4096, 64k, 64KiB, 1M, 1GiB. */
#ifndef WORKLOADS_SIZE_H
#define WORKLOADS_SIZE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The program ends with status 2 if that is no size, or more than `most`. */
static inline size_t size_argument(const char *program, const char *text, size_t most)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = {
		{ "", 0 },     { "b", 0 },   { "k", 10 }, { "kib", 10 }, { "m", 20 },
		{ "mib", 20 }, { "g", 30 },  { "gib", 30 },
	};
	unsigned long long value;
	char *end;
	size_t i;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !errno)
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strcasecmp(end, units[i].name) && value <= most >> units[i].shift)
				return (size_t)value << units[i].shift;
	fprintf(stderr, "%s: '%s' is no size up to %zu: a number, and k, m or g\n", program, text, most);
	exit(2);
}

static inline int wrong_usage(const char *program, const char *argument)
{
	fprintf(stderr, "%s: unexpected argument '%s'; try %s --help\n", program, argument, program);
	return 2;
}

/* Holds what it has until a line, or the end, of its input. */
static inline void wait_until_told(void)
{
	int c;

	fflush(stdout);
	do
		c = getchar();
	while (c != '\n' && c != EOF);
}

#endif /* WORKLOADS_SIZE_H */
