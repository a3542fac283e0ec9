#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A recording for the reader benchmark: twelve processes on two sockets for
# half a minute. File version 6 keeps the ring's pages as they were.
. /lab/common.sh

module_in
trace-cmd record -q -C mono --file-version 6 -o /out/trace.dat -b 16384 -e memory_collector \
	sleep 30 >/out/trace-cmd.log 2>&1 &
recorder=$!
until grep -q 1 /sys/kernel/tracing/events/memory_collector/enable 2>/dev/null; do sleep 0.1; done
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	charge --comm "load$i" --rate "$((i * 10))MiB" --cpus 0-1 --duration 28s >/dev/null &
done
wait "$recorder" || { cat /out/trace-cmd.log; fail "trace-cmd record"; }
rmmod collector
