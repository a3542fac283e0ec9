#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the guest: runs the episodes of /lab/episodes while memory-collector,
# earlyoom and systemd-oomd watch, the latter two in dry run: they say what they
# would kill, and do not. HOST=1: the episode has the machine to itself, and no limit.
# A line of /lab/episodes: SECONDS-TO-WAIT NAME FAMILY SEED MIB SECONDS [--oom]
set -eu

# shellcheck source=tests/oom/guest/machine.sh
. /lab/machine.sh
# Who watches is not to be killed. (The kernel would not choose it anyway: it is small.)
echo -1000 >/proc/$$/oom_score_adj

stamp-lines </dev/kmsg >/out/kmsg.log &
kernel_log=$!
watchers=

# shellcheck disable=SC2086
memory-collector oom --record /out/trace ${RECORD_OPTIONS:-} --format jsonl --output /out/rows.jsonl 2>/out/recorder.err &
recorder=$!

# The arguments of Debian's /etc/default/earlyoom, and --dryrun.
mkfifo /tmp/earlyoom
stamp-lines </tmp/earlyoom >/out/earlyoom.log &
earlyoom -r 3600 --dryrun >/tmp/earlyoom 2>&1 &
watchers="$watchers $!"

managed-oom /oom 2>/out/managed-oom.err &
watchers="$watchers $!"
until [ -S /run/systemd/io.system.ManagedOOM ]; do sleep 0.1; done
mkdir -p /etc/systemd/oomd.conf.d /run/systemd/oom
# NAME: with the settings that are in /lab/oomd/NAME, on top of Debian's.
for settings in /lab/oomd/*; do
	name=${settings##*/}
	mkfifo "/tmp/oomd-$name"
	stamp-lines <"/tmp/oomd-$name" >"/out/oomd-$name.log" &
	SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_COLOR=0 unshare -m sh -c '
		mount -t tmpfs none /etc/systemd/oomd.conf.d
		mount -t tmpfs none /run/systemd/oom
		cp "$0" /etc/systemd/oomd.conf.d/90-lab.conf
		exec /lib/systemd/systemd-oomd --dry-run' "$settings" >"/tmp/oomd-$name" 2>&1 &
	watchers="$watchers $!"
done
sleep 3
cat /proc/meminfo >/out/meminfo
if [ "${HOST:-0}" = 1 ]; then
	host="--host --swap ${SWAP_MIB:-0}"
	available=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
fi

ran=
while read -r wait name family seed mib seconds oom; do
	(
		echo 0 >/proc/self/oom_score_adj
		sleep "$wait"
		# shellcheck disable=SC2086
		exec oom-episode --name "$name" --family "$family" --seed "$seed" --limit "${available:-$mib}" \
			--seconds "$seconds" $oom ${host:-} --parent $cgroups/oom --folder "${FOLDER:-/disk}" \
			--truth /out/truth.jsonl
	) &
	ran="$ran $!"
done </lab/episodes
failed=0
for pid in $ran; do
	wait "$pid" || failed=$((failed + 1))
done
sleep 2
# All of them are still there, or what they did not say means nothing.
for pid in $watchers; do
	kill -0 "$pid" || failed=$((failed + 10))
done
# shellcheck disable=SC2086
kill $watchers
kill -INT "$recorder"
wait "$recorder" || failed=$((failed + 50))
kill "$kernel_log"
cat /out/recorder.err
find $cgroups/oom -mindepth 1 -maxdepth 1 -type d >/out/left
exit $failed
