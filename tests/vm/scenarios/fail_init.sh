#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/witness
states=/sys/devices/system/cpu/hotplug/states

# What must not be there after a failure: at load the module altogether, at the
# start of sampling its hotplug states.
left_of_load() {
	ls -d /proc/memory_collector /sys/module/collector 2>/dev/null | wc -l
}

left_of_start() {
	grep -c memory_collector $states || true
}

said() {
	dmesg | sed -n "s/.*fail_init: step $1, \(.*\), fails\$/\1/p" | tail -n 1
}

# ticking_cpus: how many CPUs emit events within a moment.
ticking_cpus() {
	: >$tracing/trace
	for cpu in 0 1; do
		# An idle CPU sleeps: it is not to be idle.
		charge --comm busy --rate 1MiB --burn --cpus $cpu --duration 200ms --truth /dev/null &
	done
	sleep 0.5
	grep -o '\[00[0-9]\].* tick: ' $tracing/trace | cut -c1-5 | sort -u | wc -l
	wait
}

start_and_fail() {
	echo 1 >$tracing/events/memory_collector/enable
	tries=0
	while [ -z "$(said "$1")" ] && [ $tries -lt 10 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	# What is left of a start that gave up at once.
	sleep 0.2
}

lab_stat before
mkdir $tracing
step=0
last=
while [ -z "$last" ]; do
	step=$((step + 1))
	[ $step -lt 100 ] || fail "100 steps, and no end"
	dmesg -c >>/out/dmesg.all
	if ! insmod /lab/collector.ko fail_init=$step 2>/dev/null; then
		echo "step=$step name=\"$(said $step)\" at=init loaded=no left=$(left_of_load)" >>/out/fail-init.txt
	else
		start_and_fail $step
		name=$(said $step)
		left=0
		if dmesg | grep -q "sampling cannot start: error -12"; then
			left=$(left_of_start)
		fi
		echo 0 >$tracing/events/memory_collector/enable
		sleep 0.2
		echo 1 >$tracing/events/memory_collector/enable
		sleep 0.2
		cpus=$(ticking_cpus)
		if [ -n "$name" ]; then
			echo "step=$step name=\"$name\" at=start left=$left cpus=2 cpus_after=$cpus" >>/out/fail-init.txt
		else
			last=$((step - 1))
		fi
		rmmod collector || fail "rmmod collector, step $step"
	fi
	lab-stat >>/out/pqr-after-unload.txt
done
echo "last=$last" >>/out/fail-init.txt
cat /out/fail-init.txt
rmdir $tracing
insmod /lab/collector.ko
module_out
cat /out/dmesg.txt >>/out/dmesg.all
mv /out/dmesg.all /out/dmesg.txt
