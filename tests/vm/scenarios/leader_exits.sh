#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure sh -c '
	charge --comm headless --threads 4 --leader-exits --rate 200MiB --cpus 0-1 --duration 3s --truth /out/truth.jsonl &
	charge --comm whole --threads 4 --rate 100MiB --cpus 0-1 --duration 3s --truth /out/truth.jsonl &
	wait'
module_out
