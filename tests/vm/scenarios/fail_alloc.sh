#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/witness
faults=/sys/kernel/debug
tries=40
many=1000000
what="failslab fail_page_alloc"

[ -d $faults/failslab ] || fail "this kernel cannot make allocations fail: use debug-kasan"

# Allocations that may wait fail too; the trace of each would only slow it down.
for kind in $what; do
	echo N >"$faults/$kind"/ignore-gfp-wait
	echo 0 >"$faults/$kind"/verbose
done
echo 0 >$faults/fail_page_alloc/min-order

# failing PERCENT [N]: of every Nth allocation, from here on; 0 ends it, and adds up how
# many did.
failing() {
	for kind in $what; do
		echo "${2:-1}" >"$faults/$kind"/interval
		echo "$1" >"$faults/$kind"/probability
		[ "$1" != 0 ] || injected=$((injected + many - $(cat "$faults/$kind"/times)))
		echo $many >"$faults/$kind"/times
	done
}

# Only in this task, and what it becomes.
for_this_task() {
	for kind in $what; do echo "$1" >"$faults/$kind"/task-filter; done
}

# Only where the module's code called: the start runs in a worker of the kernel's.
for_the_module() {
	base=$(sed -n 's/^collector .* \(0x[0-9a-f]*\).*/\1/p' /proc/modules)
	size=$(sed -n 's/^collector \([0-9]*\) .*/\1/p' /proc/modules)
	for kind in $what; do
		printf '0x%x\n' "$base" >"$faults/$kind"/require-start
		printf '0x%x\n' $((base + size)) >"$faults/$kind"/require-end
		echo 32 >"$faults/$kind"/stacktrace-depth
	done
}

load_or_not() {
	sh -c 'echo 1 >/proc/self/make-it-fail; exec insmod /lab/collector.ko' 2>/dev/null
}

# works, or not.
sampling_now() {
	: >$tracing/trace
	echo 1 >$tracing/events/memory_collector/enable
	sleep 0.7
	if grep -q ' tick: ' $tracing/trace; then echo works; else echo samples-nothing; fi
}

lab_stat before
mkdir $tracing

failed=0 injected=0
for_this_task Y
# A load makes hundreds of allocations.
failing 1 5
try=0
while [ $try -lt $tries ]; do
	if load_or_not; then rmmod collector; else failed=$((failed + 1)); fi
	try=$((try + 1))
done
failing 0
for_this_task N
[ ! -e /proc/memory_collector ] || fail "a failed load left /proc/memory_collector"
insmod /lab/collector.ko || fail "insmod collector.ko after failures"
echo "what=load tries=$tries failed=$failed injected=$injected after=works" >>/out/fail-alloc.txt

failed=0 injected=0
try=0
for_the_module
while [ $try -lt $tries ]; do
	failing 2
	echo 1 >$tracing/events/memory_collector/enable
	sleep 0.5
	failing 0
	dmesg -c >/tmp/said
	if grep -q 'sampling cannot start: error -12' /tmp/said; then
		failed=$((failed + 1))
		! grep memory_collector /sys/devices/system/cpu/hotplug/states ||
			fail "a failed start left its hotplug states"
	fi
	cat /tmp/said >>/out/dmesg.all
	echo 0 >$tracing/events/memory_collector/enable
	sleep 0.3
	try=$((try + 1))
done
echo "what=start tries=$tries failed=$failed injected=$injected after=$(sampling_now)" >>/out/fail-alloc.txt
cat /out/fail-alloc.txt
rmdir $tracing
module_out
cat /out/dmesg.txt >>/out/dmesg.all
mv /out/dmesg.all /out/dmesg.txt
