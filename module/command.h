/* SPDX-License-Identifier: GPL-2.0-only */
/* The language of /proc/memory_collector. */
#ifndef MC_COMMAND_H
#define MC_COMMAND_H

#include "portable.h"

#define COMMAND_MAX_LEN 64

enum command {
	COMMAND_DUMP = 1,
};

/*
 * Parse one whole write: a command, with at most one newline behind it.
 * Returns the command or -EINVAL; there is nothing in between, so a write is
 * carried out whole or not at all.
 */
int command_parse(const char *text, size_t len);

#endif /* MC_COMMAND_H */
