#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
charge --comm load --rate 50MiB --burn --cpus 0-1 --threads 2 --duration 900s --truth /dev/null &
load=$!
perf-hold memory_collector/process_sample 1000 >/tmp/held 2>&1 &
holder=$!
tries=0
until grep -q enough /tmp/held; do
	tries=$((tries + 1))
	[ $tries -lt 1000 ] || fail "perf-hold: $(cat /tmp/held)"
	sleep 0.1
done
if message=$(rmmod collector 2>&1); then
	fail "rmmod collector: it went while perf and BPF listen"
fi
case $message in
*busy* | *"temporarily unavailable"* | *"in use"*) answer=busy ;;
*) answer=$message ;;
esac
kill $holder
wait $holder || fail "perf-hold: $(cat /tmp/held)"
kill $load
wait $load || true
echo "rmmod=$answer $(grep samples /tmp/held)" >/out/held.txt
cat /out/held.txt
module_out
