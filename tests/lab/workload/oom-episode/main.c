// SPDX-License-Identifier: GPL-2.0-only
// oom-episode: one episode of a family, in a memory cgroup of its own.
#include "episode.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void help(FILE *out)
{
	fprintf(out,
		"usage: oom-episode --family NAME --seed N --limit MIB [--oom] [--seconds N] --name NAME\n"
		"                   [--parent CGROUP] [--folder FOLDER] [--host] [--swap MIB] --truth FILE\n"
		"       oom-episode --plan ...   prints what each process is to hold, and ends\n\n"
		"Makes the cgroup CGROUP/NAME (default /sys/fs/cgroup) with a limit, lets processes grow in it as family\n"
		"and seed say, until one is killed or the time (default 60 s) is up, appends what happened to FILE as a\n"
		"JSON line, and leaves nothing behind. --oom: is to end in an OOM kill.\n"
		"--host: the cgroup has no limit, and --limit says how much the machine has left. --swap: what there is of\n"
		"it, for the families that use it (default: drawn, as part of the limit).\n"
		"Families: %s\n",
		family_names());
}

static void print_plan(const struct plan *plan)
{
	for (int i = 0; i < plan->actors; i++) {
		const struct actor *actor = &plan->actor[i];

		printf("{\"actor\":%d,\"kind\":%d,\"role\":%d,\"begin\":%.2f,\"end\":%.2f,\"file_bytes\":%.0f,\"points\":[", i,
		       actor->kind, actor->role, actor->begin, actor->end, actor->file_bytes);
		for (int j = 0; j < actor->points; j++)
			printf("%s[%.2f,%.0f]", j ? "," : "", actor->point[j].at, actor->point[j].bytes);
		printf("]}\n");
	}
}

int main(int argc, char **argv)
{
	static struct plan plan;
	struct options options = { .cgroup_parent = "/sys/fs/cgroup", .folder = "/tmp", .seconds = 60, .swap = -1 };
	static const struct option known[] = {
		{ "family", required_argument, NULL, 'f' },  { "seed", required_argument, NULL, 's' },
		{ "limit", required_argument, NULL, 'l' },   { "oom", no_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 't' }, { "name", required_argument, NULL, 'n' },
		{ "parent", required_argument, NULL, 'p' },  { "folder", required_argument, NULL, 'd' },
		{ "truth", required_argument, NULL, 'r' },   { "plan", no_argument, NULL, 'P' },
		{ "host", no_argument, NULL, 'H' },	     { "swap", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },	     {},
	};
	bool only_plan = false;
	int letter;

	while ((letter = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (letter) {
		case 'f': options.family = optarg; break;
		case 's': options.seed = strtoull(optarg, NULL, 10); break;
		case 'l': options.limit = strtod(optarg, NULL) * 1048576; break;
		case 'o': options.oom = true; break;
		case 't': options.seconds = strtod(optarg, NULL); break;
		case 'n': options.name = optarg; break;
		case 'p': options.cgroup_parent = optarg; break;
		case 'd': options.folder = optarg; break;
		case 'r': options.truth = optarg; break;
		case 'H': options.host = true; break;
		case 'w': options.swap = strtod(optarg, NULL) * 1048576; break;
		case 'P': only_plan = true; break;
		case 'h': help(stdout); return 0;
		default: return 2;
		}
	}
	if (optind < argc || !options.family || (!only_plan && (!options.name || !options.truth)) ||
	    options.limit < 8 * 1048576 || options.seconds < 20 || options.seconds > 120) {
		fprintf(stderr, "oom-episode: --family, --name, --truth, --limit of 8 MiB or more and --seconds of 20 to 120 are "
				"needed; try: oom-episode --help\n");
		return 2;
	}
	if (!make_plan(&options, &plan)) {
		fprintf(stderr, "oom-episode: there is no family %s; there are: %s\n", options.family, family_names());
		return 2;
	}
	if (only_plan) {
		print_plan(&plan);
		return 0;
	}
	return supervise(&options, &plan);
}
