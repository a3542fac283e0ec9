#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/ticks

module_in interval_us=200
mkdir $tracing
echo mono >$tracing/trace_clock
echo 16384 >$tracing/buffer_size_kb
echo 1 >$tracing/events/memory_collector/tick/enable
# Asleep most of the time on one, always busy on the other, then both busy:
# they share a core of the host, and neither can be on time.
charge --comm naps --rate 1MiB --period 20ms --cpus 0 --duration 2s >/dev/null &
charge --comm busy --rate 20MiB --burn --cpus 1 --duration 2s >/dev/null &
sleep 1
charge --comm burns --rate 20MiB --burn --cpus 0 --duration 1s >/dev/null &
wait
sleep 0.5
echo 0 >$tracing/tracing_on
grep ': tick: ' $tracing/trace >/out/ticks.txt
# A gap in the ring is not a missed tick.
! grep -H '^overrun: [1-9]' $tracing/per_cpu/cpu*/stats || fail "the ring was too small"
echo 0 >$tracing/events/memory_collector/tick/enable
sleep 0.5
rmdir $tracing
module_out
