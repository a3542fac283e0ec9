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

# Each of them has a CPU where nothing else runs: its TLB holds what it was given, and a mark of use that is
# taken away comes again only if the TLB is flushed.
taskset -p 1 $$ >/dev/null
taskset 2 halves 1500 >/out/writer.json &
writer=$!
taskset 4 halves 1500 read >/out/reader.json &
reader=$!
# So few that a TLB holds them all.
taskset 8 halves 128 >/out/few.json &
few=$!
until [ -s /out/writer.json ] && [ -s /out/reader.json ] && [ -s /out/few.json ]; do
	sleep 0.1
done
# Linux 6.1 is without DAMON, and Debian's kernels are without idle page tracking.
ways="auto soft-dirty clear-refs"
[ ! -d /sys/kernel/mm/damon ] || ways="$ways damon"
[ ! -e /sys/kernel/mm/page_idle/bitmap ] || ways="$ways idle"
for way in $ways; do
	sample "$way" "$writer" --coldness "$way" --cold-after 1s
	[ "$way" = auto ] || sample "$way-reader" "$reader" --coldness "$way" --cold-after 1s
	case $way in clear-refs | idle) sample "$way-few" "$few" --coldness "$way" --cold-after 1s ;; esac
done
[ ! -d /sys/kernel/mm/damon ] || cat /sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds >/out/kdamonds.txt
kill "$writer" "$few"

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
# Not every kernel counts pages that come back (CONFIG_VM_EVENT_COUNTERS).
sizes() { grep -hE '^(VmRSS|VmSwap|pswpin)' "/proc/$swapped/status" /proc/vmstat; }
sizes >/out/sizes-before.txt
pages=100000
sample swapped "$swapped" --coldness none
sizes >/out/sizes-after.txt
kill -KILL "$swapped" "$reader"
wait "$swapped" "$reader" || true
swapoff /dev/zram0
