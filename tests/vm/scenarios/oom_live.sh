#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
. /lab/common.sh

cgroups=/sys/fs/cgroup
echo "+memory" >$cgroups/cgroup.subtree_control
mkdir $cgroups/oom
echo "+memory" >$cgroups/oom/cgroup.subtree_control

memory-collector oom --format jsonl --report-every 1s --record /out/trace --output /out/forecast.jsonl \
	--alert-above "$ALERT_ABOVE" --cgroup /oom 2>/out/forecast.err &
watcher=$!
sleep 2

# episode FAMILY SEED MORE...
episode() {
	family=$1 seed=$2
	shift 2
	oom-episode --name "$family-$seed-32M" --family "$family" --seed "${seed#0}" --limit 32 --parent $cgroups/oom \
		--truth /out/truth.jsonl "$@" &
	episodes="$episodes $!"
}

episodes=
episode leak_slow 00 --oom
episode plateau 07
episode burst 08
for pid in $episodes; do
	wait "$pid" || fail "an episode ended with status $?"
done
sleep 1
kill -INT $watcher
wait $watcher || { cat /out/forecast.err; fail "memory-collector oom ended with status $?"; }
