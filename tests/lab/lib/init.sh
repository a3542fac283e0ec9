#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of the guest: mounts what tests expect, runs the script, sends
# /out and the script's status to the host by the disk, switches off.
export PATH=/lab:/bin HOME=/root TERM=dumb LC_ALL=C
mkdir -p /proc /sys /dev /tmp /run /root /out
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t tmpfs -o size=75% tmpfs /out
ln -s /proc/self/fd /dev/fd
# Not every kernel has all of these.
for fs in "tracefs /sys/kernel/tracing" "debugfs /sys/kernel/debug" \
	"cgroup2 /sys/fs/cgroup" "bpf /sys/fs/bpf"; do
	mount -t "${fs% *}" none "${fs#* }" 2>/dev/null
done
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null
hostname lab

while read -r module; do
	insmod "$module" || echo "lab: cannot load $module"
done </lib/modules/lab/order

stty -F /dev/ttyS1 raw -echo
cd /lab || exit
/lab/.script >/dev/ttyS1 2>&1 </dev/null
status=$?
# Waits until the serial line is drained, even if a process left behind holds it.
stty -F /dev/ttyS1 raw -echo

echo "lab: script ended with status $status"
tar -C /out -cf - . | dd of=/dev/vda bs=64k seek=1 conv=fsync 2>/dev/null
printf 'memory-collector-lab status=%d\n' "$status" | dd of=/dev/vda bs=4k conv=fsync 2>/dev/null
poweroff -f
