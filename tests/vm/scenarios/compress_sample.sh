#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# sample NAME PID OPTION...: its row in /out/NAME.jsonl
pages=600
sample() {
	name=$1
	shift
	memory-collector compress sample --format jsonl --max-cpu 100% --pages $pages --settings zstd-1 --pid "$@" \
		>"/out/$name.jsonl" 2>"/out/$name.log" || { cat "/out/$name.log"; fail "compress sample $*"; }
}

halves 1500 >/out/writer.json &
writer=$!
halves 1500 read >/out/reader.json &
reader=$!
until [ -s /out/writer.json ] && [ -s /out/reader.json ]; do
	sleep 0.1
done
# Linux 6.1 is without.
ways="auto soft-dirty clear-refs"
[ ! -d /sys/kernel/mm/damon ] || ways="$ways damon"
for way in $ways; do
	sample "$way" "$writer" --coldness "$way" --cold-after 1s
done
sample soft-dirty-reader "$reader" --coldness soft-dirty --cold-after 1s
sample clear-refs-reader "$reader" --coldness clear-refs --cold-after 1s
if [ -d /sys/kernel/mm/damon ]; then
	sample damon-reader "$reader" --coldness damon --cold-after 1s
	cat /sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds >/out/kdamonds.txt
fi
kill "$writer"

# Part of it is swapped out, and nothing wants it back: it stays where it is.
echo 64M >/sys/block/zram0/disksize || fail "zram"
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/small
sh -c 'echo 0 >/sys/fs/cgroup/small/cgroup.procs; exec halves 1500' >/out/swapped.json &
swapped=$!
until [ -s /out/swapped.json ]; do
	sleep 0.1
done
kill -STOP "$swapped"
echo 6M >/sys/fs/cgroup/small/memory.reclaim || true
grep -E '^(VmRSS|VmSwap)' "/proc/$swapped/status" >/out/sizes-before.txt
grep -E '^pswpin' /proc/vmstat >>/out/sizes-before.txt
pages=100000
sample swapped "$swapped" --coldness none
grep -E '^(VmRSS|VmSwap)' "/proc/$swapped/status" >/out/sizes-after.txt
grep -E '^pswpin' /proc/vmstat >>/out/sizes-after.txt
kill -KILL "$swapped" "$reader"
wait "$swapped" "$reader" || true
swapoff /dev/zram0
