#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
(
	# Not before the run has begun.
	until pidof charge >/dev/null; do sleep 0.1; done
	sleep 1
	mount -t resctrl resctrl /sys/fs/resctrl
	lab-stat >/out/resctrl-begin.json
	mkdir /sys/fs/resctrl/mon_groups/theirs
	for task in $(pidof charge); do echo "$task" >/sys/fs/resctrl/mon_groups/theirs/tasks 2>/dev/null || true; done
	sleep 2
	rmdir /sys/fs/resctrl/mon_groups/theirs
	lab-stat >/out/resctrl-end.json
	umount /sys/fs/resctrl
) &
measure sh -c '
	charge --comm first --rate 50MiB --cpus 0 --duration 6s --truth /out/truth.jsonl &
	charge --comm second --rate 20MiB --cpus 1 --duration 6s --truth /out/truth.jsonl &
	wait'
wait
module_out
