#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/started

module_in
mkdir $tracing
times=0
while [ $times -lt 40 ]; do
	echo >$tracing/trace
	echo 1 >$tracing/events/memory_collector/enable
	sleep 0.05
	# MC_STATE_STARTED: the first of all.
	case "$(grep -v '^#' $tracing/trace | head -n 1)" in
	*" state: "*" what=0 "*) ;;
	*) fail "time $times: not the start, but $(grep -v '^#' $tracing/trace | head -n 3)" ;;
	esac
	echo 0 >$tracing/events/memory_collector/enable
	sleep 0.02
	times=$((times + 1))
done
rmdir $tracing
module_out
