#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
measure sh -c '
	charge --comm wraps --rate 16GiB --chunk 4MiB --cpus 0 --duration 4s --truth /out/truth.jsonl &
	charge --comm quiet --rate 10MiB --cpus 1 --duration 4s --truth /out/truth.jsonl &
	wait'
module_out
