#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# For its lock.
mkdir -p /run/lock /var/lock
module_in
(
	# It sets every core's RMID to 0, and then may find that its cores have one again
	# and say so: what counts is what that does to us.
	for _ in 1 2 3; do
		sleep 1
		pqos --iface=msr -r --mon-core=all:0-1 --disable-mon-ipc --disable-mon-llc_miss -i 10 -t 1 -u csv \
			-o /out/pqos.csv >>/out/pqos.log 2>&1 || true
	done
) &
measure sh -c '
	charge --comm first --rate 50MiB --cpus 0 --duration 7s --truth /out/truth.jsonl &
	charge --comm second --rate 20MiB --cpus 1 --duration 7s --truth /out/truth.jsonl &
	wait'
wait
module_out
