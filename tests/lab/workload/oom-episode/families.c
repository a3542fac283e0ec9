// SPDX-License-Identifier: GPL-2.0-only
// The families of episodes: which processes there are, and how much each holds when.
#include "episode.h"

#include <stdio.h>
#include <string.h>

/* What a process costs its cgroup beside what it holds: stack, page tables, libc. Measured: 90 to 200 KiB. */
static const double PROCESS_BYTES = 200 * 1024;
static const double NEVER = 1.35; /* of the room: no process gets there alive */

struct draw {
	struct plan *plan;
	struct random random;
	double room; /* bytes that can be held in all */
	double used; /* share of it that is taken by others */
	double swap; /* below 0: drawn */
	bool oom;
};

static double draw(struct draw *d, double low, double high)
{
	return uniform(&d->random, low, high);
}

static struct actor *add_actor(struct draw *d, enum kind kind, enum role role)
{
	struct actor *actor = &d->plan->actor[d->plan->actors++];

	actor->kind = kind;
	actor->role = role;
	actor->end = d->plan->seconds;
	return actor;
}

static void point(struct draw *d, struct actor *actor, double at, double share)
{
	if (actor->points < MAX_POINTS)
		actor->point[actor->points++] = (struct point){ at, share < 0 ? 0 : share * d->room };
}

/* Memory that is there all the time, at most up to a part of what is left. */
static void bystanders(struct draw *d, double most)
{
	int count = (int)draw(d, 0, 3);

	for (int i = 0; i < count; i++) {
		struct actor *actor = add_actor(d, KIND_ANON, ROLE_BYSTANDER);
		double share = draw(d, 0.02, most / count);

		for (double at = 0; at < d->plan->seconds; at += draw(d, 1, 6))
			point(d, actor, at, share * draw(d, 0.96, 1.0));
		actor->retouch = draw(d, 0, 0.2);
		actor->random_share = 0.3;
		if (chance(&d->random, 0.15))
			actor->oom_score_adj = chance(&d->random, 0.5) ? 300 : -300;
		d->used += share;
	}
}

/* From the last point to a share, in so many seconds, now faster, now slower. Returns the end's time. */
static double grow(struct draw *d, struct actor *actor, double at, double from, double to, double seconds)
{
	int steps = 4 + (int)draw(d, 0, 12);
	double rough = draw(d, 0, 0.8), sum = 0, part[16];

	for (int i = 0; i < steps; i++)
		sum += part[i] = 1 + rough * draw(d, -1, 1);
	for (int i = 0; i < steps; i++) {
		at += seconds / steps;
		from += (to - from) * part[i] / sum;
		sum -= part[i];
		point(d, actor, at, from);
	}
	return at;
}

/* Grows until it is killed; or up to a stop, and then again as often as there is time. */
static void leak(struct draw *d, struct actor *actor, double full_seconds, double begin)
{
	double base = draw(d, 0.02, 0.3) * (1 - d->used), at = begin, level = base;
	double last_begin = d->plan->seconds - 10;

	point(d, actor, 0, base);
	point(d, actor, begin, base);
	if (d->oom) {
		grow(d, actor, at, base, NEVER, full_seconds * (NEVER - base));
		return;
	}
	while (at < last_begin && actor->points < MAX_POINTS - 24) {
		double stop = draw(d, 0.5, 0.93) - d->used;
		double seconds = full_seconds * (stop - level);

		if (stop <= level) { /* as if it were started anew */
			level = base;
			point(d, actor, at, level);
			at += draw(d, 1, 4);
			point(d, actor, at, level);
			continue;
		}
		if (at + seconds > d->plan->seconds - 4)
			break;
		at = grow(d, actor, at, level, stop, seconds);
		level = stop;
		at += draw(d, 0.5, 15);
		point(d, actor, at, level);
		if (chance(&d->random, 0.6)) {
			level = base + (level - base) * draw(d, 0, 0.5);
			point(d, actor, at, level);
			at += draw(d, 0.5, 10);
			point(d, actor, at, level);
		}
	}
}

static struct actor *leaker(struct draw *d, enum kind kind, double low, double high)
{
	struct actor *actor = add_actor(d, kind, ROLE_CULPRIT);

	actor->random_share = 0.3;
	leak(d, actor, draw(d, low, high), draw(d, 3, 10));
	return actor;
}

