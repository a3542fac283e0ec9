#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# Each says its pid and what it asked for; of each also the same program at size 0.
cat >/lab/work.sh <<'WORK'
set -eu

kmalloc() {
	/lab/Test "$1" </dev/null >/lab/said
	sed -n 's/^pid \([0-9]*\): kmalloc of \([0-9]*\) bytes$/kmalloc \1 \2/p' /lab/said >>/out/truth.txt
}

# Together; they hold what they have for more than two intervals.
mallocs() {
	rm -f /lab/said.*
	{
		for size; do
			until grep -qs holds "/lab/said.$size"; do sleep 0.1; done
		done
		sleep 1.2
		for size; do
			pid=$(sed -n 's/^pid \([0-9]*\): holds .*/\1/p' "/lab/said.$size")
			awk -v pid="$pid" '/^Anonymous:/ { print "anonymous", pid, $2 * 1024 }' \
				"/proc/$pid/smaps_rollup" >>/out/truth.txt
		done
	} | {
		# What runs in the background has no input but what it is given.
		exec 4<&0
		for size; do
			/lab/Malloc --touch "$size" <&4 >"/lab/said.$size" &
		done
		wait
	}
	sed -n 's/^pid \([0-9]*\): malloc of \([0-9]*\) bytes$/malloc \1 \2/p' /lab/said.* >>/out/truth.txt
}

# What the kernel's own list has of objects of these two sizes.
slabs() {
	awk -v name="$1" '
		$1 ~ /^kmalloc(-rnd-[0-9]+)?-1k$/ { bytes += $2 * $4 }
		$1 ~ /^kmalloc(-rnd-[0-9]+)?-32$/ { bytes += $2 * $4 }
		END { print name, 0, bytes }' /proc/slabinfo >>/out/truth.txt
}

insmod /lab/kmalloc_lkm.ko &
echo "insmod $! $(wc -c </lab/kmalloc_lkm.ko)" >>/out/truth.txt
wait $!

for round in 1 2; do
	kmalloc 0
	size=32
	while [ $size -le 4194304 ]; do
		kmalloc $size
		size=$((size * 2))
	done
done

mallocs 0 1 24 100 1000 4096 65536
mallocs 131072 131073 200000 262144 1048576
mallocs 4194304 16777216 67108864

# A thousand objects, held by one process and then freed.
sh -c '
	echo "holder $$ 1000" >>/out/truth.txt
	exec 3<>/proc/kmalloc_lkm
	sleep 0.7
	touch /lab/ready
	while [ ! -e /lab/go ]; do sleep 0.1; done
	i=0
	while [ $i -lt 1000 ]; do
		echo 1024 >&3
		i=$((i + 1))
	done
	touch /lab/held
	while [ ! -e /lab/free ]; do sleep 0.1; done
	exec 3>&-
	sleep 0.7' &
holder=$!
while [ ! -e /lab/ready ]; do sleep 0.1; done
slabs slabs_before
touch /lab/go
while [ ! -e /lab/held ]; do sleep 0.1; done
slabs slabs_after
sleep 0.7
touch /lab/free
wait $holder
WORK
RUN_OPTIONS="--source ebpf --with kmem,footprint,libc" INTERVAL=500ms measure sh /lab/work.sh
rmmod kmalloc_lkm
dmesg >/out/dmesg.txt
