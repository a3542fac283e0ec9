#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In a guest of the lab, for tests/bench/group_price --guest: the loads in turns
# without and with each group, a line of /out/prices.txt each.
set -eu

loads() {
	echo "$COUNTS" | tr ' ' '\n' | while IFS=: read -r name count; do
		echo "$1 $(load "$name" "$count")" >>/out/prices.txt
	done
}

# shellcheck disable=SC2086
beside() {
	rm -f /out/rows.jsonl
	memory-collector run --source ebpf --format jsonl --output /out/rows.jsonl $2 &
	collector=$!
	until [ -s /out/rows.jsonl ]; do
		kill -0 $collector
		sleep 0.1
	done
	loads "$1"
	kill -INT $collector
	wait $collector
}

round=0
while [ "$round" -lt "$ROUNDS" ]; do
	loads none
	beside alone ""
	for group in $GROUPS_ASKED; do
		loads none
		beside "$group" "--with $group"
	done
	round=$((round + 1))
done
loads none
rm -f /out/rows.jsonl