static void cache(struct draw *d, double most_rate)
{
	struct actor *actor = add_actor(d, KIND_CACHE, ROLE_BYSTANDER);

	actor->file_bytes = d->plan->limit * draw(d, 0.8, 1.8);
	/* Once through the file in 8 to 30 s, but no more than a slow disk's. */
	actor->file_rate = actor->file_bytes / draw(d, 8, 30);
	if (actor->file_rate > most_rate)
		actor->file_rate = most_rate;
	actor->write_share = draw(d, 0, 0.5);
}

static void leak_slow(struct draw *d)
{
	bystanders(d, 0.35);
	leaker(d, KIND_ANON, 25, 48);
}

static void leak_fast(struct draw *d)
{
	bystanders(d, 0.35);
	leaker(d, KIND_ANON, 2, 10);
}

static void shmem_leak(struct draw *d)
{
	bystanders(d, 0.3);
	leaker(d, KIND_SHMEM, 6, 40);
}

static void sawtooth(struct draw *d)
{
	struct actor *actor;
	double at = draw(d, 1, 5), period = draw(d, 2.5, 10), low, peak, creep;

	bystanders(d, 0.25);
	actor = add_actor(d, KIND_ANON, ROLE_CULPRIT);
	actor->random_share = 0.3;
	low = draw(d, 0.02, 0.2);
	peak = draw(d, 0.55, 0.93) - d->used;
	creep = d->oom ? (NEVER - d->used - peak) / draw(d, 3, 5.5) : 0;
	point(d, actor, 0, low);
	point(d, actor, at, low);
	while (at < d->plan->seconds && actor->points < MAX_POINTS - 24) {
		double top = peak * draw(d, 0.9, 1.0);

		at = grow(d, actor, at, low, top, period * draw(d, 0.7, 1.2));
		point(d, actor, at, low);
		at += period * draw(d, 0, 0.3);
		point(d, actor, at, low);
		peak += creep;
	}
}

static void plateau(struct draw *d)
{
	struct actor *actor;
	double at, level, edge = draw(d, 18, 45);

	bystanders(d, 0.4);
	actor = add_actor(d, KIND_ANON, ROLE_CULPRIT);
	actor->random_share = 0.3;
	level = draw(d, 0.86, 0.965) - d->used;
	point(d, actor, 0, draw(d, 0.05, 0.3) * level);
	at = grow(d, actor, draw(d, 0.5, 3), 0.3 * level, level, draw(d, 2, 12));
	while (at < (d->oom ? edge : d->plan->seconds) && actor->points < MAX_POINTS - 24) {
		at += draw(d, 0.5, 4);
		point(d, actor, at, level - draw(d, 0, 0.02));
	}
	if (d->oom) {
		/* At last it creeps, or makes a step. */
		double seconds = chance(&d->random, 0.7) ? draw(d, 4, 15) : 0.3;

		point(d, actor, at, level - 0.01);
		at = grow(d, actor, at, level - 0.01, level + 0.2, seconds);
		point(d, actor, at + 1, NEVER);
	}
}

static void burst(struct draw *d)
{
	struct actor *actor;
	double at = draw(d, 2, 8), base, top, last = d->oom ? draw(d, 18, 50) : d->plan->seconds;

	bystanders(d, 0.3);
	actor = add_actor(d, KIND_ANON, ROLE_CULPRIT);
	actor->random_share = 0.3;
	base = draw(d, 0.05, 0.35);
	point(d, actor, 0, base);
	while (at < last - 4 && actor->points < MAX_POINTS - 30) {
		point(d, actor, at, base);
		top = draw(d, 0.55, 0.95) - d->used;
		at = grow(d, actor, at, base, top, draw(d, 0.2, 2.5));
		at += draw(d, 0.3, 3);
		point(d, actor, at, top);
		point(d, actor, at + 0.1, base);
		at += draw(d, 2, 10);
	}
	point(d, actor, at, base);
	if (d->oom)
		grow(d, actor, at, base, NEVER, draw(d, 0.5, 4));
}

static void page_cache(struct draw *d)
{
	struct actor *actor;
	double level, at = 0;

	cache(d, 12e6);
	bystanders(d, 0.2);
	actor = add_actor(d, KIND_ANON, ROLE_CULPRIT);
	actor->random_share = 0.3;
	level = draw(d, 0.2, 0.75) - d->used;
	while (at < (d->oom ? draw(d, 15, 40) : d->plan->seconds) && actor->points < MAX_POINTS - 24) {
		point(d, actor, at, level * draw(d, 0.93, 1.0));
		at += draw(d, 1, 5);
	}
	if (d->oom)
		grow(d, actor, at, level, NEVER, draw(d, 4, 25));
}

