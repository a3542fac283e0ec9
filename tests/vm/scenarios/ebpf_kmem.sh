#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

insmod /lab/kmalloc_lkm.ko || fail "insmod kmalloc_lkm.ko"

# Each says its pid and what it asked for. The baseline is the same program at size 0.
cat >/lab/work.sh <<'WORK'
kmalloc() {
	/lab/Test "$1" </dev/null >/lab/said || exit 1
	sed -n 's/^pid \([0-9]*\): kmalloc of \([0-9]*\) bytes$/kmalloc \1 \2/p' /lab/said >>/out/truth.txt
}
for round in 1 2; do
	size=32
	kmalloc 0
	while [ $size -le 4194304 ]; do
		kmalloc $size
		size=$((size * 2))
	done
done
WORK
RUN_OPTIONS="--source ebpf --with kmem" measure sh /lab/work.sh
rmmod kmalloc_lkm
dmesg >/out/dmesg.txt
