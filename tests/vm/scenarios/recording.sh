#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
# As a person would: for a while, while the program runs too, which attaches late.
trace-cmd record -q -C mono -o /out/trace.dat -e memory_collector sleep 7 >/out/trace-cmd.log 2>&1 &
recorder=$!
until grep -q 1 /sys/kernel/tracing/events/memory_collector/tick/enable; do sleep 0.1; done
measure sh -c '
	charge --comm first --rate 200MiB --cpus 0-1 --threads 2 --duration 3s --truth /out/truth.jsonl &
	charge --comm second --rate 50MiB --cpus 1 --remote-share 50 --duration 3s --truth /out/truth.jsonl &
	wait'
wait "$recorder" || { cat /out/trace-cmd.log; fail "trace-cmd record"; }
memory-collector report /out/trace.dat --interval 500ms --format jsonl --output /out/report.jsonl ||
	fail "memory-collector report"
module_out
