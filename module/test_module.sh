#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=module/tests/place.sh
. "$tree/module/tests/place.sh"

help() {
	cat <<TEXT
usage: module/test_module.sh [--lab [KERNEL] | --host] [--seconds N] [--cycles N]

Loads collector.ko, records its events with trace-cmd under a load on every CPU,
unloads it, and validates what was recorded: fields, slots on all CPUs, totals
that never fall, owners of RMIDs, what was detected, and the kernel's log.

$place_help
  --seconds N      record for N seconds (default 3)
  --cycles N       all of it N times (default 1)
  --no-rdt         in the lab: on a machine without RDT
  --keep FOLDER    what was recorded goes there (default build/test-logs/module)
  --help           this text

Exit status: 0 all is well, 1 it is not, 2 wrong usage.
TEXT
}

seconds=3 cycles=1 keep="" rdt=on
while [ $# -gt 0 ]; do
	if place_option "$@"; then
		shift "$place_taken"
		continue
	fi
	case $1 in
	--seconds | --cycles)
		[[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || usage_error "$1 needs a number from 1 on, not '${2:-}'"
		[ "$1" = --seconds ] && seconds=$2 || cycles=$2
		shift
		;;
	--no-rdt) rdt=off ;;
	--keep)
		[ -n "${2:-}" ] || usage_error "--keep needs a folder"
		keep=$2
		shift
		;;
	--help | -h)
		help
		exit 0
		;;
	*) usage_error "unknown argument $1" ;;
	esac
	shift
done

need_packages python3 trace-cmd
place_prepare
[ "$place" = lab ] || kernel=$(uname -r)
[ "$place" = lab ] || [ "$rdt" = on ] || die "this machine is as it is" "$0 --lab --no-rdt"
out=${keep:-$tree/build/test-logs/module/trace-rdt-$rdt@$kernel}
failed=0
for cycle in $(seq "$cycles"); do
	[ "$cycles" -eq 1 ] || progress "cycle $cycle of $cycles"
	place_run "$out" trace.sh --smp 2 --sockets 2 --rdt $rdt --memory 1G --timeout "$((120 + 20 * seconds))" \
		--env RECORD_SECONDS="$seconds" -- "$(command -v trace-cmd)" ||
		die "the recording failed" "read the messages above$([ "$place" = host ] || echo " and $out.console")"
	python3 -B "$tree/module/tests/validate_trace.py" "$out" || failed=1
done
[ "$failed" -eq 0 ] || progress "what was recorded is in $out"
exit "$failed"
