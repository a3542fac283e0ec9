#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=module/tests/place.sh
. "$tree/module/tests/place.sh"

help() {
	cat <<TEXT
usage: module/tests/run_tests.sh [--lab [KERNEL] | --host] [--rounds N] [MODULE]...

Loads each test module, reads its results (KTAP) from the kernel's log and
unloads it. Fails on any failed case, on results that are missing, and on any
warning in the log. What \`make test\` in module/ calls.

$place_help
  --rounds N       all of it N times
  --keep FOLDER    the logs go there (default build/test-logs/module)
  --help           this text
  MODULE           rmid_allocator, procfs, sync_timer (default: all three)

The timer's module takes a CPU off and on again. Exit status: 0 all passed,
1 some failed, 2 wrong usage.
TEXT
}

rounds=1 chosen=() keep=""
while [ $# -gt 0 ]; do
	if place_option "$@"; then
		shift "$place_taken"
		continue
	fi
	case $1 in
	--rounds)
		[[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || usage_error "--rounds needs a number from 1 on, not '${2:-}'"
		rounds=$2
		shift
		;;
	--keep)
		[ -n "${2:-}" ] || usage_error "--keep needs a folder"
		keep=$2
		shift
		;;
	--help | -h)
		help
		exit 0
		;;
	rmid_allocator | procfs | sync_timer) chosen+=("${1}_test_module") ;;
	*) usage_error "unknown argument $1" ;;
	esac
	shift
done
[ ${#chosen[@]} -gt 0 ] || chosen=(rmid_allocator_test_module procfs_test_module sync_timer_test_module)

need_packages python3
place_prepare
[ "$place" = lab ] || kernel=$(uname -r)
out=${keep:-$tree/build/test-logs/module/tests@$kernel}
status=0
place_run "$out" tests.sh --smp 4 --sockets 2 --timeout "$((60 + 60 * rounds))" \
	--env TEST_MODULES="${chosen[*]}" --env ROUNDS="$rounds" || status=$?

names=()
for round in $(seq "$rounds"); do
	names+=("${chosen[@]/%/.$round}")
done
# In the lab there is nothing that a case could lack.
strict=()
[ "$place" = host ] || strict=(--no-skips)
judged=0
python3 -B "$tree/module/tests/ktap.py" ${strict[@]+"${strict[@]}"} "$out" "${names[@]}" || judged=1
if [ "$status" -ne 0 ]; then
	die "the tests did not run to their end (status $status)" \
		"read $out$([ "$place" = host ] || echo .console) and the messages above"
fi
exit "$judged"
