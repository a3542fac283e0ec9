# SPDX-License-Identifier: GPL-2.0-only
"""Which episodes there are, and which of them share a boot."""

from dataclasses import dataclass

WITHOUT_SWAP = ("leak_slow", "leak_fast", "shmem_leak", "sawtooth", "plateau", "burst",
                "page_cache", "leak_and_cache", "many_small", "fork_bomb")
FAMILIES = (*WITHOUT_SWAP, "swap", "zram")
LIMITS_MIB = (16, 32, 64, 128)
SEEDS = 32
SECONDS = 60
# Of eight seeds of a limit these end in an OOM kill, if the workload does as planned.
OOM_OF_EIGHT = (0, 3, 5)


@dataclass(frozen=True)
class Episode:
    family: str
    seed: int

    @property
    def limit_mib(self):
        return LIMITS_MIB[self.seed % len(LIMITS_MIB)]

    @property
    def oom(self):
        return self.seed // len(LIMITS_MIB) % 8 in OOM_OF_EIGHT

    @property
    def name(self):
        return f"{self.family}-{self.seed:02d}-{self.limit_mib}M"

    def line(self, wait):
        return (f"{wait:.2f} {self.name} {self.family} {self.seed} {self.limit_mib} {SECONDS}"
                + (" --oom" if self.oom else ""))


@dataclass(frozen=True)
class Boot:
    name: str
    swap: str  # none, disk, zram
    episodes: tuple

    def lines(self):
        """They begin one after the other, so that not all grow at the same time."""
        return [episode.line(0.6 * number) for number, episode in enumerate(self.episodes)]


def seeds_in_turn(seeds):
    """Any few neighbours have several limits, and both ends."""
    return sorted(range(seeds), key=lambda seed: (seed * 13) % seeds)


def boots(seeds=SEEDS, each=2, each_with_swap=8):
    """`each` seeds of all families without swap in a boot; devices for swap are the machine's, so a boot each."""
    order, found = seeds_in_turn(seeds), []
    for number, begin in enumerate(range(0, seeds, each)):
        chosen = order[begin:begin + each]
        found.append(Boot(f"plain-{number:02d}", "none",
                          tuple(Episode(family, seed) for seed in chosen for family in WITHOUT_SWAP)))
    for kind, family in (("disk", "swap"), ("zram", "zram")):
        for number, begin in enumerate(range(0, seeds, each_with_swap)):
            chosen = order[begin:begin + each_with_swap]
            found.append(Boot(f"{family}-{number:02d}", kind, tuple(Episode(family, seed) for seed in chosen)))
    return found
