#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Loads collector.ko, lets trace-cmd record it for SECONDS under a load on every
# CPU, unloads it. What it leaves in OUT is judged by validate_trace.py.
# shellcheck source=module/tests/there/log.sh
. "$HERE/log.sh"

EVENTS=/sys/kernel/tracing/events/memory_collector
PROC=/proc/memory_collector
load_pids="" recorder=""

clean_up() {
	for pid in $recorder $load_pids; do
		kill "$pid" 2>/dev/null || true
	done
	[ ! -d /sys/module/collector ] || rmmod collector 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# online_cpus: their numbers, a line each.
online_cpus() {
	tr ',' '\n' </sys/devices/system/cpu/online | while IFS=- read -r first last; do
		seq "$first" "${last:-$first}"
	done
}

# A busy process on every CPU, with pauses in which other CPUs of an emulated
# machine get their turn; their `sleep` is a short process that comes and goes.
begin_load() {
	for cpu in $(online_cpus); do
		# shellcheck disable=SC2016
		taskset -c "$cpu" sh -c 'while :; do
			i=0
			while [ $i -lt 5000 ]; do i=$((i + 1)); done
			sleep 0.01
		done' &
		load_pids="$load_pids $!"
	done
	echo "$load_pids" >"$OUT/load.txt"
	# Only in the lab does a program say what it moves.
	if command -v charge >/dev/null; then
		charge --comm mover --rate 200MiB --threads 2 --duration "${RECORD_SECONDS}s" --truth "$OUT/truth.jsonl" &
		load_pids="$load_pids $!"
	fi
}

[ ! -d /sys/module/collector ] || fail "collector is loaded already: rmmod collector"
mkdir -p /sys/kernel/tracing
[ -e /sys/kernel/tracing/events ] || mount -t tracefs none /sys/kernel/tracing || fail "this kernel has no tracefs"
online_cpus >"$OUT/cpus.txt"
grep -m 1 '^flags' /proc/cpuinfo >"$OUT/cpu-flags.txt"
grep -c ' /sys/fs/resctrl ' /proc/mounts >"$OUT/resctrl.txt" || true
log_begin trace

insmod "$MODULES/collector.ko" || fail "insmod collector.ko failed: $(dmesg | tail -n 5)"
lsmod | grep -q '^collector ' || fail "lsmod does not show collector"

trace-cmd record -q -C mono -b 4096 -o "$OUT/trace.dat" -e memory_collector >"$OUT/trace-cmd.log" 2>&1 &
recorder=$!
# It enables one event after the other, this one last.
until grep -q 1 "$EVENTS/tick/enable"; do
	kill -0 "$recorder" 2>/dev/null || fail "trace-cmd record ended: $(cat "$OUT/trace-cmd.log")"
	sleep 0.1
done
begin_load
sleep 0.5
echo dump >"$PROC"
sleep "$RECORD_SECONDS"
for pid in $load_pids; do
	kill "$pid" 2>/dev/null || true
done
# What ended is drained, and its RMID freed.
sleep 0.5
kill -INT "$recorder"
wait "$recorder" || fail "trace-cmd record: $(cat "$OUT/trace-cmd.log")"
recorder="" load_pids=""
trace-cmd report -t "$OUT/trace.dat" >"$OUT/trace.txt" 2>>"$OUT/trace-cmd.log" ||
	fail "trace-cmd report: $(cat "$OUT/trace-cmd.log")"
rm "$OUT/trace.dat"

rmmod collector || fail "rmmod collector failed"
ls -d /sys/module/collector "$PROC" "$EVENTS" >"$OUT/left-behind.txt" 2>/dev/null || true
log_end "$OUT/dmesg.txt"
