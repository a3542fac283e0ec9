#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

measure sh -c '
	toucher 8192 >>/out/touched.jsonl
	toucher 1024 >>/out/touched.jsonl
	i=0
	while [ $i -lt 50 ]; do
		sleep 0.001
		i=$((i + 1))
	done'
dmesg >/out/dmesg.txt
