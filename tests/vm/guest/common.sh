# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2086
#
# Sourced by every scenario's guest script (busybox sh, root, in /lab).
# A scenario is: module_in; measure COMMAND...; module_out.
set -eu

fail() {
	echo "scenario: $*" >&2
	exit 1
}

# Off at boot, see tests/lab/kernels/debug-kcsan.config.
kcsan=/sys/kernel/debug/kcsan
[ ! -e $kcsan ] || echo on >$kcsan

# The machine's own account; a machine without RDT has none.
lab_stat() {
	lab-stat >"/out/lab-$1.json" 2>/dev/null || rm -f "/out/lab-$1.json"
}

# module_in [PARAMETER=VALUE]... (the last of two counts). An emulated CPU is some twenty
# times slower than others: so much longer may a tick take.
module_in() {
	lab_stat before
	insmod /lab/collector.ko tick_budget_us=1000 "$@" || { dmesg | tail -n 20; fail "insmod collector.ko $*"; }
}

# measure COMMAND...: the report of the time in which it runs; RUN_OPTIONS are
# further options of `memory-collector run`. With RECORD, trace-cmd records it
# too, and report.jsonl is what `report` makes of that.
measure() {
	[ -z "${RECORD:-}" ] || record_begin
	memory-collector run --interval "${INTERVAL:-500ms}" --format jsonl --output /out/rows.jsonl \
		${RUN_OPTIONS:-} -- "$@" || fail "memory-collector ended with status $?"
	[ -z "${RECORD:-}" ] || record_end
}

record_begin() {
	# A workload may keep trace-cmd from its CPUs for a second.
	trace-cmd record -q -C mono -b 8192 -o /out/trace.dat -e memory_collector >/out/trace-cmd.log 2>&1 &
	recorder=$!
	# The last of the events that it enables, one after the other.
	until grep -q 1 /sys/kernel/tracing/events/memory_collector/tick/enable; do
		kill -0 "$recorder" || { cat /out/trace-cmd.log; fail "trace-cmd record"; }
		sleep 0.1
	done
}

record_end() {
	kill -INT "$recorder"
	wait "$recorder" || { cat /out/trace-cmd.log; fail "trace-cmd record"; }
	memory-collector report /out/trace.dat --interval "${INTERVAL:-500ms}" --format jsonl \
		--output /out/report.jsonl || fail "memory-collector report"
	rm /out/trace.dat
}

# Unloads, and notes what is there that should not be.
module_out() {
	rmmod collector || fail "rmmod collector"
	lab_stat after
	{
		grep memory_collector /sys/devices/system/cpu/hotplug/states || true
		ls -d /proc/memory_collector /sys/module/collector /sys/kernel/tracing/events/memory_collector \
			/sys/kernel/tracing/instances/* 2>/dev/null || true
	} >/out/left-behind.txt
	debug_account
	dmesg >/out/dmesg.txt
}

# Memory whose allocating code has no name any more; and what a debug kernel knows.
debug_account() {
	leaks=/sys/kernel/debug/kmemleak
	grep -E '^0x[^ ]+ +[0-9]+ (0x|.*\[collector\])' /proc/vmallocinfo >/out/vmalloc.txt || true
	[ ! -e /proc/lockdep_stats ] || cat /proc/lockdep_stats >/out/lockdep.txt
	[ ! -e $kcsan ] || cat $kcsan >/out/kcsan.txt
	[ -e $leaks ] || return 0
	# It tells of what is older than 5 s, and was not found by a second look.
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks >/out/kmemleak.txt
}
