#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

cycles=${CYCLES:-10}
tracing=/sys/kernel/tracing/instances/onlooker

# The program has taken the module up (again): its instance has the last of the events enabled.
listened_to() {
	tries=0
	until [ "$(cat /sys/kernel/tracing/instances/memory-collector/events/memory_collector/tick/enable 2>/dev/null)" = 1 ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "the program did not take up the module: $(cat /out/messages.txt)"
		sleep 0.1
	done
}

module_in
mkdir $tracing
cat $tracing/per_cpu/cpu0/trace_pipe_raw >/dev/null &
reader=$!
charge --comm load --rate 20MiB --children 4000 --parallel 6 --child-life 20ms-200ms --truth /out/load.jsonl &
load=$!
memory-collector run --interval 500ms --format jsonl --output /out/rows.jsonl 2>/out/messages.txt &
daemon=$!
cycle=0
while [ $cycle -lt "$cycles" ]; do
	echo 1 >$tracing/events/memory_collector/enable
	listened_to
	sleep 1
	rmmod collector || fail "rmmod collector, cycle $cycle"
	lab-stat >>/out/pqr-after-unload.txt
	sleep 0.3
	insmod /lab/collector.ko || fail "insmod collector.ko, cycle $cycle"
	cycle=$((cycle + 1))
done
listened_to
sleep 1
kill -INT $daemon
wait $daemon || fail "memory-collector ended with status $?"
kill $load
wait $load || true
kill $reader 2>/dev/null || true
wait $reader || true
rmdir $tracing
module_out
