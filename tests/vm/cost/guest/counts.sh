#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# shellcheck disable=SC2086
#
# Runs where time is a count of instructions: the same work without the module,
# with it loaded, and with it sampling.
. /lab/common.sh
. /lab/listen.sh

BATCHES=${BATCHES:-400}
FORKS=${FORKS:-400}
SLOTS=${SLOTS:-60}
MEMBERS=${MEMBERS:-1 8 64}
SLOT_MS=${SLOT_MS:-7}

# A busy task of real-time priority must not be stopped for the others' sake.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
# A fork copies the page tables: as many in every state.
echo 0 >/proc/sys/kernel/randomize_va_space
# The kernel's tree of pids has a level more from 4096 on: all forks are there.
echo 5000 >/proc/sys/kernel/ns_last_pid

# work STATE WHAT NAME OPTION...: a line of its result, and what the machine counted meanwhile.
work() {
	local state=$1 what=$2 name=$3
	shift 3
	lab-stat >/tmp/before.json
	switcher "$what" --name "$name" "$@" >/tmp/result.json || fail "switcher $what $*"
	lab-stat >/tmp/after.json
	printf '{"state":"%s","result":%s,"before":%s,"after":%s}\n' "$state" "$(cat /tmp/result.json)" \
		"$(tr -d '\n' </tmp/before.json)" "$(tr -d '\n' </tmp/after.json)" >>/out/works.jsonl
}

switches() {
	work "$1" switch within --threads --batches "$BATCHES"
	work "$1" switch between --batches "$BATCHES"
	work "$1" switch between-3 --members 3 --batches "$BATCHES"
	work "$1" switch within-pipe --threads --pass pipe --batches "$BATCHES"
	work "$1" switch between-pipe --pass pipe --batches "$BATCHES"
}

forks() {
	for parent in 1 2 3; do
		work "$1" fork "life-$parent" --count "$FORKS"
	done
}

uname -r >/out/release
switches absent
forks absent

# A tick in a second: what is counted is the switch.
module_in interval_us=1000000
switches unheard
forks unheard
listen
switches sampling
unlisten
module_out

# Children need RMIDs, and ticks give them back.
module_in interval_us=10000
listen
forks sampling
unlisten
module_out

# What the work of a slot costs, all in one tick.
module_in interval_us="${SLOT_MS}000" tick_budget_us=0
listen 16384
for members in $MEMBERS; do
	forget
	work sampling spin "$members" --members "$members" --interval "${SLOT_MS}ms" --count "$SLOTS"
	save_ticks "$members"
done
unlisten
module_out

switches again
forks again
