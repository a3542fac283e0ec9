#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

INSTANCE=/sys/kernel/tracing/instances/memory-collector

# start_run FILE [OPTION]...: in the background, until its first interval is written.
start_run() {
	rows=$1
	shift
	memory-collector run --interval 200ms --format jsonl --output "$rows" "$@" 2>/tmp/run.err &
	run=$!
	until grep -qs '"type":"interval"' "$rows"; do
		kill -0 "$run" 2>/dev/null || { cat /tmp/run.err; fail "run ended early"; }
		sleep 0.1
	done
}

# end_run SIGNAL STATUS
end_run() {
	kill "-$1" "$run"
	status=0
	wait "$run" || status=$?
	[ "$status" -eq "$2" ] || { cat /tmp/run.err; fail "SIG$1: status $status, not $2"; }
}

# refused STATUS TEXT COMMAND...: fails with this status, and says this.
refused() {
	wanted=$1 text=$2 status=0
	shift 2
	"$@" >/tmp/refused.out 2>/tmp/refused.err || status=$?
	[ "$status" -eq "$wanted" ] || { cat /tmp/refused.err; fail "$*: status $status, not $wanted"; }
	grep -q "$text" /tmp/refused.err || { cat /tmp/refused.err; fail "$*: does not say '$text'"; }
	[ ! -s /tmp/refused.out ] || fail "$*: wrote $(wc -c </tmp/refused.out) bytes of output"
}

# whole_rows FILE: nothing but whole rows.
whole_rows() {
	[ "$(tail -c 1 "$1")" = "" ] || fail "$1 ends within a row"
	! grep -qv '^{.*}$' "$1" || fail "$1: $(grep -v '^{.*}$' "$1" | head -n 1)"
}

echo "== without the module"
refused 1 "insmod" memory-collector run --source module --duration 1s
module_in

echo "== errors"
refused 2 "duration" memory-collector run --duration 10parsec
refused 2 "interval" memory-collector run --interval 1us
refused 2 "format" memory-collector run --duration 1s --format xml
refused 1 "/nowhere/rows" memory-collector run --duration 1s --output /nowhere/rows
refused 1 "/tmp/no.dat" memory-collector report /tmp/no.dat
mkdir -p /etc
echo "user:x:1000:1000::/:/bin/sh" >>/etc/passwd
echo "user:x:1000:" >>/etc/group
refused 1 "root" su user -s /bin/sh -c "/lab/memory-collector run --duration 1s"

echo "== a service manager hears when the first interval is open"
lab-notify /tmp/notify >/out/notify.txt &
ear=$!
until [ -S /tmp/notify ]; do sleep 0.1; done
NOTIFY_SOCKET=/tmp/notify
export NOTIFY_SOCKET
start_run /out/rows.jsonl
unset NOTIFY_SOCKET
# It may open and close an interval before it says so, and the ear may be slower than the disk.
until grep -q "READY=1" /out/notify.txt; do
	kill -0 "$run" || { cat /tmp/run.err; fail "run ended without READY=1"; }
	sleep 0.1
done
kill "$ear"

echo "== two at once"
refused 1 "pid $run" memory-collector run --duration 1s

echo "== rotation"
mv /out/rows.jsonl /out/rows-1.jsonl
kill -HUP "$run"
until grep -qs '"type":"interval"' /out/rows.jsonl; do sleep 0.1; done
[ "$(stat -c %a "$INSTANCE")" = 700 ] || fail "the instance is open to others"
end_run TERM 0
[ ! -d "$INSTANCE" ] || fail "SIGTERM left the instance"
cat /out/rows.jsonl >>/out/rows-1.jsonl
mv /out/rows-1.jsonl /out/rows.jsonl
whole_rows /out/rows.jsonl
grep -q '"type":"process_total"' /out/rows.jsonl || fail "no totals at the end"

echo "== SIGKILL, and the next"
start_run /tmp/killed.jsonl
end_run KILL 137
[ -d "$INSTANCE" ] || fail "SIGKILL did not leave the instance: nothing to test"
start_run /tmp/next.jsonl
grep -q "left behind" /tmp/run.err || { cat /tmp/run.err; fail "does not say that it took the instance over"; }
end_run INT 0
[ ! -d "$INSTANCE" ] || fail "SIGINT left the instance"
whole_rows /tmp/next.jsonl

echo "== a full disk"
mkdir /tmp/small
mount -t tmpfs -o size=64k tmpfs /tmp/small
start_run /tmp/small/rows.jsonl
dd if=/dev/zero of=/tmp/small/filler bs=4k 2>/dev/null || true
until grep -q "No space left" /tmp/run.err; do sleep 0.1; done
rm /tmp/small/filler
until grep -q "works again" /tmp/run.err; do sleep 0.1; done
# Rows are missing: that is no success.
end_run TERM 1
grep -q "rows could not be written" /tmp/run.err || { cat /tmp/run.err; fail "does not count the dropped rows"; }
whole_rows /tmp/small/rows.jsonl
umount /tmp/small

echo "== a reader that goes away"
status=0
{ memory-collector run --interval 100ms --format jsonl 2>/tmp/pipe.err || echo $? >/tmp/pipe.status; } | head -n 2 >/dev/null
[ ! -d "$INSTANCE" ] || fail "a closed pipe left the instance"
module_out
