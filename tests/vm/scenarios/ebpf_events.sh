#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# What a kernel has built in, or what the scenario brought.
echo lz4 >/sys/block/zram0/comp_algorithm 2>/dev/null || true
echo 64M >/sys/block/zram0/disksize || fail "a zram device of 64 MiB"
mkswap /dev/zram0 >/dev/null || fail "mkswap"
swapon /dev/zram0 || fail "swapon"
echo +memory >/sys/fs/cgroup/cgroup.subtree_control || fail "cgroups with limits"

# More than there is may be asked for.
echo 1 >/proc/sys/vm/overcommit_memory

# One that fits with swap, one that its cgroup has no room for, one that the machine has none for.
# Text, for pages of zeros are not written to swap space.
cat >/lab/events.sh <<'WORK'
limited() {
	mkdir /sys/fs/cgroup/"$1"
	echo "$2" >/sys/fs/cgroup/"$1"/memory.max
	echo "$3" >/sys/fs/cgroup/"$1"/memory.swap.max
}
hold() {
	yes "a page of $1" | dd bs="$1" count="$2" iflag=fullblock of=/dev/null 2>/dev/null
}
limited swapping 24M max
limited full 16M 0
cat /proc/vmstat >/out/vmstat-before.txt
(
	echo 0 >/sys/fs/cgroup/swapping/cgroup.procs
	hold 36M 2
)
(
	echo 0 >/proc/self/oom_score_adj
	echo 0 >/sys/fs/cgroup/full/cgroup.procs
	hold 32M 1
)
(
	echo 1000 >/proc/self/oom_score_adj
	hold 700M 1
)
sleep 1
cat /proc/vmstat >/out/vmstat-after.txt
WORK
# The kernel is not to choose the collector, nor what this script runs in.
echo -1000 >/proc/self/oom_score_adj
measure sh /lab/events.sh
cat /proc/vmstat >/out/vmstat-end.txt
dmesg >/out/dmesg.txt