static void leak_and_cache(struct draw *d)
{
	cache(d, 10e6);
	bystanders(d, 0.25);
	leaker(d, KIND_ANON, 5, 40);
}

static void with_swap(struct draw *d, double random_low, double random_high)
{
	struct actor *actor;

	d->plan->swap_max = d->plan->limit * draw(d, 0.25, 1.0);
	if (d->swap >= 0)
		d->plan->swap_max = d->swap;
	d->room += d->plan->swap_max;
	bystanders(d, 0.3);
	actor = leaker(d, KIND_ANON, 8, 42);
	actor->random_share = draw(d, random_low, random_high);
	actor->retouch = draw(d, 0, 0.15);
}

static void swap(struct draw *d)
{
	with_swap(d, 0.3, 1.0);
}

static void zram(struct draw *d)
{
	with_swap(d, 0.05, 0.6);
}

/* Many processes that come and go; in the end too many of them, or too large ones. */
static void many_small(struct draw *d)
{
	int places = 8 + (int)draw(d, 0, 14);
	double share, edge = draw(d, 15, 38), growth = draw(d, 0.02, 0.12);

	/* Two of a place may be there for a moment. */
	d->room -= places * PROCESS_BYTES;
	share = draw(d, 0.4, 0.85) / places;
	for (int place = 0; place < places; place++) {
		double at = draw(d, 0, 4);

		while (at < d->plan->seconds - 1 && d->plan->actors < MAX_ACTORS - 1) {
			struct actor *actor = add_actor(d, KIND_ANON, ROLE_CROWD);
			double more = d->oom && at > edge ? 1 + growth * (at - edge) : 1;

			actor->begin = at;
			actor->end = at + draw(d, 3, 14);
			if (d->oom && actor->end > edge)
				actor->end = d->plan->seconds;
			point(d, actor, at, 0.1 * share);
			point(d, actor, at + draw(d, 0.1, 2), share * more * draw(d, 0.6, 1.0));
			if (d->oom && actor->end > edge)
				point(d, actor, at + 20, share * 4);
			at = actor->end + draw(d, 0.05, 1);
		}
	}
}

static void fork_bomb(struct draw *d)
{
	struct actor *actor;
	double each, total;

	bystanders(d, 0.3);
	actor = add_actor(d, KIND_BOMB, ROLE_CROWD);
	actor->begin = draw(d, 4, 20);
	each = d->plan->limit / draw(d, 30, 120);
	if (each < 48 * 1024)
		each = 48 * 1024;
	total = d->oom ? 2.0 : draw(d, 0.35, 0.85) - d->used;
	actor->bomb_bytes = each;
	actor->bomb_count = (int)(total * d->plan->limit / (each + PROCESS_BYTES));
	actor->bomb_pause = draw(d, 0.3, 5);
}

static const struct {
	const char *name;
	void (*make)(struct draw *);
} families[] = {
	{ "leak_slow", leak_slow },   { "leak_fast", leak_fast },           { "shmem_leak", shmem_leak },
	{ "sawtooth", sawtooth },     { "plateau", plateau },               { "burst", burst },
	{ "page_cache", page_cache }, { "leak_and_cache", leak_and_cache }, { "many_small", many_small },
	{ "fork_bomb", fork_bomb },   { "swap", swap },                     { "zram", zram },
};

enum { FAMILIES = sizeof(families) / sizeof(*families) };

const char *family_names(void)
{
	static char text[256];

	if (!*text)
		for (int i = 0; i < FAMILIES; i++)
			sprintf(text + strlen(text), "%s%s", i ? " " : "", families[i].name);
	return text;
}

bool make_plan(const struct options *options, struct plan *plan)
{
	struct draw d = { .plan = plan, .random = random_of(options->family, options->seed), .swap = options->swap,
			  .oom = options->oom };

	plan->seconds = options->seconds;
	plan->limit = options->limit;
	d.room = options->limit - 4 * PROCESS_BYTES;
	for (int i = 0; i < FAMILIES; i++) {
		if (strcmp(families[i].name, options->family))
			continue;
		families[i].make(&d);
		return true;
	}
	return false;
}
