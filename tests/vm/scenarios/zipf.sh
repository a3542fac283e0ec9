#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# They all begin at once: no limit of switches, so that every byte is somebody's. Where seconds
# are compared none of their bytes may be read in the next, either.
module_in soft_switches="${SOFT_SWITCHES:-100000}" tick_budget_us="${TICK_BUDGET_US:-1000}"
lab_stat begin
grep ctxt /proc/stat >/out/switches.txt
measure charge --children "$PROCESSES" --parallel "$PROCESSES" --zipf --rate "${RATE:-64MiB}" --chunk 10000 --period 5ms \
	--duration "$DURATION" --cpus "${CPUS:-0-1}" --truth /out/truth.jsonl --timeline /out/timeline.jsonl --timeline-interval 10ms
grep ctxt /proc/stat >>/out/switches.txt
lab_stat end
module_out
