/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line. Sizes and durations take units. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charge.h"

static const char usage[] =
"usage: charge [options]\n"
"Moves bytes in the lab's machine and says exactly which, one JSON line per\n"
"process: by domain and by the RMID they were charged to.\n"
"  --rate SIZE       bytes per second of the process, or `max` (100MiB)\n"
"  --chunk SIZE      bytes per charge (64KiB)\n"
"  --total SIZE      stop after exactly so many bytes\n"
"  --duration TIME   stop after this time (5s; none if --total is given)\n"
"  --period TIME     pause between batches (1ms)\n"
"  --local | --remote | --remote-share PERCENT\n"
"  --cpus LIST       pin thread I to the I-th CPU of it, e.g. 0,2-3\n"
"  --migrate TIME    move on to the next CPU of the list so often\n"
"  --threads N       (1)\n"
"  --children N      fork so many, each doing the work, then end with them\n"
"  --parallel N      so many of them at a time (1)\n"
"  --child-life TIME[-TIME]   duration of each, drawn evenly (--duration)\n"
"  --zipf            children share --rate: the K-th has 1/K of the first one's\n"
"                    part; all begin when the last was forked\n"
"  --child-exec      children exec this program anew\n"
"  --exec-by-thread TIME      after it, a thread that is not the leader execs\n"
"  --leader-exits    the leader ends at once, the threads go on\n"
"  --burn            spin instead of sleeping\n"
"  --comm NAME       name of the process\n"
"  --seed N          of what is drawn (1)\n"
"  --truth FILE      append the lines there instead of printing them\n"
"  --timeline FILE --timeline-interval TIME\n"
"                    append bytes per interval, aligned to multiples of it on\n"
"                    CLOCK_MONOTONIC\n"
"SIGTERM and SIGINT end it early, with the truth written.\n";

static void wrong(const char *option, const char *value)
{
	fprintf(stderr, "charge: --%s does not take '%s'; see charge --help\n", option, value);
	exit(2);
}

static uint64_t with_unit(const char *option, const char *text, const char *const *units,
			  const double *factors)
{
	char *end;
	double value = strtod(text, &end);

	for (unsigned int i = 0; end != text && value >= 0 && units[i]; i++)
		if (!strcmp(end, units[i]) && value * factors[i] < 1e19)
			return value * factors[i];
	wrong(option, text);
	return 0;
}

static uint64_t size(const char *option, const char *text)
{
	static const char *const units[] = { "", "B", "KiB", "MiB", "GiB", "kB", "MB", "GB", NULL };
	static const double factors[] = { 1, 1, 1024, 1048576, 1073741824, 1e3, 1e6, 1e9 };

	return with_unit(option, text, units, factors);
}

static uint64_t duration(const char *option, const char *text)
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };
	static const double factors[] = { 1, 1e3, 1e6, 1e9 };

	return with_unit(option, text, units, factors);
}

static unsigned int number(const char *option, const char *text, unsigned int low,
			   unsigned int high)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value < low || value > high)
		wrong(option, text);
	return value;
}

static void cpu_list(struct options *o, const char *text)
{
	const char *at = text;

	while (*at) {
		char *end;
		long low = strtol(at, &end, 10), high = low;

		if (end == at)
			wrong("cpus", text);
		if (*end == '-')
			high = strtol(at = end + 1, &end, 10);
		if (end == at || low < 0 || high < low || high > 1023 || (*end && *end != ','))
			wrong("cpus", text);
		for (; low <= high && o->cpu_count < MAX_CPUS; low++)
			o->cpus[o->cpu_count++] = low;
		at = *end ? end + 1 : end;
	}
}

static void life(struct options *o, const char *text)
{
	char *copy = strdup(text), *dash = copy ? strchr(copy, '-') : NULL;

	if (dash)
		*dash = 0;
	o->life_min_ns = duration("child-life", copy);
	o->life_max_ns = dash ? duration("child-life", dash + 1) : o->life_min_ns;
	if (o->life_max_ns < o->life_min_ns)
		wrong("child-life", text);
	free(copy);
}

enum { RATE = 1, CHUNK, TOTAL, DURATION, PERIOD, LOCAL, REMOTE, SHARE, CPUS, MIGRATE, THREADS,
       CHILDREN, PARALLEL, LIFE, CHILD_EXEC, EXEC, LEADER, BURN, COMM, SEED, TRUTH, TIMELINE,
       INTERVAL, ZIPF, HELP };

