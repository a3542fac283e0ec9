// SPDX-License-Identifier: GPL-2.0-only
/* The language of /proc/memory_collector. */
#include "command.h"

static const struct {
	const char *name;
	enum command command;
} commands[] = {
	{ "dump", COMMAND_DUMP },
};

int command_parse(const char *text, size_t len)
{
	size_t i;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (len == strlen(commands[i].name) && !memcmp(text, commands[i].name, len))
			return commands[i].command;
	}
	return -EINVAL;
}
