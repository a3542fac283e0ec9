# SPDX-License-Identifier: GPL-2.0-only
"""Which episodes others' programs run beside us on, and which of them share a boot."""

from dataclasses import dataclass

from . import plan

HOST_FAMILIES = ("leak_slow", "leak_fast", "shmem_leak", "sawtooth", "plateau", "burst", "many_small", "zram")
HOST_SPARED = ("leak_slow", "leak_fast", "shmem_leak", "sawtooth", "plateau", "burst")
# Seed, is to end in a kill, families.
HOST_ENDS = ((0, True, HOST_FAMILIES), (1, True, HOST_FAMILIES), (2, False, HOST_SPARED))
HOST_SWAP_MIB = 256  # zram's disk
LIMIT_FAMILIES = ("leak_slow", "leak_fast", "shmem_leak", "plateau", "burst", "page_cache", "leak_and_cache")
# Of plan.py, so that they can be looked up in the recordings: 32 MiB and 128 MiB; killed, spared.
LIMIT_SEEDS = (1, 11)
SWAP_SEEDS = (1, 3, 9, 11)

# What each systemd-oomd has on top of its package's files.
OOMD_SETTINGS = {"debian": "", "2s": "[OOM]\nDefaultMemoryPressureDurationSec=2s\n",
                 "tight": "[OOM]\nDefaultMemoryPressureLimit=10%\nDefaultMemoryPressureDurationSec=1s\n"}


@dataclass(frozen=True)
class HostEpisode:
    """Has the machine to itself; how much there is, the guest finds out."""
    family: str
    seed: int
    oom: bool

    @property
    def name(self):
        return f"host-{self.family}-{self.seed}"

    def line(self, wait):
        return f"{wait:.2f} {self.name} {self.family} {self.seed} 0 {plan.SECONDS}" + (" --oom" if self.oom else "")


@dataclass(frozen=True)
class Boot:
    name: str
    host: bool
    memory: str
    swap: str  # none, disk, zram
    swap_mib: int
    episodes: tuple

    def lines(self):
        return [episode.line(0.6 * number) for number, episode in enumerate(self.episodes)]


def boots():
    found = []
    for seed, oom, families in HOST_ENDS:
        for family in families:
            swap = "zram" if family == "zram" else "none"
            found.append(Boot(f"host-{family}-{seed}", True, "512M", swap, HOST_SWAP_MIB if swap == "zram" else 0,
                              (HostEpisode(family, seed, oom),)))
    found.append(Boot("limit-plain", False, "4G", "none", 0,
                      tuple(plan.Episode(family, seed) for seed in LIMIT_SEEDS for family in LIMIT_FAMILIES)))
    for kind, family in (("disk", "swap"), ("zram", "zram")):
        found.append(Boot(f"limit-{family}", False, "4G", kind, 1024,
                          tuple(plan.Episode(family, seed) for seed in SWAP_SEEDS)))
    return found
