#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
perf-hold memory_collector/process_sample >/tmp/held 2>&1 &
holder=$!
tries=0
# Sampling starts a moment after it listens: then there is a callback for CPUs that come and go.
until grep -q ready /tmp/held && grep -q memory_collector:cpu /sys/devices/system/cpu/hotplug/states; do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || fail "perf-hold: $(cat /tmp/held)"
	sleep 0.1
done
charge --comm load --rate 50MiB --burn --cpus 0-1 --threads 2 --duration 4s --truth /dev/null &
load=$!
sleep 3
if message=$(rmmod collector 2>&1); then
	fail "rmmod collector: it went while perf and BPF listen"
fi
case $message in
*busy* | *"temporarily unavailable"* | *"in use"*) answer=busy ;;
*) answer=$message ;;
esac
kill $holder
wait $holder || fail "perf-hold: $(cat /tmp/held)"
wait $load
echo "rmmod=$answer $(grep samples /tmp/held)" >/out/held.txt
cat /out/held.txt
module_out
