#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs sync_timer_benchmark_module for RUN_SECONDS under each load of LOADS, one
# after the other, with cyclictest beside it if CYCLICTEST=1. Leaves for each in
# OUT/LOAD/ what timer_statistics.py reads.
# shellcheck source=module/tests/there/log.sh
. "$HERE/log.sh"

# Beside what log.sh needs: LOADS, RUN_SECONDS, INTERVAL_US, CYCLICTEST.
: "${MODULES:?}" "${OUT:?}"

MODULE=sync_timer_benchmark_module
FOLDER=/sys/kernel/debug/sync_timer_benchmark
# Above the threads of any load, below the kernel's own.
PRIORITY=90
# Of what comes later cyclictest tells only how often and how late at most.
HISTOGRAM_US=100000
stress="" reference=""

clean_up() {
	for pid in $reference $stress; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ ! -d /sys/module/$MODULE ] || rmmod $MODULE 2>/dev/null || true
	[ ! -d "${scratch:-}" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# stress_options LOAD: 0 workers means one a CPU.
stress_options() {
	case $1 in
	none) ;;
	cpu) echo "--matrix 0 --switch 0" ;;
	memory) echo "--vm 2 --vm-bytes 75% --cache 1" ;;
	timer) echo "--timer 0 --timer-freq 1000" ;;
	io) echo "--io 1 --hdd 1 --hdd-bytes 64M --get 1" ;;
	locks) echo "--lockbus 1 --mutex 1" ;;
	*) fail "no such load: $1" ;;
	esac
}

begin_stress() {
	options=$(stress_options "$1")
	[ -n "$options" ] || return 0
	# shellcheck disable=SC2086
	stress-ng --quiet --temp-path "$scratch" $options >"$OUT/$1/stress-ng.txt" 2>&1 &
	stress=$!
	sleep 1
	kill -0 "$stress" 2>/dev/null || fail "stress-ng ended: $(cat "$OUT/$1/stress-ng.txt")"
}

end_stress() {
	[ -n "$stress" ] || return 0
	kill -0 "$stress" 2>/dev/null || fail "stress-ng did not last: $(cat "$OUT/$1/stress-ng.txt")"
	kill -TERM "$stress"
	wait "$stress" 2>/dev/null || true
	stress=""
}

begin_reference() {
	[ "$CYCLICTEST" = 1 ] || return 0
	cyclictest --quiet --mlockall --threads --affinity --priority=$PRIORITY --distance=0 \
		--interval="$INTERVAL_US" --duration="$RUN_SECONDS" --histogram=$HISTOGRAM_US \
		--json="$OUT/$1/cyclictest.json" >"$OUT/$1/cyclictest.txt" 2>&1 &
	reference=$!
}

end_reference() {
	[ -n "$reference" ] || return 0
	wait "$reference" || fail "cyclictest: $(tail -n 5 "$OUT/$1/cyclictest.txt")"
	reference=""
	rm "$OUT/$1/cyclictest.txt"
}

is_done() {
	[ "$(tail -n 1 $FOLDER/status)" = "done" ]
}

measure() {
	mkdir "$OUT/$1"
	begin_stress "$1"
	begin_reference "$1"
	insmod "$MODULES/$MODULE.ko" interval_us="$INTERVAL_US" slots=$((RUN_SECONDS * 1000000 / INTERVAL_US)) ||
		fail "insmod $MODULE.ko failed: $(dmesg | tail -n 5)"
	[ -e $FOLDER/status ] || fail "there is no $FOLDER: this kernel has no debugfs, or it is locked"
	sleep "$RUN_SECONDS"
	patience=$((60 + RUN_SECONDS))
	until is_done; do
		patience=$((patience - 1))
		[ "$patience" -gt 0 ] || fail "the ticks do not come to their end: $(cat $FOLDER/status)"
		sleep 1
	done
	end_reference "$1"
	end_stress "$1"
	cp $FOLDER/status $FOLDER/cpu* "$OUT/$1/"
	rmmod $MODULE || fail "rmmod $MODULE failed"
}

[ ! -d /sys/module/$MODULE ] || fail "$MODULE is loaded already: rmmod $MODULE"
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs none /sys/kernel/debug 2>/dev/null || true
uname -r >"$OUT/kernel.txt"
scratch=$(mktemp -d)
log_begin benchmark
for load in $LOADS; do
	[ "$load" = none ] || echo "under load: $load"
	measure "$load"
done
log_end "$OUT/dmesg.txt"
