#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure sh -c '
	charge --comm first --threads 3 --exec-by-thread 1s --rate 200MiB --cpus 0-1 --duration 3s --truth /out/truth.jsonl &
	charge --comm second --threads 2 --exec-by-thread 500ms --rate 100MiB --cpus 0-1 --duration 2s --truth /out/truth.jsonl &
	wait'
module_out
