// SPDX-License-Identifier: GPL-2.0-only
// Numbers that depend on the seed only, on whatever machine (splitmix64).
#include "episode.h"

struct random random_of(const char *text, uint64_t seed)
{
	struct random random = { .state = 0xcbf29ce484222325ull };

	for (; *text; text++)
		random.state = (random.state ^ (unsigned char)*text) * 0x100000001b3ull;
	random.state += seed * 0x632be59bd9b4e019ull;
	random_next(&random);
	return random;
}

uint64_t random_next(struct random *random)
{
	uint64_t value = random->state += 0x9e3779b97f4a7c15ull;

	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
	return value ^ (value >> 31);
}

double uniform(struct random *random, double low, double high)
{
	return low + (high - low) * (double)(random_next(random) >> 11) / 9007199254740992.0;
}

bool chance(struct random *random, double probability)
{
	return uniform(random, 0, 1) < probability;
}
