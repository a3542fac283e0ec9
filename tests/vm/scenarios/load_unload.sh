#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/onlooker
# What the first cycles leave in caches for good does not count.
warm_up=5

# Caches without what is only kept for later. Without slub_debug=F on the kernel's command line
# a cache would be counted by whole slabs; and kfree_rcu() frees in batches, every 5 s.
slab() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do echo 1 >"$cache" 2>/dev/null || true; done
	sleep 7
	cat /proc/slabinfo >"$1"
}

storm() {
	forks=0
	while [ -e /tmp/storm ]; do
		/bin/true
		forks=$((forks + 1))
		echo "$forks" >/tmp/forks
	done
}

hotplug() {
	times=0
	while [ -e /tmp/storm ]; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.2
		echo 1 >/sys/devices/system/cpu/cpu1/online
		times=$((times + 1))
		echo $times >/tmp/times
		sleep 0.3
	done
}

start_load() {
	touch /tmp/storm
	storm &
	storm_pid=$!
	hotplug &
	hotplug_pid=$!
	charge --comm load --rate 20MiB --children 1000000 --parallel 4 --child-life 5ms-50ms --truth /dev/null &
	charge_pid=$!
}

end_load() {
	rm /tmp/storm
	kill $charge_pid
	wait $storm_pid $hotplug_pid $charge_pid || true
}

events=0
# cycle PARAMETER...: loaded, listened to for a moment that differs, unloaded while listened to.
cycle() {
	insmod /lab/collector.ko || fail "insmod collector.ko, cycle $number: $(dmesg | tail -n 5)"
	echo 1 >$tracing/events/memory_collector/enable
	case $((number % 4)) in
	0) ;;
	1) sleep 0.02 ;;
	2) sleep 0.1 ;;
	3) sleep 0.05; echo 0 >$tracing/events/memory_collector/enable ;;
	esac
	rmmod collector || fail "rmmod collector, cycle $number"
}

lab_stat before
mkdir $tracing
number=0
while [ $number -lt $warm_up ]; do
	cycle
	number=$((number + 1))
done
slab /out/slab-before.txt

# Counts what comes, so that the ring stays empty. An unload that clears the ring between a wakeup of
# trace_pipe's reader and its read looks like the end of the file to it.
reading() {
	while [ -e /tmp/reading ]; do
		cat $tracing/trace_pipe &
		echo $! >/tmp/reader
		wait $! || true
	done
}
touch /tmp/reading
reading >>/tmp/lines &
reader=$!
start_load
number=0
while [ $number -lt "$CYCLES" ]; do
	cycle
	lab-stat >>/out/pqr-after-unload.txt
	if [ $((number % 10)) = 9 ]; then
		events=$((events + $(wc -l </tmp/lines)))
		: >/tmp/lines
	fi
	number=$((number + 1))
done
events=$((events + $(wc -l </tmp/lines)))
end_load
rm /tmp/reading
kill "$(cat /tmp/reader)" 2>/dev/null || true
wait $reader || true
echo "cycles=$number storm=$(cat /tmp/forks) hotplug=$(cat /tmp/times) events=$events" >/out/cycles.txt
cat /out/cycles.txt
rm -f /tmp/lines
slab /out/slab-after.txt
rmdir $tracing
insmod /lab/collector.ko
module_out
