/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An episode: a memory cgroup with a limit, and a few processes in it, each of
 * which holds so much memory at each time. All of it is drawn from a family's
 * name and a seed before it begins, so that an episode can be run again.
 */
#ifndef EPISODE_H
#define EPISODE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_POINTS 160
#define MAX_ACTORS 256
#define MAX_SAMPLES 256

/* From (at) on, memory goes linearly to the next point. Two points at one time: a jump. */
struct point {
	double at;    /* seconds since the episode's begin */
	double bytes;
};

enum kind {
	KIND_ANON,
	KIND_SHMEM,
	KIND_CACHE, /* reads and writes a file */
	KIND_BOMB,  /* forks until there are enough of it */
};

enum role {
	ROLE_CULPRIT,   /* what grows, if anything does */
	ROLE_BYSTANDER, /* holds what it has */
	ROLE_CROWD,     /* one of many, none of which is to blame */
};

struct actor {
	enum kind kind;
	enum role role;
	double begin, end;  /* seconds */
	int points;
	struct point point[MAX_POINTS];
	double random_share; /* of each page: what does not compress */
	double retouch;      /* share of its memory that it uses again each second */
	double file_bytes;   /* KIND_CACHE */
	double file_rate;    /* bytes a second, read and written */
	double write_share;
	int bomb_count;      /* KIND_BOMB: processes at most */
	double bomb_bytes;   /* each */
	double bomb_pause;   /* seconds between one's forks */
	int oom_score_adj;
};

struct plan {
	double seconds;
	double limit;
	double swap_max;
	int actors;
	struct actor actor[MAX_ACTORS];
};

/* Shared by all processes of the episode; made before any of them. */
struct ledger {
	_Atomic int64_t held[MAX_ACTORS]; /* bytes touched and not given back */
	_Atomic int bombs;
	_Atomic int64_t read_bytes, written_bytes;
};

struct options {
	const char *name, *family, *cgroup_parent, *folder, *truth;
	uint64_t seed;
	double limit, seconds;
	double swap; /* below 0: as the family has it */
	bool oom;
	bool host; /* the cgroup has no limit: what runs out is the machine's memory */
};

/* random.c */
struct random {
	uint64_t state;
};
struct random random_of(const char *text, uint64_t seed);
uint64_t random_next(struct random *random);
double uniform(struct random *random, double low, double high);
bool chance(struct random *random, double probability);

/* families.c */
bool make_plan(const struct options *options, struct plan *plan);
const char *family_names(void);

/* act.c */
double bytes_at(const struct actor *actor, double at);
_Noreturn void act(const struct plan *plan, int index, struct ledger *ledger, const char *file, int64_t begin_ns,
		   uint64_t seed);

/* cgroup.c */
void cgroup_make(const char *path, const struct plan *plan); /* without a plan: no limits */
void cgroup_enter(const char *path);
int64_t cgroup_value(const char *path, const char *file, const char *key);
void cgroup_kill(const char *path);
void cgroup_remove(const char *path);

/* supervise.c */
int supervise(const struct options *options, const struct plan *plan);

/* clock */
int64_t now_ns(void);
void sleep_until(int64_t ns);
_Noreturn void fail(const char *what, const char *name);

#endif
