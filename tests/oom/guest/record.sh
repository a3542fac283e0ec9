#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the guest: runs the episodes of /lab/episodes, each in a cgroup of its
# own below /oom, while the recorder watches all of them.
# A line of /lab/episodes: SECONDS-TO-WAIT NAME FAMILY SEED MIB SECONDS [--oom]
set -eu

# shellcheck source=tests/oom/guest/machine.sh
. /lab/machine.sh
cat /proc/swaps
uname -r >/out/release

# shellcheck disable=SC2086
memory-collector oom --record /out/trace ${RECORD_OPTIONS:-} >/out/recorder.out 2>/out/recorder.err &
recorder=$!
sleep 3
ran=
while read -r wait name family seed mib seconds oom; do
	(
		sleep "$wait"
		# shellcheck disable=SC2086
		exec oom-episode --name "$name" --family "$family" --seed "$seed" --limit "$mib" --seconds "$seconds" \
			$oom --parent $cgroups/oom --folder "${FOLDER:-/disk}" --truth /out/truth.jsonl
	) &
	ran="$ran $!"
done </lab/episodes
failed=0
for pid in $ran; do
	wait "$pid" || failed=$((failed + 1))
done
sleep 2
kill -INT "$recorder"
wait "$recorder" || failed=$((failed + 100))
cat /out/recorder.err
cut -d' ' -f1 /proc/uptime
head -1 /proc/stat
free -m
dmesg >/out/dmesg.txt
find $cgroups/oom -mindepth 1 -maxdepth 1 -type d >/out/left
exit $failed