static const struct option table[] = {
	{ "rate", 1, NULL, RATE }, { "chunk", 1, NULL, CHUNK }, { "total", 1, NULL, TOTAL },
	{ "duration", 1, NULL, DURATION }, { "period", 1, NULL, PERIOD },
	{ "local", 0, NULL, LOCAL }, { "remote", 0, NULL, REMOTE },
	{ "remote-share", 1, NULL, SHARE }, { "cpus", 1, NULL, CPUS },
	{ "migrate", 1, NULL, MIGRATE }, { "threads", 1, NULL, THREADS },
	{ "children", 1, NULL, CHILDREN }, { "parallel", 1, NULL, PARALLEL },
	{ "child-life", 1, NULL, LIFE }, { "child-exec", 0, NULL, CHILD_EXEC },
	{ "exec-by-thread", 1, NULL, EXEC }, { "leader-exits", 0, NULL, LEADER },
	{ "burn", 0, NULL, BURN }, { "comm", 1, NULL, COMM }, { "seed", 1, NULL, SEED },
	{ "truth", 1, NULL, TRUTH }, { "timeline", 1, NULL, TIMELINE },
	{ "timeline-interval", 1, NULL, INTERVAL }, { "zipf", 0, NULL, ZIPF }, { "help", 0, NULL, HELP }, { 0 }
};

static void set(struct options *o, int option, const char *name, const char *value)
{
	switch (option) {
	case RATE: o->rate = strcmp(value, "max") ? size(name, value) : UINT64_MAX; break;
	case CHUNK: o->chunk = size(name, value); break;
	case TOTAL: o->total = size(name, value); break;
	case DURATION: o->duration_ns = duration(name, value); break;
	case PERIOD: o->period_ns = duration(name, value); break;
	case LOCAL: o->remote_percent = 0; break;
	case REMOTE: o->remote_percent = 100; break;
	case SHARE: o->remote_percent = number(name, value, 0, 100); break;
	case CPUS: cpu_list(o, value); break;
	case MIGRATE: o->migrate_ns = duration(name, value); break;
	case THREADS: o->threads = number(name, value, 1, 4096); break;
	case CHILDREN: o->children = number(name, value, 0, 10000000); break;
	case PARALLEL: o->parallel = number(name, value, 1, 100000); break;
	case LIFE: life(o, value); break;
	case CHILD_EXEC: o->child_exec = true; break;
	case EXEC: o->exec_after_ns = duration(name, value); break;
	case LEADER: o->leader_exits = true; break;
	case BURN: o->burn = true; break;
	case COMM: o->comm = value; break;
	case SEED: o->seed = number(name, value, 0, 4294967295u); break;
	case TRUTH: o->truth = value; break;
	case TIMELINE: o->timeline = value; break;
	case INTERVAL: o->timeline_ns = duration(name, value); break;
	case ZIPF: o->zipf = true; break;
	case HELP: fputs(usage, stdout); exit(0);
	default: fputs(usage, stderr); exit(2);
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	int option, index = 0;

	*o = (struct options){
		.rate = 100 << 20, .chunk = 65536, .total = UINT64_MAX,
		.duration_ns = UINT64_MAX, .period_ns = 1000000, .threads = 1,
		.parallel = 1, .seed = 1,
	};
	while ((option = getopt_long(argc, argv, "", table, &index)) != -1)
		set(o, option, option == '?' ? "" : table[index].name, optarg);
	if (optind < argc)
		wrong("help", argv[optind]);
	if (o->duration_ns == UINT64_MAX && o->total == UINT64_MAX)
		o->duration_ns = 5000000000u;
	if (!o->chunk || o->chunk > UINT32_MAX)
		wrong("chunk", "that size (1 byte to 4 GiB - 1)");
	if (o->exec_after_ns && (o->threads < 2 || o->leader_exits))
		wrong("exec-by-thread", "one thread, or a leader that has exited");
	if (o->zipf && (!o->children || o->rate == UINT64_MAX))
		wrong("zipf", "no children, or no rate to share");
	if (!o->timeline != !o->timeline_ns)
		wrong("timeline", "only one of FILE and interval");
}
