#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure sh -c '
	charge --comm small --rate 20MiB --chunk 1001 --duration 2s --cpus 0 --truth /out/truth.jsonl &
	charge --comm large --rate 300MiB --chunk 700001 --duration 2s --cpus 1 --remote-share 30 --truth /out/truth.jsonl &
	wait'
module_out
