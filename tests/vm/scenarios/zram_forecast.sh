#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

bytes=8388608 # of each file
held=25165824 # of memory: what else the process has is to be next to nothing
kinds=/tmp/kinds
mkdir -p $kinds
head -c $bytes /proc/kallsyms >$kinds/symbols
head -c $bytes /lab/memory-collector >$kinds/program
head -c $bytes /dev/urandom >$kinds/random
# 64-bit numbers of little range, as arrays have them: here of two decimal digits in eight bytes.
awk 'BEGIN { srand(1); while (i++ < 100000) printf "%c\001\001\001\001\001\001\001", 33 + int(90 * rand()) }' >$kinds/numbers
awk 'BEGIN { srand(2); while (i++ < 20000)
	printf "{\"type\":\"process\",\"pid\":%d,\"rss_bytes\":%d,\"comm\":\"worker-%d\",\"flags\":[]}\n",
		4000000 * rand(), 4096 * int(100000 * rand()), i % 17 }' >$kinds/rows
i=0
while [ $i -lt 60 ]; do
	dd if=/dev/zero bs=4096 count=3
	dd if=$kinds/random bs=4096 skip=$i count=2
	dd if=$kinds/symbols bs=4096 skip=$i count=5
	i=$((i + 1))
done >$kinds/mixed 2>/dev/null

# line N FILE: until the file has so many.
line() {
	until [ "$(wc -l <"$2")" -ge "$1" ]; do
		sleep 0.05
	done
}

for algorithm in lz4 zstd; do
	for kind in symbols program random numbers rows mixed; do
		number=$(cat /sys/class/zram-control/hot_add)
		device=/sys/block/zram$number
		echo $algorithm >"$device/comp_algorithm" || fail "no $algorithm"
		echo 64M >"$device/disksize"
		mkswap "/dev/zram$number" >/dev/null
		swapon "/dev/zram$number"
		mkfifo /tmp/ask
		said=/out/$algorithm-$kind.held
		touch "$said"
		hold-file $kinds/$kind $held </tmp/ask >"$said" &
		holder=$!
		exec 8>/tmp/ask
		line 1 "$said"
		memory-collector compress sample --pid $holder --pages 1500 --settings zstd-3 --coldness none --max-cpu 100% \
			--format jsonl >/out/$algorithm-$kind.json 2>/tmp/log || { cat /tmp/log; fail "compress sample"; }
		# What mkswap wrote is in the device, too.
		before=$(cat "$device/mm_stat")
		echo >&8
		line 2 "$said"
		echo "$before" | awk -v after="$(cat "$device/mm_stat")" \
			'{ n = split(after, a); for (i = 1; i <= n; i++) printf "%d ", a[i] - $i; print "" }' \
			>/out/$algorithm-$kind.mm_stat
		echo "$algorithm $kind: $(cat /out/$algorithm-$kind.mm_stat)"
		exec 8>&-
		wait $holder
		rm /tmp/ask
		swapoff "/dev/zram$number"
		echo 1 >"$device/reset"
		echo "$number" >/sys/class/zram-control/hot_remove
	done
done
