#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ticks and cyclictest in the same run, both every millisecond, on two busy CPUs.
. /lab/common.sh
. /lab/listen.sh

seconds=${SECONDS_LONG:-10}
module_in
listen 24576
for cpu in 0 1; do
	charge --comm "load$cpu" --rate 20MiB --burn --cpus "$cpu" --duration "$((seconds + 4))s" >/dev/null &
done
sleep 1
forget
cyclictest --quiet --mlockall --affinity 0-1 --threads 2 --priority 95 --interval 1000 --distance 0 \
	--duration "$seconds" --histogram 100000 >/out/cyclictest.txt || fail "cyclictest ended with status $?"
save_ticks beside
unlisten
module_out
wait
