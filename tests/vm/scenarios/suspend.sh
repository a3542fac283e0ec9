#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# Two seconds of suspend to idle: the clock of the slots stands still then.
suspend() {
	echo +2 >/sys/class/rtc/rtc0/wakealarm || fail "no wake-up alarm"
	echo freeze >/sys/power/state || fail "suspend to idle: $(dmesg | tail -n 5)"
}

module_in
(
	sleep 1
	suspend
	sleep 1
	suspend
) &
measure sh -c '
	charge --comm low --rate 10MiB --duration 5s --cpus 0 --truth /out/truth.jsonl &
	charge --comm high --rate 200MiB --duration 5s --cpus 1 --remote-share 50 --truth /out/truth.jsonl &
	wait'
wait
echo "success=$(cat /sys/power/suspend_stats/success)" >/out/suspends.txt
module_out
