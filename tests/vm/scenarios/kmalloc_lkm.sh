#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

faults=/sys/kernel/debug/failslab
parameters=/sys/module/kmalloc_lkm/parameters
tracing=/sys/kernel/tracing/instances/witness
file=/proc/kmalloc_lkm
said=/out/kmalloc.txt

caps() { # BYTES COUNT, of a file as of a user
	for whose in file user; do
		echo "$1" >$parameters/${whose}_bytes_max
		echo "$2" >$parameters/${whose}_count_max
	done
}

load() { insmod /lab/kmalloc_lkm.ko || fail "insmod kmalloc_lkm.ko"; }

words() { dmesg | grep -c "kmalloc_lkm: $1" || true; }

# A file held open over an unload is nobody's: neither a read nor a write is answered.
dead() {
	if { echo 1 >&3; } 2>/dev/null || cat <&3 >/dev/null 2>&1; then echo no; else echo yes; fi
}

load
mkdir $tracing
echo 1 >$tracing/events/kmalloc_lkm/enable
exec 3>$file
echo 100 >&3
echo 5000 >&3
exec 3>&-
echo 0 >$tracing/events/kmalloc_lkm/enable
sed -n 's/.* \(kmalloc_lkm_[a-z]*\): opener=[0-9]* /what=event name=\1 /p' $tracing/trace >>$said

echo "what=default said=\"$(/lab/Test </dev/null | sed -n 's/^pid [0-9]*: //p' | tr '\n' ';')\"" >>$said
caps 1048576 64
kmalloc-check answers >>$said
for word in EINVAL EDQUOT "[0-9]* bytes allocated for process" "[0-9]* bytes of process [0-9]* freed"; do
	echo "what=log word=\"$word\" times=$(words "$word")" >>$said
done
kmalloc-check lives >>$said
caps 67108864 65536
kmalloc-check writers >>$said

if [ -d $faults ]; then
	echo N >$faults/ignore-gfp-wait
	echo 0 >$faults/verbose
	echo Y >$faults/task-filter
	echo -1 >$faults/times
	echo 10 >$faults/probability
	kmalloc-check failing 300 >>$said
	echo "what=log word=ENOMEM times=$(words ENOMEM)" >>$said
	rmmod kmalloc_lkm
	# A load makes hundreds of allocations.
	echo 1 >$faults/probability
	echo 5 >$faults/interval
	kmalloc-check loads /lab/kmalloc_lkm.ko 40 >>$said
	echo 0 >$faults/probability
	echo N >$faults/task-filter
	load
fi

# Unloaded while it is held open, and while others write and read.
for storm in 1 2 3; do
	kmalloc-check storm 4 >/tmp/storm.$storm &
done
cycle=0
while [ $cycle -lt 6 ]; do
	exec 3<>$file
	echo 4096 >&3
	sleep 0.$((cycle % 3 + 1))
	rmmod kmalloc_lkm || fail "rmmod kmalloc_lkm, cycle $cycle"
	echo "what=unloaded cycle=$cycle dead=$(dead)" >>$said
	load
	echo "what=reloaded cycle=$cycle dead=$(dead)" >>$said
	exec 3>&-
	cycle=$((cycle + 1))
done
wait
cat /tmp/storm.* >>$said
cat $said
rmmod kmalloc_lkm || fail "rmmod kmalloc_lkm"
rmdir $tracing
debug_account
dmesg >/out/dmesg.txt
