#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure sh -c '
	charge --comm first --rate 200MiB --cpus 0-1 --threads 2 --duration 3s --truth /out/truth.jsonl &
	charge --comm second --rate 100MiB --cpus 0,1 --migrate 10ms --duration 3s --truth /out/truth.jsonl &
	wait'
module_out
