# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# What both timer benchmarks share; sourced after place.sh.

benchmark_interval_us=1000 benchmark_seconds=10 benchmark_cyclictest=1
benchmark_help="$place_help
  --interval TIME  between ticks, 100us to 1s (default 1ms)
  --duration TIME  to measure, whole seconds: 10s, 2m
  --no-cyclictest  do not run cyclictest beside it"

# in_microseconds TEXT: of 500us, 1ms, 10s, 2m; fails on anything else.
in_microseconds() {
	[[ $1 =~ ^([1-9][0-9]{0,8})(us|ms|s|m)$ ]] || return 1
	case ${BASH_REMATCH[2]} in
	us) echo "${BASH_REMATCH[1]}" ;;
	ms) echo $((BASH_REMATCH[1] * 1000)) ;;
	s) echo $((BASH_REMATCH[1] * 1000000)) ;;
	m) echo $((BASH_REMATCH[1] * 60000000)) ;;
	esac
}

# benchmark_option "$@": as place_option.
benchmark_option() {
	local time
	place_option "$@" && return
	case $1 in
	--interval)
		time=$(in_microseconds "${2:-}") || time=0
		[[ $time -ge 100 && $time -le 1000000 ]] ||
			usage_error "--interval needs a time from 100us to 1s, not '${2:-}'"
		benchmark_interval_us=$time
		place_taken=2
		;;
	--duration)
		time=$(in_microseconds "${2:-}") || time=1
		[[ $((time % 1000000)) -eq 0 ]] || usage_error "--duration needs whole seconds, such as 10s, not '${2:-}'"
		benchmark_seconds=$((time / 1000000))
		place_taken=2
		;;
	--no-cyclictest) benchmark_cyclictest=0 ;;
	*) return 1 ;;
	esac
}

# benchmark_run LOAD...: leaves LOAD.json for each in `benchmark_out`, a folder
# that the caller removes.
benchmark_run() {
	local packages=(python3) programs=() emulated=() load
	[ "$benchmark_cyclictest" = 0 ] || packages+=(rt-tests)
	[ "$*" = none ] || packages+=(stress-ng)
	need_packages "${packages[@]}"
	[ "$benchmark_cyclictest" = 0 ] || programs+=("$(command -v cyclictest)")
	[ "$*" = none ] || programs+=("$(command -v stress-ng)")
	place_prepare
	if [ "$place" = lab ]; then
		progress "the lab is an emulated machine: its figures say nothing of real hardware, and are marked"
		emulated=(--emulated)
	fi
	place_run "$benchmark_out/raw" benchmark.sh --smp 2 --memory 1G \
		--timeout $((120 + $# * (60 + 4 * benchmark_seconds))) \
		--env LOADS="$*" --env RUN_SECONDS="$benchmark_seconds" \
		--env INTERVAL_US="$benchmark_interval_us" --env CYCLICTEST="$benchmark_cyclictest" \
		-- "${programs[@]}" >&2 || {
		[ "$place" = host ] || tail -n 20 "$benchmark_out/raw.console" >&2
		die "the benchmark did not run to its end" "see the messages above"
	}
	for load in "$@"; do
		python3 -B "$tree/module/tests/timer_statistics.py" ${emulated[@]+"${emulated[@]}"} --load "$load" \
			--kernel "$(cat "$benchmark_out/raw/kernel.txt")" \
			"$benchmark_out/raw/$load" >"$benchmark_out/$load.json" ||
			die "the recording under load $load is not consistent" "run it again with no CPU hotplug beside it"
	done
	python3 -B "$tree/module/tests/kernel_log.py" "$benchmark_out/raw/dmesg.txt" >&2 ||
		progress "the kernel's log holds the warnings above"
}
