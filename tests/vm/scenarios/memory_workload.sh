#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each run is in a cgroup of its own, /NAME/own; limits are set there, or on /NAME above it. What was said, and
# what the kernel counted, is in /out/NAME.
. /lab/common.sh

MiB=1048576
root=/sys/fs/cgroup
echo "+memory +pids" >$root/cgroup.subtree_control

# begin NAME
begin() {
	echo "== $1"
	above=$root/$1 own=$root/$1/own out=/out/$1
	mkdir "$above" "$out"
	echo "+memory +pids" >"$above/cgroup.subtree_control"
	mkdir "$own"
}

# enter GROUP COMMAND...: in place of this shell.
# shellcheck disable=SC2016 # of the inner shell
enter='echo 0 >"$0/cgroup.procs"; exec "$@"'

# start NAME OPTION...: a workload in the group, in the background.
start() {
	sh -c "$enter" "$own" memory-workload "$@" --json >"$out/result.json" 2>"$out/said.txt" &
	front=$!
}

# until_so SECONDS WHAT COMMAND...
until_so() {
	within=$1 what=$2
	shift 2
	by=$(($(cut -d. -f1 /proc/uptime) + within))
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -le $by ] || { cat "$out/said.txt"; fail "${out##*/}: not within $within s: $what"; }
		sleep 0.1
	done
}

swapped_out() { sed -n 's/^pswpout //p' /proc/vmstat; }
nobody_in() { grep -q "populated 0" "$1/cgroup.events"; }
processes() { [ "$(cat "$own/pids.current")" -ge "$1" ]; }

# All of its region is there: it holds more than this, and for a second no more.
holds() {
	now=$(cat "$own/memory.current")
	[ "$now" -gt "$1" ] || return 1
	sleep 1
	[ "$(cat "$own/memory.current")" = "$now" ]
}

# counted GROUP NAME
counted() {
	for file in memory.events memory.peak memory.stat pids.events pids.peak memory.max; do
		cat "$1/$file" >"$out/$2.$file"
	done
}

# finish: the end of the run, what the kernel counted, and no group any more.
finish() {
	status=0
	wait $front || status=$?
	echo "$status" >"$out/status"
	until_so 10 "the end of all processes" nobody_in "$above"
	counted "$above" above
	counted "$own" own
	cat "$out/said.txt"
	for group in "$own" "$above"/* "$above"; do
		[ ! -d "$group" ] || rmdir "$group" || fail "${group#"$root"} stays"
	done
}

begin refused_own
echo $((64 * MiB)) >"$own/memory.max"
start random_touch_heap --region-mb 96
finish

begin refused_above
echo $((64 * MiB)) >"$above/memory.max"
start random_touch_heap --region-mb 96
finish

begin refused_high
echo $((64 * MiB)) >"$own/memory.high"
start random_touch_heap --region-mb 96
finish

begin refused_pids
echo 5 >"$own/pids.max"
start fork_exit_storm
finish

begin refused_pids_above
echo 5 >"$above/pids.max"
start fork_exit_storm
finish

begin counts
echo $((96 * MiB)) >"$own/memory.max"
start plateau --rate-mb 64 --peak-mb 48 --entropy 0 --duration-sec 3
finish

begin forks
start fork_touch_exit --fork-rate 20 --touch-pages 32 --duration-sec 3
finish

# 4 MiB above what is used are less than 2.5% of 200: it stops before the kernel has to choose.
begin lowered
echo $((400 * MiB)) >"$own/memory.max"
start random_touch_heap --region-mb 196 --ops-per-sec 100 --entropy 0 --duration-sec 60
until_so 60 "the region" holds $((196 * MiB))
echo $(($(cat "$own/memory.current") + 4 * MiB)) >"$own/memory.max"
finish

# By 1 MiB a second, in another group below the same limit; --allow-oom: this one does not stop for it.
begin neighbour
echo $((200 * MiB)) >"$above/memory.max"
start random_touch_heap --region-mb 176 --ops-per-sec 100 --entropy 0 --duration-sec 60
until_so 60 "the region" holds $((176 * MiB))
mkdir "$above/other"
sh -c "$enter" "$above/other" memory-workload leak --workers 1 --rate-mb 1 --limit-mb 64 --allow-oom \
	--duration-sec 60 >/tmp/other.txt 2>&1 &
other=$!
until_so 60 "a neighbour that grows stops it" nobody_in "$own"
kill -INT $other
wait $other || [ $? = 130 ] || { cat /tmp/other.txt; fail "the neighbour"; }
finish

# No child more: each fork that fails is one that the kernel refused.
begin forks_refused
start fork_exit_storm --fork-rate 40 --workers 2 --duration-sec 6
until_so 10 "its processes" processes 4
sleep 1
echo 1 >"$own/pids.max"
finish

# Half of it cannot stay: the kernel chooses one, or several.
begin killed
echo $((100 * MiB)) >"$own/memory.max"
start random_touch_heap --region-mb 64 --ops-per-sec 100 --entropy 0 --duration-sec 60
until_so 60 "the region" holds $((64 * MiB))
echo $((40 * MiB)) >"$own/memory.max"
finish

begin allow_oom
echo $((48 * MiB)) >"$own/memory.max"
start leak --rate-mb 64 --limit-mb 96 --entropy 0 --duration-sec 20 --allow-oom
finish

# memory.oom.group: all that may be killed, at once.
begin oom_group
echo $((48 * MiB)) >"$own/memory.max"
echo 1 >"$own/memory.oom.group"
start leak --rate-mb 64 --limit-mb 96 --entropy 0 --duration-sec 20 --allow-oom
finish

for victim in front keeper worker; do
	for kind in fork_touch_exit sawtooth; do
		begin "$victim-$kind"
		start $kind --duration-sec 60
		until_so 20 "its processes" processes 6
		keeper=$(cut -d' ' -f1 /proc/$front/task/$front/children)
		case $victim in
		front) pid=$front ;;
		keeper) pid=$keeper ;;
		worker) pid=$(cut -d' ' -f1 "/proc/$keeper/task/$keeper/children") ;;
		esac
		kill -9 "$pid"
		finish
	done
done

echo "== swap"
echo lz4 >/sys/block/zram0/comp_algorithm
echo 256M >/sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0 || fail swapon

# Pages that are swapped out while it runs come back as it touches them.
begin swapped
echo $((96 * MiB)) >"$own/memory.max"
start random_touch_heap --region-mb 48 --ops-per-sec 1000 --duration-sec 8
until_so 60 "the region" holds $((48 * MiB))
before=$(swapped_out)
# EAGAIN: not all of it, for what is touched meanwhile is kept. By how much is judged.
echo $((32 * MiB)) >"$own/memory.reclaim" || true
echo $(($(swapped_out) - before)) >"$out/swapped.txt"
finish

# Swap is no headroom, unless it is asked to use all there is.
begin refused_swap
echo $((64 * MiB)) >"$own/memory.max"
start leak --rate-mb 64 --limit-mb 96 --duration-sec 4
finish

begin allow_swap
echo $((64 * MiB)) >"$own/memory.max"
start leak --rate-mb 32 --limit-mb 96 --entropy 0.5 --duration-sec 6 --allow-oom
finish

swapoff /dev/zram0 || fail swapoff
dmesg >/out/dmesg.txt
