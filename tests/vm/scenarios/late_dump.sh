#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

tracing=/sys/kernel/tracing/instances/late_dump

module_in soft_switches=100000
mkdir $tracing
echo 16384 >$tracing/buffer_size_kb
echo 1 >$tracing/events/memory_collector/enable
charge --children 100 --parallel 100 --child-life 1s --rate 2MiB --period 20ms --cpus 0-1 --truth /dev/null >/dev/null
sleep 0.5
echo dump >/proc/memory_collector
sleep 0.2
echo 0 >$tracing/events/memory_collector/enable
# Each one's last total before the dump, and the dump's: MC_FLAG_EXISTING is 4 in the last digit of the flags.
for event in domain_sample soft_sample; do
	grep ": $event: " $tracing/trace | awk -v event=$event '
	{
		for (i = 1; i <= NF; i++)
			if (split($i, pair, "=") == 2)
				field[pair[1]] = pair[2]
		key = event == "soft_sample" ? "CPU " field["soft_cpu"] : "domain " field["domain"]
		last = substr(field["flags"], length(field["flags"]))
		if (last ~ /[4-7c-f]/)
			dumped[key] = field["total"]
		else if (!(key in dumped))
			total[key] = field["total"]
	}
	END {
		for (key in total) {
			print event, key, total[key], dumped[key]
			if (total[key] + 0 == 0 || total[key] "" != dumped[key] "")
				wrong++
			known++
		}
		exit wrong || known != 2
	}' || fail "$event: the dump does not say what it said last"
done
rmdir $tracing
module_out
