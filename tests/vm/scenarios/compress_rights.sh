#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

user=65534
mkdir /out/pids

# begin NAME COMMAND...: its pid in /out/pids/NAME, once it holds its pages.
begin() {
	name=$1
	shift
	"$@" >"/tmp/$name.json" &
	until [ -s "/tmp/$name.json" ]; do
		kill -0 $! || fail "$name did not begin"
		sleep 0.1
	done
	sed 's/.*"pid": \([0-9]*\).*/\1/' "/tmp/$name.json" >"/out/pids/$name"
}

# in_cgroup FOLDER: halves, in this cgroup.
in_cgroup() {
	# shellcheck disable=SC2016
	sh -c 'echo 0 >"/sys/fs/cgroup$1/cgroup.procs" && exec halves 64' in_cgroup "$1"
}

# as CAPABILITIES COMMAND...: nobody, with these only (such as +sys_ptrace,+dac_read_search; or none).
as() {
	set_of="-all${1:+,$1}"
	shift
	/lab/setpriv --reuid=$user --regid=$user --clear-groups --no-new-privs --bounding-set="$set_of" \
		--inh-caps="$set_of" --ambient-caps="$set_of" "$@"
}

# sample NAME CAPABILITIES OPTION...: rows in NAME.jsonl, what was said in NAME.log, the status in NAME.status.
sample() {
	name=$1
	capabilities=$2
	shift 2
	runs="as $capabilities"
	[ "$capabilities" != root ] || runs=
	[ "$capabilities" != none ] || runs="as ''"
	status=0
	eval "$runs /lab/memory-collector compress sample --format jsonl --max-cpu 100% --cold-after 1s \"\$@\"" \
		>"/out/$name.jsonl" 2>"/out/$name.log" || status=$?
	echo $status >"/out/$name.status"
}

mkdir -p /sys/fs/cgroup/outer/inner/deep /sys/fs/cgroup/outermost
begin outer in_cgroup /outer
begin inner in_cgroup /outer/inner
begin deep in_cgroup /outer/inner/deep
begin beside in_cgroup /outermost
for cgroup in outer outer/inner outer/inner/deep outermost; do
	sample "cgroup-$(echo $cgroup | tr / -)" root --cgroup /$cgroup --coldness none
done
sample cgroup-none root --cgroup /oute --coldness none
# What has neither ended nor is where it was.
cat /out/pids/deep >/sys/fs/cgroup/outermost/cgroup.procs
sample cgroup-moved root --cgroup /outer --coldness none

roots=$(cat /out/pids/outer)
begin own as '' halves 64
own=$(cat /out/pids/own)
both=+sys_ptrace,+dac_read_search
sample own none --pid "$own" --coldness soft-dirty
sample own-clear-refs none --pid "$own" --coldness clear-refs
sample own-idle none --pid "$own" --coldness idle
sample roots-none none --pid "$roots" --coldness none
sample roots-ptrace +sys_ptrace --pid "$roots" --coldness none
sample roots-read +dac_read_search --pid "$roots" --coldness none
for way in none auto clear-refs damon; do
	sample "roots-both-$way" $both --pid "$roots" --coldness $way
done
sample cgroup-refused none --cgroup /outer --coldness none
sample cgroup-both $both --cgroup /outer --coldness none
for name in /out/pids/*; do
	kill "$(cat "$name")"
done
