// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes so many bytes of memory a second, for so long.
 *
 *	gcc -O2 Rate.c -o Rate
 *	Rate [--fresh] [--region SIZE] [RATE [SECONDS]]
 *
 * It goes through its region from the beginning to the end, again and again. Each 8 bytes hold
 * how many bytes had been written before them: whoever reads the region knows how far it is.
 */
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "size.h"

#define DEFAULT_RATE ((size_t)100 << 20)
#define DEFAULT_SECONDS 10.0
#define DEFAULT_REGION ((size_t)64 << 20)
#define MOST_RATE ((size_t)1 << 40)
#define MOST_REGION ((size_t)1 << 30)
#define MOST_SECONDS 86400.0
/* How far off it may be, and how much longer it may take to get there. */
#define TOLERANCE 0.05
#define STEP_NS 1000000L
/* The clock is looked at after at most so much. */
#define PIECE ((size_t)1 << 20)

static const char usage[] =
	"usage: Rate [--fresh] [--region SIZE] [RATE [SECONDS]]\n"
	"\n"
	"Writes RATE bytes a second (100M by default; k, m, g) for SECONDS (10; s, ms), over a\n"
	"region of memory (64M, up to 1G) again and again. Ends with status 1 if it achieved less\n"
	"than 95% of RATE.\n"
	"\n"
	"  --region SIZE  to write memory and not caches, several times the last-level cache\n"
	"  --fresh        gives the region back before each pass: all that is written are pages\n"
	"                 touched for the first time, each a page fault\n";

static volatile sig_atomic_t stopped_by;

static void stop(int number)
{
	stopped_by = number;
}

struct order {
	size_t rate; /* bytes a second */
	double seconds;
	size_t region;
	int fresh;
};

struct work {
	uint64_t *memory;
	size_t words;
	size_t next;      /* word of the region */
	uint64_t written; /* bytes */
};

static double less_of(double one, double other)
{
	return one < other ? one : other;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_argument(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end != text && !strcmp(end, "ms"))
		value /= 1000;
	else if (end == text || (*end && strcmp(end, "s")))
		value = 0;
	if (value > 0 && value <= MOST_SECONDS)
		return value;
	fprintf(stderr, "Rate: '%s' is no time up to %.0f s: a number, and s or ms\n", text, MOST_SECONDS);
	exit(2);
}

static void write_bytes(struct work *work, size_t bytes, int fresh)
{
	for (; bytes >= sizeof(*work->memory); bytes -= sizeof(*work->memory)) {
		if (work->next == work->words) {
			work->next = 0;
			if (fresh)
				madvise(work->memory, work->words * sizeof(*work->memory), MADV_DONTNEED);
		}
		work->memory[work->next++] = work->written;
		work->written += sizeof(*work->memory);
	}
}

/* Returns the seconds it took; *behind is the most that it was late, in seconds. */
static double write_at_rate(struct work *work, const struct order *order, double *behind)
{
	const struct timespec step = { .tv_nsec = STEP_NS };
	const double begun = seconds_now();
	const double bytes_in_all = (double)order->rate * order->seconds;
	double elapsed = 0;

	while (!stopped_by && elapsed < order->seconds * (1 + TOLERANCE)) {
		double due = less_of((double)order->rate * elapsed, bytes_in_all) - (double)work->written;

		if (due < (double)sizeof(*work->memory)) {
			if (elapsed >= order->seconds)
				break;
			nanosleep(&step, NULL);
		} else {
			if (due > *behind * (double)order->rate)
				*behind = due / (double)order->rate;
			write_bytes(work, (size_t)less_of(due, (double)PIECE), order->fresh);
		}
		elapsed = seconds_now() - begun;
	}
	return seconds_now() - begun;
}

static int report(const struct order *order, const struct work *work, double elapsed, double behind)
{
	const double rate = elapsed > 0 ? (double)work->written / elapsed : 0;
	const double share = order->rate ? rate / (double)order->rate : 1;

	printf("pid %d: wrote %llu bytes in %.3f s: %.0f bytes/s, %.1f%% of what was asked for; "
	       "at most %.1f ms behind\n", (int)getpid(), (unsigned long long)work->written, elapsed, rate,
	       share * 100, behind * 1000);
	fflush(stdout);
	if (share >= 1 - TOLERANCE)
		return 0;
	fprintf(stderr, "Rate: %.0f bytes/s are %.1f%% less than asked for: the machine does not write faster now\n",
		rate, (1 - share) * 100);
	return 1;
}

static void read_arguments(struct order *order, int argc, char **argv)
{
	int values = 0;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			fputs(usage, stdout);
			exit(0);
		} else if (!strcmp(argv[i], "--fresh")) {
			order->fresh = 1;
		} else if (!strcmp(argv[i], "--region") && i + 1 < argc) {
			order->region = size_argument("Rate", argv[++i], MOST_REGION);
		} else if (argv[i][0] != '-' && values == 0) {
			order->rate = size_argument("Rate", argv[i], MOST_RATE);
			values++;
		} else if (argv[i][0] != '-' && values == 1) {
			order->seconds = seconds_argument(argv[i]);
			values++;
		} else {
			exit(wrong_usage("Rate", argv[i]));
		}
	}
	if (order->region < (size_t)sysconf(_SC_PAGESIZE)) {
		fprintf(stderr, "Rate: a region of %zu bytes is less than a page\n", order->region);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct order order = { DEFAULT_RATE, DEFAULT_SECONDS, DEFAULT_REGION, 0 };
	struct sigaction action = { .sa_handler = stop };
	struct work work = { 0 };
	double elapsed, behind = 0;
	int status;

	read_arguments(&order, argc, argv);
	order.region &= ~(size_t)(sysconf(_SC_PAGESIZE) - 1);
	work.words = order.region / sizeof(*work.memory);
	work.memory = mmap(NULL, order.region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (work.memory == MAP_FAILED) {
		fprintf(stderr, "Rate: no memory for %zu bytes: %s\n", order.region, strerror(errno));
		return 1;
	}
	/* A fault for each page, where there is to be one. Without --fresh there is none later. */
	if (order.fresh)
		madvise(work.memory, order.region, MADV_NOHUGEPAGE);
	else
		memset(work.memory, 0, order.region);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	printf("pid %d: writes %zu bytes/s for %g s to %zu bytes at %p%s\n", (int)getpid(), order.rate,
	       order.seconds, order.region, (void *)work.memory, order.fresh ? ", given back before each pass" : "");
	fflush(stdout);
	elapsed = write_at_rate(&work, &order, &behind);
	status = report(&order, &work, elapsed, behind);
	if (stopped_by) {
		signal(stopped_by, SIG_DFL);
		raise(stopped_by);
	}
	return status;
}
