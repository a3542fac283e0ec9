#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

measure sh -c '
	charge --children 20 --parallel 20 --child-life 3s --rate 1MiB --burn --cpus 0-1 --truth /out/truth.jsonl
	i=0
	while [ $i -lt 100 ]; do
		sleep 0.001
		i=$((i + 1))
	done'
dmesg >/out/dmesg.txt
