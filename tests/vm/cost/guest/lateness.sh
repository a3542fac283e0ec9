#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ticks of shorter and shorter intervals, with more and more processes that run
# in each of them, where time is a count of instructions.
. /lab/common.sh
. /lab/listen.sh

echo -1 >/proc/sys/kernel/sched_rt_runtime_us
for interval in ${INTERVALS:-1000 500 200 100}; do
	module_in interval_us="$interval" tick_budget_us=50
	listen 24576
	for members in ${MEMBERS:-1 8 64}; do
		# A round of many takes many slots, and each of them says much.
		slots=300
		[ "$members" -lt 32 ] || slots=40
		forget
		switcher spin --members "$members" --interval "${interval}us" --count "$slots" >/tmp/result.json ||
			fail "switcher spin"
		save_ticks "$interval-$members"
	done
	unlisten
	module_out
done
