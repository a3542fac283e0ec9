#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# The program mounts tracefs where it is needed; doctor only tries, and leaves it as it was.
umount /sys/kernel/debug/tracing 2>/dev/null || true
umount /sys/kernel/tracing || fail "tracefs was not mounted"
memory-collector doctor >/out/doctor.txt || true
! grep -q " /sys/kernel/tracing tracefs " /proc/mounts || { cat /proc/mounts; fail "doctor has left tracefs mounted"; }
! grep "^ebpf_groups" -A1 /out/doctor.txt | grep -q footprint || { cat /out/doctor.txt; fail "doctor: no footprint"; }

measure sh -c '
	toucher 8192 >>/out/touched.jsonl
	toucher 1024 >>/out/touched.jsonl
	i=0
	while [ $i -lt 50 ]; do
		sleep 0.001
		i=$((i + 1))
	done'
dmesg >/out/dmesg.txt
