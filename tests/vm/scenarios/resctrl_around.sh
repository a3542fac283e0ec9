#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

resctrl=/sys/fs/resctrl

# theirs: a group of resctrl's with all of the workload.
theirs() {
	mount -t resctrl resctrl $resctrl
	mkdir $resctrl/mon_groups/theirs
	for task in $(pidof charge); do echo "$task" >$resctrl/mon_groups/theirs/tasks; done
}

# snapshot NAME: what resctrl's group counted, what the machine did.
snapshot() {
	cat $resctrl/mon_groups/theirs/mon_data/mon_L3_*/mbm_total_bytes >"/out/theirs-$1.txt"
	lab-stat >"/out/around-$1.json"
}

charge --comm first --rate 50MiB --burn --cpus 0 --duration 300s --truth /dev/null & load="$!"
charge --comm second --rate 20MiB --burn --cpus 1 --duration 300s --truth /dev/null & load="$load $!"
sleep 0.5
theirs
module_in
mkdir /sys/kernel/tracing/instances/onlooker
echo 1 >/sys/kernel/tracing/instances/onlooker/events/memory_collector/enable
sleep 0.5
memory-collector run --interval 500ms --duration 8s --format jsonl --output /out/rows.jsonl &
run=$!
sleep 2
snapshot before-begin
sleep 1
snapshot before-end
umount $resctrl
sleep 2
theirs
sleep 0.5
snapshot after-begin
sleep 1
snapshot after-end
wait $run || fail "memory-collector ended with status $?"
rmmod collector || fail "rmmod collector"
sleep 0.5
lab-stat >/out/around-unloaded.json
rmdir /sys/kernel/tracing/instances/onlooker
# shellcheck disable=SC2086
kill $load
wait
umount $resctrl
insmod /lab/collector.ko
: >/out/truth.jsonl
module_out
