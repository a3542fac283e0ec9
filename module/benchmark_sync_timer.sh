#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=module/tests/place.sh
. "$tree/module/tests/place.sh"
# shellcheck source=module/tests/benchmark.sh
. "$tree/module/tests/benchmark.sh"

help() {
	cat <<TEXT
usage: module/benchmark_sync_timer.sh [--lab [KERNEL] | --host] [OPTION]...

When the synchronized ticks of the module's timer really come, with cyclictest
beside it in the same run. Prints JSON: samples, times between ticks, missed
ticks, lateness percentiles, and how far CPUs are apart in the same slot.

$benchmark_help
  --output FILE    write the JSON there (default: standard output)
  --help           this text

Exit status: 0 done, 1 failed, 2 wrong usage.
TEXT
}

output=-
while [ $# -gt 0 ]; do
	if benchmark_option "$@"; then
		shift "$place_taken"
		continue
	fi
	case $1 in
	--output)
		[ -n "${2:-}" ] || usage_error "--output needs a file"
		output=$2
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

benchmark_out=$(mktemp -d)
trap 'rm -rf "$benchmark_out"' EXIT
benchmark_run none
if [ "$output" = - ]; then
	cat "$benchmark_out/none.json"
else
	cp "$benchmark_out/none.json" "$output" || die "cannot write $output" "--output in a folder that exists"
	progress "wrote $output"
fi
