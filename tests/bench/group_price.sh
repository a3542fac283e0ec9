#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In a guest of the lab, for tests/bench/group_price --guest: the loads ROUNDS times without and with
# each of OBSERVERS (alone, a group, a program of bpftrace), a line of /out/prices.txt each. Counts of
# instructions do not drift: nothing needs to be in turns.
set -eu

loads() {
	for round in $(seq "$ROUNDS"); do
		for count in $COUNTS; do
			echo "$1 $round $(load "${count%:*}" "${count#*:}")" >>/out/prices.txt
		done
	done
}

# How many programs and events a process holds.
attached() {
	# shellcheck disable=SC2010
	ls -l "/proc/$1/fd" 2>/dev/null | grep -cE 'bpf[-_](link|prog)|raw_tracepoint|perf_event' || true
}

# bpftrace does not say when it is ready: when it attaches no more.
settled() {
	before=-1
	until now=$(attached "$1") && [ "$now" -gt 0 ] && [ "$now" -eq "$before" ]; do
		kill -0 "$1" 2>/dev/null || return 1
		before=$now
		sleep 1
	done
}

told() {
	until [ -s /out/rows.jsonl ]; do
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.1
	done
}

beside() {
	rm -f /out/rows.jsonl
	case "$1" in
	*.bt)
		bpftrace "/lab/$1" >/out/said 2>&1 &
		ready=settled
		;;
	alone)
		memory-collector run --source ebpf --format jsonl --output /out/rows.jsonl 2>/out/said &
		ready=told
		;;
	*)
		memory-collector run --source ebpf --with "$1" --format jsonl --output /out/rows.jsonl 2>/out/said &
		ready=told
		;;
	esac
	observer=$!
	if $ready $observer; then
		cat /out/said
		loads "$1"
		kill -INT $observer
		wait $observer || true
	else
		echo "$1 0 $(tail -n 1 /out/said)" >>/out/prices.txt
	fi
}

# How many page tables a process has, which fork copies, depends on where its memory happens to be.
echo 0 >/proc/sys/kernel/randomize_va_space
# What is done for the first time takes longer.
loads first
for name in $OBSERVERS; do
	loads none
	beside "$name"
done
loads none
rm -f /out/rows.jsonl
