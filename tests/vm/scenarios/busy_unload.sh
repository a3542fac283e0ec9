#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/onlooker
events=$tracing/events/memory_collector
file=/proc/memory_collector

# busy NAME COMMAND: again and again until the end, counting what worked.
busy() {
	did=0
	while [ -e /tmp/busy ]; do
		if $2 2>/dev/null; then
			did=$((did + 1))
			echo "who=$1 did=$did" >"/tmp/work.$1"
		else
			sleep 0.05
		fi
	done
}

writers() { echo dump >$file; }
formats() { cat $events/*/format >/dev/null; }
toggles() { echo 1 >$events/enable && echo 0 >$events/tick/enable; }
forks() { /bin/true; }

# After the unload a file held open is nobody's: a write fails.
taken() {
	if { echo dump >&3; } 2>/dev/null; then echo yes; else echo no; fi
}

lab_stat before
mkdir $tracing
touch /tmp/busy
busy writers writers & pids=$!
busy writers writers & pids="$pids $!"
busy formats formats & pids="$pids $!"
busy toggles toggles & pids="$pids $!"
busy forks forks & pids="$pids $!"
cat $tracing/trace_pipe >/dev/null &
reader=$!
charge --comm load --rate 20MiB --children 1000000 --parallel 2 --child-life 5ms-50ms --truth /dev/null &
load=$!
cycle=0
while [ $cycle -lt 8 ]; do
	insmod /lab/collector.ko || fail "insmod collector.ko, cycle $cycle"
	echo 1 >$events/enable
	exec 3>$file
	sleep 0.$((cycle % 4 + 1))
	rmmod collector || fail "rmmod collector, cycle $cycle"
	lab-stat >>/out/pqr-after-unload.txt
	echo "cycle=$cycle when=unloaded taken=$(taken)" >>/out/busy.txt
	# A module that is loaded again has a file of its own: the old one stays dead.
	insmod /lab/collector.ko || fail "insmod collector.ko, cycle $cycle"
	echo "cycle=$cycle when=reloaded taken=$(taken)" >>/out/busy.txt
	rmmod collector || fail "rmmod collector, cycle $cycle"
	exec 3>&-
	cycle=$((cycle + 1))
done
rm /tmp/busy
kill $load $reader 2>/dev/null || true
wait
cat /tmp/work.* >/out/busy-work.txt
cat /out/busy-work.txt
rmdir $tracing
insmod /lab/collector.ko
module_out
