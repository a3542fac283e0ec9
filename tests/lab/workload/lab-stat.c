/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's own account, independent of what any counter shows: settings,
 * statistics, each CPU's IA32_PQR_ASSOC and the exact bytes per domain and
 * RMID, as one JSON object. Needs no privilege. `set` changes a rate.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_cpuid.h"

static const char *const stat_names[LAB_STAT_COUNT] = { LAB_STAT_NAMES };
static const char *const setting_names[LAB_SET_COUNT] = { LAB_SETTING_NAMES };

static void print_group(const char *title, uint32_t op, const char *const *names,
			uint32_t count)
{
	printf("\"%s\":{", title);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t value = 0;

		lab_get(op, i, 0, &value);
		printf("%s\"%s\":%" PRIu64, i ? "," : "", names[i], value);
	}
	printf("},\n");
}

static void print_truth(uint32_t domain, uint32_t rmid)
{
	static const char *const names[] = { "total", "local", "occupancy" };

	for (uint32_t what = LAB_TRUTH_TOTAL; what <= LAB_TRUTH_OCCUPANCY; what++) {
		uint64_t value = 0;

		lab_get(LAB_OP_TRUTH, rmid, domain | what << 16, &value);
		printf(",\"%s\":%" PRIu64, names[what], value);
	}
	printf("}");
}

static int print_all(void)
{
	struct lab_answer lab = lab_call(LAB_OP_IDENTIFY, 0, 0);
	uint32_t rmids = lab.ebx, domains = lab.ecx, cpus = lab.edx;
	const char *comma = "";

	printf("{");
	print_group("settings", LAB_OP_SETTING, setting_names, LAB_SET_COUNT);
	print_group("stats", LAB_OP_STAT, stat_names, LAB_STAT_COUNT);
	printf("\"cpus\":[");
	for (uint32_t i = 0; i < cpus; i++) {
		uint64_t pqr = 0;

		lab_get(LAB_OP_PQR, i, 0, &pqr);
		printf("%s{\"cpu\":%u,\"rmid\":%u,\"closid\":%u}", i ? "," : "", i,
		       (uint32_t)pqr & 0x3FF, (uint32_t)(pqr >> 32));
	}
	printf("],\n\"domains\":[");
	for (uint32_t d = 0; d < domains; d++) {
		printf("%s{\"domain\":%u", d ? "," : "", d);
		print_truth(d, LAB_RMID_ALL);
	}
	printf("],\n\"untracked\":[");
	for (uint32_t d = 0; d < domains; d++) {
		printf("%s{\"domain\":%u", d ? "," : "", d);
		print_truth(d, LAB_RMID_UNTRACKED);
	}
	printf("],\n\"rmids\":[");
	for (uint32_t d = 0; d < domains; d++) {
		for (uint32_t r = 0; r < rmids; r++) {
			uint64_t total = 0;

			lab_get(LAB_OP_TRUTH, r, d, &total);
			if (!total)
				continue;
			printf("%s\n{\"domain\":%u,\"rmid\":%u", comma, d, r);
			print_truth(d, r);
			comma = ",";
		}
	}
	printf("]}\n");
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}

/* One number, for scripts: `stat NAME`, `truth DOMAIN RMID|all total|...`. */
static int print_one(char **word, int words)
{
	uint64_t value;

	if (words == 2 && !strcmp(word[0], "stat")) {
		for (uint32_t i = 0; i < LAB_STAT_COUNT; i++)
			if (!strcmp(word[1], stat_names[i]) && lab_get(LAB_OP_STAT, i, 0, &value))
				return printf("%" PRIu64 "\n", value) < 0;
	} else if (words == 2 && !strcmp(word[0], "setting")) {
		for (uint32_t i = 0; i < LAB_SET_COUNT; i++)
			if (!strcmp(word[1], setting_names[i]) &&
			    lab_get(LAB_OP_SETTING, i, 0, &value))
				return printf("%" PRIu64 "\n", value) < 0;
	} else if (words == 2 && !strcmp(word[0], "pqr")) {
		if (lab_get(LAB_OP_PQR, strtoul(word[1], NULL, 0), 0, &value))
			return printf("0x%" PRIx64 "\n", value) < 0;
	} else if (words == 4 && !strcmp(word[0], "truth")) {
		uint32_t rmid = !strcmp(word[2], "all") ? LAB_RMID_ALL :
				!strcmp(word[2], "untracked") ? LAB_RMID_UNTRACKED :
				strtoul(word[2], NULL, 0);
		uint32_t what = !strcmp(word[3], "total") ? LAB_TRUTH_TOTAL :
				!strcmp(word[3], "local") ? LAB_TRUTH_LOCAL :
				!strcmp(word[3], "occupancy") ? LAB_TRUTH_OCCUPANCY : 99;

		if (lab_get(LAB_OP_TRUTH, rmid, strtoul(word[1], NULL, 0) | what << 16, &value))
			return printf("%" PRIu64 "\n", value) < 0;
	} else if (words == 3 && !strcmp(word[0], "set")) {
		for (uint32_t i = 0; i < LAB_SET_COUNT; i++)
			if (!strcmp(word[1], setting_names[i]) &&
			    lab_call(LAB_OP_SET, i, strtoul(word[2], NULL, 0)).ebx)
				return 0;
	}
	fprintf(stderr,
		"usage: lab-stat                                 everything, as JSON\n"
		"       lab-stat stat NAME | setting NAME | pqr CPU\n"
		"       lab-stat truth DOMAIN RMID|all|untracked total|local|occupancy\n"
		"       lab-stat set half_life_ms|error_ppm|unavailable_ppm VALUE\n");
	return 2;
}

int main(int argc, char **argv)
{
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		print_one(NULL, 0);
		return 0;
	}
	if (!lab_present()) {
		fprintf(stderr, "lab-stat: this machine is not the lab (no CPUID leaf 0x%x);"
			" run it in a guest of tests/lab/guest with RDT on\n", LAB_LEAF);
		return 1;
	}
	return argc == 1 ? print_all() : print_one(argv + 1, argc - 1);
}
