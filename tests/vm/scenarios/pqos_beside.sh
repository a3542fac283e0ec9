#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# For its lock.
mkdir -p /run/lock /var/lock
module_in
(
	sleep 1
	status=0
	pqos --iface=msr -r --mon-core=all:0-1 --disable-mon-ipc --disable-mon-llc_miss -i 10 -t 4 -u csv \
		-o /out/pqos.csv >/out/pqos.log 2>&1 || status=$?
	echo "status=$status" >/out/pqos-status.txt
) &
measure sh -c '
	charge --comm first --rate 50MiB --cpus 0 --duration 7s --truth /out/truth.jsonl &
	charge --comm second --rate 20MiB --cpus 1 --duration 7s --truth /out/truth.jsonl &
	wait'
wait
module_out
