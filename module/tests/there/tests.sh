#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Loads and unloads each test module of TEST_MODULES, ROUNDS times; leaves
# OUT/NAME.ROUND.log, and OUT/NAME.ROUND.failures with what the shell saw go wrong.
# shellcheck source=module/tests/there/log.sh
. "$HERE/log.sh"

round=1
while [ "$round" -le "${ROUNDS:-1}" ]; do
	for module in $TEST_MODULES; do
		run=$OUT/$module.$round
		: >"$run.failures"
		log_begin "$module"
		if insmod "$MODULES/$module.ko" 2>"$OUT/error"; then
			rmmod "$module" 2>"$OUT/error" || echo "rmmod: $(cat "$OUT/error")" >>"$run.failures"
		else
			echo "insmod: $(cat "$OUT/error")" >>"$run.failures"
		fi
		[ ! -e "/sys/module/$module" ] || echo "it is still loaded" >>"$run.failures"
		[ ! -e /proc/memory_collector_test ] || echo "it left /proc/memory_collector_test" >>"$run.failures"
		log_end "$run.log"
	done
	round=$((round + 1))
done
rm -f "$OUT/error"
