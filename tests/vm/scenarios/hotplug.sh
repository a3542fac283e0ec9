#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
# Begins with the run: of a CPU that comes later, the run cannot tell what it missed before.
# Not pinned: the kernel moves what ran on a CPU that goes.
measure sh -c '
	cpu() {
		echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
	}
	charge --comm wide --rate 200MiB --threads 4 --duration 4s --truth /out/truth.jsonl &
	charge --comm narrow --rate 50MiB --duration 4s --truth /out/truth.jsonl &
	sleep 1
	cpu 3 0; sleep 0.3; cpu 3 1; sleep 0.3
	cpu 2 0; cpu 3 0; sleep 0.5
	cpu 3 1; cpu 2 1
	wait'
[ "$(cat /sys/devices/system/cpu/online)" = 0-3 ] || fail "CPUs are missing: $(cat /sys/devices/system/cpu/online)"
module_out
