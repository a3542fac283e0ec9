# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after common.sh: a listener that costs nothing but what the module does.
tracing=/sys/kernel/tracing/instances/cost

# listen [BUFFER_KB]: every event, into a ring that nobody reads.
listen() {
	mkdir "$tracing"
	echo mono >"$tracing/trace_clock"
	echo "${1:-4096}" >"$tracing/buffer_size_kb"
	# No record of names by pid: events say them, and it costs every switch.
	echo "${RECORD_CMD:-norecord-cmd}" >"$tracing/trace_options"
	echo 1 >"$tracing/events/memory_collector/enable"
	# Sampling starts in a worker.
	sleep 0.3
}

# save_ticks NAME: the tick events since `forget`; none of them may be gone.
save_ticks() {
	echo 0 >"$tracing/tracing_on"
	grep ': tick: ' "$tracing/trace" >"/out/ticks-$1.txt"
	! grep -h '^overrun: [1-9]' "$tracing"/per_cpu/cpu*/stats || fail "the ring was too small for $1"
	echo 1 >"$tracing/tracing_on"
}

forget() {
	echo >"$tracing/trace"
}

unlisten() {
	echo 0 >"$tracing/events/memory_collector/enable"
	sleep 0.3
	rmdir "$tracing"
}
