#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
(
	sleep 1
	# The reader itself, not the workload that it started.
	reader=$(pidof memory-collector)
	kill -STOP "$reader"
	# As long as it takes: a busy host has the emulated CPUs tick seldom.
	until grep -qs '^overrun: [1-9]' /sys/kernel/tracing/instances/memory-collector/per_cpu/cpu*/stats; do
		sleep 0.2
	done
	sleep 1
	kill -CONT "$reader"
) &
measure sh -c '
	charge --comm first --rate 200MiB --cpus 0-1 --threads 2 --duration 7s --truth /out/truth.jsonl &
	charge --comm second --rate 50MiB --cpus 1 --duration 7s --truth /out/truth.jsonl &
	wait'
wait
module_out
