#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure sh -c '
	charge --comm low --rate 10MiB --duration 3s --cpus 0 --truth /out/truth.jsonl &
	charge --comm middle --rate 100MiB --duration 3s --cpus 1 --remote-share 50 --truth /out/truth.jsonl &
	charge --comm high --rate 400MiB --duration 3s --cpus 0-1 --truth /out/truth.jsonl &
	wait'
module_out
