#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=module/tests/place.sh
. "$tree/module/tests/place.sh"
# shellcheck source=module/tests/benchmark.sh
. "$tree/module/tests/benchmark.sh"

loads=(none cpu memory timer io locks)

help() {
	cat <<TEXT
usage: module/benchmark_sync_timer_stress.sh [--lab [KERNEL] | --host] [OPTION]...

benchmark_sync_timer.sh under loads of stress-ng, one after the other:

  none     nothing beside it
  cpu      CPU and scheduler: matrix products and context switches on every CPU
  memory   memory and cache: 75% of the free memory is written, the cache thrashed
  timer    1000 timer interrupts a second on every CPU
  io       disk writes, syncs and system calls
  locks    bus locks and mutexes

Writes into a folder LOAD.json for each (as benchmark_sync_timer.sh), results.csv
(a row for each) and lateness.svg (the distributions).

$benchmark_help
  --loads A,B,...  only these
  --output FOLDER  default build/benchmark/sync_timer_stress
  --help           this text

--duration is for each load. Exit status: 0 done, 1 failed, 2 wrong usage.
TEXT
}

output=$tree/build/benchmark/sync_timer_stress
while [ $# -gt 0 ]; do
	if benchmark_option "$@"; then
		shift "$place_taken"
		continue
	fi
	case $1 in
	--output)
		[ -n "${2:-}" ] || usage_error "--output needs a folder"
		output=$2
		shift
		;;
	--loads)
		IFS=, read -r -a chosen <<<"${2:-}"
		[ ${#chosen[@]} -gt 0 ] || usage_error "--loads needs one of: ${loads[*]}"
		for load in "${chosen[@]}"; do
			[[ " ${loads[*]} " == *" $load "* ]] || usage_error "no such load: $load; there are: ${loads[*]}"
		done
		loads=("${chosen[@]}")
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

mkdir -p "$output" || die "cannot create $output" "--output with a folder that can be written"
benchmark_out=$(mktemp -d)
trap 'rm -rf "$benchmark_out"' EXIT
benchmark_run "${loads[@]}"
results=("${loads[@]/#/$benchmark_out/}")
results=("${results[@]/%/.json}")
python3 -B "$tree/module/tests/timer_table.py" "${results[@]}" >"$benchmark_out/results.csv"
python3 -B "$tree/module/tests/timer_plot.py" "${results[@]}" >"$benchmark_out/lateness.svg"
cp "${results[@]}" "$benchmark_out/results.csv" "$benchmark_out/lateness.svg" "$output/"
progress "wrote $output/{results.csv,lateness.svg} and ${#loads[@]} JSON files"
cat "$output/results.csv"
