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
[ ! -d /sys/kernel/mm/damon ] || [ -n "${NO_DAMON:-}" ] || ways="$ways damon"
[ ! -e /sys/kernel/mm/page_idle/bitmap ] || ways="$ways idle"
for way in $ways; do
	sample "$way" "$writer" --coldness "$way" --cold-after 1s
	[ "$way" = auto ] || sample "$way-reader" "$reader" --coldness "$way" --cold-after 1s
	case $way in clear-refs | idle) sample "$way-few" "$few" --coldness "$way" --cold-after 1s ;; esac
done

# killed_while_it_watches PID: what it set up stays.
kdamonds=/sys/kernel/mm/damon/admin/kdamonds
killed_while_it_watches() {
	memory-collector compress sample --format jsonl --max-cpu 100% --pid "$1" --coldness damon --cold-after 60s \
		>/dev/null &
	sampler=$!
	until grep -q on $kdamonds/0/state 2>/dev/null; do
		kill -0 "$sampler" || fail "the sampler ended before it watched"
		sleep 0.1
	done
	kill -KILL "$sampler"
	wait "$sampler" || true
	echo "left $(cat $kdamonds/nr_kdamonds $kdamonds/0/state | xargs)"
}
if [ -s /out/damon.jsonl ]; then
	cat $kdamonds/nr_kdamonds >/out/kdamonds.txt
	{
		killed_while_it_watches "$writer"
		stat -c %a /run/memory-collector/damon.json
		sample damon-after "$reader" --coldness damon --cold-after 1s
		echo "then $(cat $kdamonds/nr_kdamonds)"

		halves 16 >/tmp/ends.json &
		ends=$!
		until [ -s /tmp/ends.json ]; do
			sleep 0.1
		done
		killed_while_it_watches "$ends"
		kill -KILL "$ends"
		wait "$ends" || true
		until grep -q off $kdamonds/0/state; do
			sleep 0.1
		done
		sample damon-after-end "$reader" --coldness damon --cold-after 1s
		echo "then $(cat $kdamonds/nr_kdamonds)"

		# What it left has gone, and somebody else is about to watch, and does.
		killed_while_it_watches "$writer"
		echo off >$kdamonds/0/state
		echo 0 >$kdamonds/nr_kdamonds
		echo 1 >$kdamonds/nr_kdamonds
		echo 1 >$kdamonds/0/contexts/nr_contexts
		echo vaddr >$kdamonds/0/contexts/0/operations
		sample damon-others-begin "$reader" --coldness damon --cold-after 1s
		echo "others $(cat $kdamonds/nr_kdamonds $kdamonds/0/state | xargs)"
		echo 1 >$kdamonds/0/contexts/0/targets/nr_targets
		echo "$writer" >$kdamonds/0/contexts/0/targets/0/pid_target
		echo on >$kdamonds/0/state
		sample damon-others "$reader" --coldness damon --cold-after 1s
		echo "others $(cat $kdamonds/nr_kdamonds $kdamonds/0/state | xargs)"
		echo off >$kdamonds/0/state
		echo 0 >$kdamonds/nr_kdamonds
	} >/out/killed.txt
fi
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
