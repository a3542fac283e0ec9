/* SPDX-License-Identifier: GPL-2.0-only */
/* The ground-truth workload: what its parts share. */
#ifndef CHARGE_H
#define CHARGE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_CPUS 256

struct options {
	uint64_t rate;			/* bytes/s of the process; UINT64_MAX: as fast as it can */
	uint64_t chunk;			/* bytes per charge */
	uint64_t total;			/* bytes of the process; UINT64_MAX: no limit */
	uint64_t duration_ns;		/* UINT64_MAX: until total or a signal */
	uint64_t period_ns;		/* sleep between batches of charges */
	unsigned int remote_percent;
	int cpus[MAX_CPUS];
	unsigned int cpu_count;
	uint64_t migrate_ns;		/* 0: stays where it was pinned */
	unsigned int threads;
	unsigned int children, parallel;
	bool zipf;			/* the K-th child has 1/K of the first one's rate */
	uint64_t life_min_ns, life_max_ns;
	bool child_exec;
	uint64_t exec_after_ns;		/* 0: no exec by a thread */
	bool leader_exits;
	bool burn;
	const char *comm;
	uint64_t seed;
	const char *truth, *timeline;
	uint64_t timeline_ns;
};

/* Ends the program with status 2 and a message if they make no sense. */
void options_parse(struct options *o, int argc, char **argv);

/* Set by SIGTERM and SIGINT: finish, write the truth, end. */
extern volatile sig_atomic_t stop;

uint64_t now_ns(void);
void die(const char *what, const char *thing);	/* with errno's text; status 1 */

/* The account of what this process moved (account.c). */
void account_open(const struct options *o);	/* a new one, all zero */
void account_resume(const struct options *o, int fd);	/* of the image before exec */
int account_fd(void);				/* survives exec */
/* One charge; false: nothing left of the process's total. */
bool account_charge(const struct options *o, bool remote, uint64_t *bytes);
void account_write(const struct options *o);	/* truth and timeline files */

/* Moves bytes until the end of the process's work (work.c). Does not return. */
_Noreturn void work(const struct options *o, char **argv, uint64_t end_ns,
		    unsigned int child);

#endif /* CHARGE_H */
