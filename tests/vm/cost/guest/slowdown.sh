#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2086
#
# The same work in turns: with the module sampling every millisecond, and not loaded.
. /lab/common.sh
. /lab/listen.sh

both() {
	for work in "switch --pass pipe --batches 1 --rounds ${ROUNDS:-10000}" "fork --count ${FORKS:-600}"; do
		switcher $work --normal --name "${work%% *}" >/tmp/result.json || fail "switcher $work"
		printf '{"state":"%s","result":%s}\n' "$1" "$(cat /tmp/result.json)" >>/out/works.jsonl
	done
}

both warm-up
for _ in $(seq "${TURNS:-7}"); do
	both absent
	module_in
	listen
	both sampling
	unlisten
	module_out
done
