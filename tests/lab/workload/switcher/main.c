/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does what a scheduler's hook and a timer's tick cost, and says how long it
 * took by the TSC: in a guest that counts instructions, how many they were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "switcher.h"

static const char usage[] =
"usage: switcher switch|fork|spin [options]\n"
"Runs alone on CPU 0, as SCHED_FIFO, and prints one JSON line; `ticks` are of\n"
"the TSC.\n"
"  switch            members take turns; ticks of each batch of rounds\n"
"  fork              children that end at once: ticks from before the fork to the\n"
"                    child's begin, and from its end to its parent\n"
"  spin              each slot: a round of all members, then spin to its end;\n"
"                    ticks that the interrupt at the end took (0: there was none)\n"
"  --members N       processes (1 to 512; default 2, spin: 1)\n"
"  --threads         threads of one process instead\n"
"  --pass yield|pipe how the turn is passed on (yield)\n"
"  --batches N       of a switch (200)\n"
"  --rounds N        per batch (25)\n"
"  --count N         children, or slots (100)\n"
"  --interval TIME   of a slot, in ns, us, ms or s (7ms)\n"
"  --name NAME       put into the output\n"
"  --normal          not SCHED_FIFO\n";

void die(const char *what)
{
	fprintf(stderr, "switcher: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void print_numbers(const char *name, const uint64_t *numbers, unsigned int count)
{
	unsigned int i;

	printf(",\"%s\":[", name);
	for (i = 0; i < count; i++)
		printf("%s%" PRIu64, i ? "," : "", numbers[i]);
	putchar(']');
}

_Noreturn static void wrong(const char *option, const char *value)
{
	fprintf(stderr, "switcher: %s does not take '%s'; see switcher --help\n", option, value);
	exit(2);
}

static unsigned int number(const char *option, const char *text, unsigned int high)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value < 1 || value > high)
		wrong(option, text);
	return value;
}

static uint64_t duration(const char *option, const char *text)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	uint64_t factor = 1, value;
	char *end;

	value = strtoul(text, &end, 10);
	for (unsigned int i = 0; i < 4; i++, factor *= 1000)
		if (end != text && value > 0 && value < 1000000 && !strcmp(end, units[i]))
			return value * factor;
	wrong(option, text);
}

static bool fifo = true;

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "members", required_argument, NULL, 'm' }, { "threads", no_argument, NULL, 't' },
		{ "pass", required_argument, NULL, 'p' },    { "batches", required_argument, NULL, 'b' },
		{ "rounds", required_argument, NULL, 'r' },  { "count", required_argument, NULL, 'c' },
		{ "interval", required_argument, NULL, 'i' }, { "name", required_argument, NULL, 'n' },
		{ "normal", no_argument, NULL, 'N' },        { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*o = (struct options){ .name = "", .batches = 200, .rounds = 25, .count = 100,
			       .interval_ns = 7000000 };
	while ((option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		switch (option) {
		case 'm': o->members = number("--members", optarg, MAX_MEMBERS); break;
		case 't': o->threads = true; break;
		case 'p':
			if (strcmp(optarg, "yield") && strcmp(optarg, "pipe"))
				wrong("--pass", optarg);
			o->pass = optarg[0] == 'p' ? PASS_PIPE : PASS_YIELD;
			break;
		case 'b': o->batches = number("--batches", optarg, 100000); break;
		case 'r': o->rounds = number("--rounds", optarg, 10000000); break;
		case 'c': o->count = number("--count", optarg, 1000000); break;
		case 'i': o->interval_ns = duration("--interval", optarg); break;
		case 'n':
			if (strpbrk(optarg, "\"\\"))
				wrong("--name", optarg);
			o->name = optarg;
			break;
		case 'N': fifo = false; break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind != argc - 1)
		wrong("switcher (one kind of work)", optind < argc ? argv[optind + 1] : "");
	o->work = argv[optind];
	if (!o->members)
		o->members = strcmp(o->work, "spin") ? 2 : 1;
	if (o->members < 2 && !strcmp(o->work, "switch"))
		wrong("--members of switch", "1");
}

/* Alone on one CPU: nothing but interrupts comes in between. */
static void settle(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("sched_setaffinity");
	if (fifo && sched_setscheduler(0, SCHED_FIFO, &priority))
		die("sched_setscheduler");
	if (mlockall(MCL_CURRENT))
		die("mlockall");
}

int main(int argc, char **argv)
{
	struct options o;

	options_parse(&o, argc, argv);
	settle();
	if (!strcmp(o.work, "switch"))
		work_switch(&o);
	else if (!strcmp(o.work, "fork"))
		work_fork(&o);
	else if (!strcmp(o.work, "spin"))
		work_spin(&o);
	else
		wrong("switcher", o.work);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
