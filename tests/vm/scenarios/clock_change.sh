#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

# by SECONDS: settimeofday, as an administrator would.
by() {
	before=$(date +%s)
	date -s "@$((before + $1))" >/dev/null
	echo "before=$before after=$(date +%s)" >>/out/clock.txt
}

module_in
(
	sleep 1
	by 3600; sleep 0.5
	by -3600; sleep 0.5
	by -3600; sleep 0.5
	by 3600
) &
measure sh -c '
	charge --comm low --rate 10MiB --duration 4s --cpus 0 --truth /out/truth.jsonl &
	charge --comm high --rate 200MiB --duration 4s --cpus 1 --remote-share 50 --truth /out/truth.jsonl &
	wait'
wait
module_out
