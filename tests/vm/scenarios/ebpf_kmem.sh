#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# Each says its pid and what it asked for; of each also the same program at size 0.
cat >/lab/work.sh <<'WORK'
set -eu

# What readers of /proc are shown of a process now, and when that is.
look() {
	awk -v pid="$1" '
		FILENAME == "/proc/uptime" { printf "looked %d %.0f\n", pid, $1 * 1e9 }
		/^VmSize:/ { print "vmsize", pid, $2 * 1024 }
		/^VmRSS:/ { print "vmrss", pid, $2 * 1024 }
		/^Anonymous:/ { print "anonymous", pid, $2 * 1024 }
	' /proc/uptime "/proc/$1/status" "/proc/$1/smaps_rollup"
}

# hold NAME SECONDS COMMAND SIZE...: of each size one, together, looked at when all have held what they
# asked for so long.
hold() {
	name=$1 seconds=$2 command=$3
	shift 3
	rm -f /lab/go
	mkfifo /lab/go
	# Open in both directions: nobody waits for the other end, or makes it.
	exec 4<>/lab/go
	said=""
	for size; do
		said="$said /lab/said.$size"
		: >"/lab/said.$size"
		$command "$size" <&4 >"/lab/said.$size" &
	done
	for file in $said; do
		tries=0
		until grep -q holds "$file"; do
			tries=$((tries + 1))
			[ $tries -lt 1000 ] || { echo "$command said: $(cat "$file")"; exit 1; }
			sleep 0.05
		done
	done
	sleep "$seconds"
	for file in $said; do
		# "pid 123: malloc of 4096 bytes"
		read -r _ pid _ _ size _ <"$file"
		echo "$name ${pid%:} $size"
		look "${pid%:}"
	done >>/out/truth.txt
	# A line to free it, and one to end.
	for size; do printf '\n\n'; done >&4
	wait
	exec 4>&-
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

# One by one: only its total is asked for.
for size in 0 0 33 3000 100000 ${WHOLE_RANGE:+100 200 1000 5000 9000 20000 3000000}; do
	hold kmalloc 0 /lab/Test $size
done
size=32
while [ $size -le 4194304 ]; do
	hold kmalloc 0 /lab/Test $size
	size=$((size * 2))
done

# For more than two intervals.
touch="/lab/Malloc --touch"
hold malloc_touched 1.2 "$touch" 0 1 24 100 1000 4096 65536 131071 131072 131073 200000
hold malloc_touched 1.2 "$touch" 262144 1048576 4194304 16777216 67108864
hold malloc 1.2 /lab/Malloc 0 131072 1048576 536870912
if [ -n "${WHOLE_RANGE:-}" ]; then
	hold malloc_touched 1.2 "$touch" 8192 16384 32768 524288 2097152 8388608 33554432
	hold malloc_touched 1.2 "$touch" 134217728
	hold malloc_touched 1.2 "$touch" 268435456
	hold malloc 1.2 /lab/Malloc 65536 16777216
	bytearray="/lab/python3 /lab/ByteArray.py"
	hold bytearray 1.2 "$bytearray" 0 1000 4096 65536
	hold bytearray 1.2 "$bytearray" 131072 200000 1048576 16777216 67108864
	hold bytearray 1.2 "$bytearray" 268435456
fi

# A thousand objects, held by one process and then freed.
sh -c '
	echo "holder $$ 1000" >>/out/truth.txt
	exec 3<>/proc/kmalloc_lkm
	sleep 0.7
	touch /lab/ready
	while [ ! -e /lab/go.held ]; do sleep 0.1; done
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
touch /lab/go.held
while [ ! -e /lab/held ]; do sleep 0.1; done
slabs slabs_after
sleep 0.7
touch /lab/free
wait $holder
WORK
RUN_OPTIONS="--source ebpf --with kmem,footprint,libc" INTERVAL=500ms measure sh /lab/work.sh
rmmod kmalloc_lkm
uname -r >/out/kernel.txt
dmesg >/out/dmesg.txt
