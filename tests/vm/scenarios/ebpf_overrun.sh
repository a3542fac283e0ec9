#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

memory-collector run --source ebpf --interval 500ms --buffer-size 64KiB --format jsonl --output /out/rows.jsonl &
reader=$!
until grep -qs '"type":"interval"' /out/rows.jsonl; do sleep 0.1; done
# Two storms at once, one from each CPU; the reader looks away while they begin.
kill -STOP $reader
for cpu in 0 1; do
	yes | taskset -c $cpu crowd 0 1500 >"/tmp/crowd.$cpu" &
	crowds="${crowds:-} $!"
done
sleep 4
kill -CONT $reader
for crowd in $crowds; do wait "$crowd" || fail "crowd: status $?"; done
for cpu in 0 1; do grep -q "churned 1500" "/tmp/crowd.$cpu" || fail "the storm broke off"; done
sleep 1
kill -TERM $reader
wait $reader || fail "memory-collector: status $?"
# A beginning and an end of each, or it was no storm.
emitted=$(sed -n 's/.*"type":"loss".*"emitted":\([0-9]*\).*/\1/p' /out/rows.jsonl)
[ "$emitted" -ge 6000 ] || fail "$emitted events of 3000 processes"
