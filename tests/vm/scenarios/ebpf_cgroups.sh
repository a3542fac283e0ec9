#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

root=/sys/fs/cgroup
docker=docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
nested=$docker/docker/fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210
unit=system.slice/lab.service

# start_by WHAT FILE: a collector of its own, in the background.
start_by() {
	memory-collector run --source ebpf --interval 500ms --by "$1" --format jsonl --output "/out/$2" &
	collectors="${collectors:-} $!"
	until grep -qs '"type":"interval"' "/out/$2"; do sleep 0.1; done
}

# work_in CGROUP FILE CHILDREN: in the background, its truth in the file. The shell moves, and
# those that tell the truth are born there.
work_in() {
	sh -c 'echo $$ >"$0/cgroup.procs" && charge --children "$2" --parallel "$2" --child-life 2s --rate 1MiB \
		--burn --cpus 0-1 --truth "$1" && :' "$root/$1" "/out/$2" "$3" &
	workers="${workers:-} $!"
}

mkdir -p "$root/$nested" "$root/$unit"
start_by cgroup cgroups.jsonl
start_by container containers.jsonl
start_by process rows.jsonl
work_in $docker truth-docker.jsonl 4
work_in $nested truth-nested.jsonl 3
work_in $unit truth-unit.jsonl 2
for pid in $workers; do wait "$pid" || fail "charge: status $?"; done
# As a runtime does when a container has ended; its last figures are still to be told.
rmdir "$root/$nested" "$root/$docker/docker" "$root/$docker" "$root/$unit"
for pid in $collectors; do
	kill -INT "$pid"
	wait "$pid" || fail "memory-collector: status $?"
done
cat /out/truth-*.jsonl >/out/truth.jsonl
