#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/witness
events=$tracing/events/memory_collector

# ticks FILE EVENT...: the ticks of three seconds in which 64 processes run in each slot of
# 10 ms, one after the other. So many that the few in which this script's own processes
# begin, which takes more events, are beyond the 99th percentile.
ticks() {
	file=$1
	shift
	charge --comm load --rate 1MiB --period 5ms --children 64 --parallel 64 --duration 900s --truth /dev/null &
	load=$!
	sleep 1
	for event; do echo 1 >"$events/$event"; done
	sleep 0.5
	: >$tracing/trace
	sleep 3
	echo 0 >$events/enable
	# What is written down takes longer than what is measured.
	kill $load
	wait $load || true
	grep ' tick: ' $tracing/trace >"$file"
}

begin() {
	module_in interval_us=10000 tick_budget_us=50 "$@"
	mkdir $tracing
	echo mono >$tracing/trace_clock
	echo 16384 >$tracing/buffer_size_kb
}

begin tick_budget_us=0
ticks /out/ticks-unlimited.txt enable
rmdir $tracing
rmmod collector
begin
# An event that nobody listens to is not made: this is the reading, and the account of who ran.
ticks /out/ticks-reading.txt tick/enable
ticks /out/ticks-rdt.txt tick/enable domain_sample/enable rdt_sample/enable
ticks /out/ticks-all.txt enable
rmdir $tracing
module_out
