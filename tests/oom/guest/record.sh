#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the guest: runs the episodes of /lab/episodes, each in a cgroup of its
# own below /oom, while the recorder watches all of them.
# A line of /lab/episodes: SECONDS-TO-WAIT NAME FAMILY SEED MIB SECONDS [--oom]
set -eu

disks=/lib/modules/lab/null_blk.ko
if [ -e "$disks" ]; then
	# Disks in memory whose requests take time as a flash disk's do, counted in the guest's own time.
	rmmod null_blk
	insmod "$disks" memory_backed=1 nr_devices=2 gb=4 irqmode=2 completion_nsec=80000 submit_queues=1 bs=4096
	mke2fs -b 4096 -m 0 /dev/nullb0 >/dev/null
	mkdir -p /disk
	mount -t ext4 /dev/nullb0 /disk
fi
case ${SWAP:-none} in
disk)
	mkswap /dev/nullb1 >/dev/null
	swapon /dev/nullb1
	;;
zram)
	echo 1G >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0
	;;
esac
cat /proc/swaps
uname -r >/out/release

cgroups=/sys/fs/cgroup
echo "+memory +pids" >$cgroups/cgroup.subtree_control
mkdir $cgroups/oom
echo "+memory +pids" >$cgroups/oom/cgroup.subtree_control
# Watcher and supervisors are not to wait for the CPU behind those they watch.
mkdir $cgroups/watch
echo $$ >$cgroups/watch/cgroup.procs

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
