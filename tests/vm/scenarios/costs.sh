#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/witness

module_in
charge --comm first --rate 50MiB --burn --cpus 0 --duration 9s --truth /out/truth.jsonl &
charge --comm second --rate 20MiB --burn --cpus 1 --duration 9s --truth /out/truth.jsonl &
sleep 0.5
# Loaded, under load, and nobody listens.
lab-stat >/out/costs-unheard-begin.json
sleep 1
lab-stat >/out/costs-unheard-end.json

# A witness that the module has no hand in: what the scheduler switched, slot by slot.
mkdir $tracing
echo mono >$tracing/trace_clock
echo 16384 >$tracing/buffer_size_kb
echo 1 >$tracing/events/sched/sched_switch/enable
echo 1 >$tracing/events/memory_collector/enable
sleep 1
# The snapshots take a while themselves: each lies between two marks.
echo opening >$tracing/trace_marker
lab-stat >/out/costs-listening-begin.json
echo begin >$tracing/trace_marker
sleep 3
echo end >$tracing/trace_marker
lab-stat >/out/costs-listening-end.json
echo closed >$tracing/trace_marker
sleep 0.1
echo 0 >$tracing/events/memory_collector/enable
echo 0 >$tracing/events/sched/sched_switch/enable
cat $tracing/trace >/out/costs-trace.txt
sleep 0.5
lab-stat >/out/costs-stopped-begin.json
sleep 1
lab-stat >/out/costs-stopped-end.json
rmdir $tracing
wait
module_out
