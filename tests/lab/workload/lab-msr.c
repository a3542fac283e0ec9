/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads or writes one MSR of one CPU; exit status 3: it raised #GP. */
#include <inttypes.h>
#include <string.h>

#include "lab_msr.h"

int main(int argc, char **argv)
{
	bool write = argc == 5 && !strcmp(argv[1], "write");
	uint64_t value = write ? strtoull(argv[4], NULL, 0) : 0;

	if (!write && !(argc == 4 && !strcmp(argv[1], "read"))) {
		fprintf(stderr, "usage: lab-msr read CPU MSR | write CPU MSR VALUE\n");
		return 2;
	}
	if (!msr_access(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), &value, write)) {
		fprintf(stderr, "lab-msr: #GP\n");
		return 3;
	}
	if (!write)
		printf("0x%" PRIx64 "\n", value);
	return 0;
}
