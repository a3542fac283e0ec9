#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What scripts/run measures in the lab (busybox sh, in the guest).
. /lab/common.sh

export DURATION="${DURATION:-5s}"
module_in
echo "lab: measuring for $DURATION"
INTERVAL=1s measure sh -c '
	truth="--truth /out/truth.jsonl --duration $DURATION"
	charge --comm backup --rate 20MiB --cpus 0 $truth &
	charge --comm web --rate 60MiB --remote-share 25 --threads 2 --cpus 0-1 $truth &
	charge --comm database --rate 150MiB --threads 2 --cpus 0-1 --remote-share 50 $truth &
	charge --comm analytics --rate 400MiB --cpus 1 $truth &
	charge --comm migrating --rate 100MiB --cpus 0,1 --migrate 50ms $truth &
	wait'
module_out
