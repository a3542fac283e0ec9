// SPDX-License-Identifier: GPL-2.0-only
// What one process of an episode does: holds so much memory at each time.
#include "episode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, CHUNK = 16 * PAGE };

static const int64_t STEP_NS = 25000000;

double bytes_at(const struct actor *actor, double at)
{
	const struct point *point = actor->point;
	int last = actor->points - 1;
	int i = 0;

	if (last < 0 || at < point[0].at)
		return last < 0 ? 0 : point[0].bytes;
	while (i < last && point[i + 1].at <= at)
		i++;
	if (i == last)
		return point[last].bytes;
	return point[i].bytes +
	       (point[i + 1].bytes - point[i].bytes) * (at - point[i].at) / (point[i + 1].at - point[i].at);
}

static double most_of(const struct actor *actor)
{
	double most = 0;

	for (int i = 0; i < actor->points; i++)
		if (actor->point[i].bytes > most)
			most = actor->point[i].bytes;
	return most;
}

/* Words that do not compress, in the first part of the page; one word at least. */
static void fill(char *page, double random_share, struct random *random)
{
	uint64_t *words = (uint64_t *)page;
	int count = (int)(random_share * (PAGE / sizeof(*words)));

	words[0] = random_next(random);
	for (int i = 1; i < count; i++)
		words[i] = random_next(random);
}

/* A range of address space, the first pages of which are in use. */
struct holding {
	char *base;
	size_t pages, used, next_touched;
	_Atomic int64_t *held;
};

static void resize(struct holding *holding, double bytes, const struct actor *actor, struct random *random)
{
	size_t wanted = (size_t)(bytes / PAGE);

	if (wanted > holding->pages)
		wanted = holding->pages;
	while (holding->used < wanted) {
		fill(holding->base + holding->used * PAGE, actor->random_share, random);
		holding->used++;
		atomic_fetch_add(holding->held, PAGE);
	}
	if (holding->used > wanted) {
		/* DONTNEED would leave shared pages where they are. */
		madvise(holding->base + wanted * PAGE, (holding->used - wanted) * PAGE,
			actor->kind == KIND_SHMEM ? MADV_REMOVE : MADV_DONTNEED);
		atomic_fetch_sub(holding->held, (int64_t)((holding->used - wanted) * PAGE));
		holding->used = wanted;
	}
}

static void retouch(struct holding *holding, double share)
{
	size_t count = (size_t)(share * (double)holding->used);

	for (size_t i = 0; i < count; i++) {
		if (holding->next_touched >= holding->used)
			holding->next_touched = 0;
		((volatile char *)holding->base)[holding->next_touched++ * PAGE + 8]++;
	}
}

static void hold(const struct actor *actor, struct holding *holding, int64_t begin_ns, struct random *random)
{
	int64_t end = begin_ns + (int64_t)(actor->end * 1e9);

	/* Not all in step with each other. */
	for (int64_t next = now_ns() + (int64_t)uniform(random, 0, STEP_NS); now_ns() < end; next += STEP_NS) {
		sleep_until(next);
		if (now_ns() - next > STEP_NS)
			next = now_ns(); /* reclaim held it up: no rush to catch up */
		resize(holding, bytes_at(actor, (double)(now_ns() - begin_ns) / 1e9), actor, random);
		retouch(holding, actor->retouch * (double)STEP_NS / 1e9);
	}
}

static void move_file(const struct actor *actor, const char *name, struct ledger *ledger, int64_t begin_ns,
		      struct random *random)
{
	static char buffer[CHUNK];
	int64_t end = begin_ns + (int64_t)(actor->end * 1e9);
	int64_t step = (int64_t)(CHUNK / actor->file_rate * 1e9), next = now_ns();
	off_t size = 0, at = 0;
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		fail("cannot create", name);
	unlink(name);
	while (now_ns() < end) {
		bool grow = size < (off_t)actor->file_bytes;
		off_t place = grow ? size : at;

		if (grow || chance(random, actor->write_share)) {
			if (pwrite(fd, buffer, CHUNK, place) != CHUNK)
				break;
			atomic_fetch_add(&ledger->written_bytes, CHUNK);
			size = grow ? size + CHUNK : size;
		} else {
			if (pread(fd, buffer, CHUNK, place) != CHUNK)
				break;
			atomic_fetch_add(&ledger->read_bytes, CHUNK);
		}
		at = at + 2 * CHUNK > size ? 0 : at + CHUNK;
		next += step;
		if (now_ns() - next > STEP_NS)
			next = now_ns();
		sleep_until(next);
	}
	close(fd);
}

/* Each has a child every so often, until there are enough of them. */
static _Noreturn void bomb(const struct actor *actor, struct holding *holding, struct ledger *ledger, int64_t begin_ns,
			   struct random *random)
{
	int64_t end = begin_ns + (int64_t)(actor->end * 1e9);

	while (now_ns() < end) {
		resize(holding, actor->bomb_bytes, actor, random);
		sleep_until(now_ns() + (int64_t)(actor->bomb_pause * uniform(random, 0.5, 1.5) * 1e9));
		while (waitpid(-1, NULL, WNOHANG) > 0) {}
		if (atomic_fetch_add(&ledger->bombs, 1) >= actor->bomb_count) {
			atomic_fetch_sub(&ledger->bombs, 1);
			continue;
		}
		if (fork() == 0) {
			/* What it inherited is its parent's, until it writes there itself. */
			madvise(holding->base, holding->used * PAGE, MADV_DONTNEED);
			holding->used = 0;
			random->state ^= (uint64_t)getpid() << 20;
		}
	}
	_exit(0);
}

void act(const struct plan *plan, int index, struct ledger *ledger, const char *file, int64_t begin_ns, uint64_t seed)
{
	const struct actor *actor = &plan->actor[index];
	struct random random = random_of("process", seed * 1000 + (uint64_t)index);
	struct holding holding = { .held = &ledger->held[index] };
	double most = actor->kind == KIND_BOMB ? actor->bomb_bytes : most_of(actor);
	static const char *const names[] = { "episode-anon", "episode-shmem", "episode-cache", "episode-bomb" };

	prctl(PR_SET_NAME, actor->role == ROLE_CULPRIT && actor->kind != KIND_BOMB ? "episode-grows" :
										    names[actor->kind]);
	if (actor->kind == KIND_CACHE) {
		move_file(actor, file, ledger, begin_ns, &random);
		_exit(0);
	}
	holding.pages = (size_t)(most / PAGE) + 1;
	holding.base = mmap(NULL, holding.pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | MAP_NORESERVE | (actor->kind == KIND_SHMEM ? MAP_SHARED : MAP_PRIVATE), -1, 0);
	if (holding.base == MAP_FAILED)
		fail("cannot map memory for", plan->limit > 0 ? "the episode" : "nothing");
	madvise(holding.base, holding.pages * PAGE, MADV_NOHUGEPAGE);
	if (actor->kind == KIND_BOMB)
		bomb(actor, &holding, ledger, begin_ns, &random);
	hold(actor, &holding, begin_ns, &random);
	_exit(0);
}
