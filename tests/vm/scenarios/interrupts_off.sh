#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/witness
events=$tracing/events/memory_collector

# ticks FILE: the ticks of two seconds.
ticks() {
	sleep 1
	: >$tracing/trace
	sleep 2
	cp $tracing/trace /tmp/trace
	echo 0 >$events/enable
	grep ' tick: ' /tmp/trace >"$1"
	sleep 0.5
}

# 64 processes fit in a slot of 10 ms, one after the other.
module_in interval_us=10000
mkdir $tracing
echo mono >$tracing/trace_clock
echo 32768 >$tracing/buffer_size_kb
charge --comm load --rate 1MiB --period 3ms --children 64 --parallel 64 --duration 900s --truth /dev/null &
load=$!
sleep 2
# An event that nobody listens to is not made: this is the reading, and the account of who ran.
echo 1 >$events/tick/enable
ticks /out/ticks-reading.txt
echo 1 >$events/rdt_sample/enable
echo 1 >$events/domain_sample/enable
echo 1 >$events/tick/enable
ticks /out/ticks-rdt.txt
echo 1 >$events/enable
ticks /out/ticks-all.txt
kill $load
wait $load || true
rmdir $tracing
module_out
